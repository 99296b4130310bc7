//! The index of words: a row for each field of each record. `rowid` = row of the record · 1024 + position of the field.
//!
//! SQLite's FTS5 finds the words of a text and folds their accents itself; PostgreSQL is given them folded.

use super::{Dialect, Query, Transaction, failed, query};
use crate::AnnotateError;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Positions of fields that the index can tell apart.
pub(in crate::store) const FIELDS: i64 = 1024;
/// Rows of one statement.
const ROWS: usize = 256;
/// Most bytes of words of a field that PostgreSQL indexes: a tsvector holds less than 1 MiB, with 16 bytes beside a word.
const MAX_BYTES: usize = 200_000;
/// Most characters of a word that PostgreSQL indexes.
const MAX_WORD: usize = 200;

/// Words to look for: one after the other, the last perhaps only begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Words {
    /// The words as they were typed; at least one letter or digit.
    pub(in crate::store) text: String,
    /// True where the last is the beginning of a word.
    pub(in crate::store) is_prefix: bool,
}

/// Adds texts, each with its row in the index.
pub(in crate::store) async fn insert(
    transaction: &mut Transaction,
    texts: &[(i64, String)],
) -> Result<(), AnnotateError> {
    let dialect = transaction.dialect();
    for chunk in texts.chunks(ROWS) {
        let mut query = query("INSERT INTO texts (rowid, words) VALUES ");
        for (index, (row, text)) in chunk.iter().enumerate() {
            query
                .push(if index == 0 { "(" } else { ", (" })
                .push_bind(*row);
            match dialect {
                Dialect::Sqlite => query.push(", ").push_bind(text.as_str()).push(")"),
                Dialect::Postgres => query
                    .push(", to_tsvector('simple', ")
                    .push_bind(indexed(text))
                    .push("))"),
            };
        }
        query
            .execute(&mut *transaction)
            .await
            .map_err(failed("indexing words"))?;
    }
    Ok(())
}

/// Takes the texts of a record out.
pub(in crate::store) async fn delete(
    transaction: &mut Transaction,
    row: i64,
) -> Result<(), AnnotateError> {
    let deleted = query("DELETE FROM texts WHERE rowid BETWEEN $1 AND $2")
        .bind(row * FIELDS)
        .bind(row * FIELDS + FIELDS - 1)
        .execute(transaction)
        .await;
    deleted.map(drop).map_err(failed("indexing words"))
}

/// Appends `SELECT rowid / 1024 AS row, score FROM …`: the records that have the words, in the field at `position` if one is
/// given. A better match has a larger score (BM25 in SQLite, `ts_rank` in PostgreSQL). The beginning of a word has the
/// score 1 wherever it is found, as in Elasticsearch: many texts have it, and a score would be computed for each.
pub(in crate::store) fn push_matches(
    query: &mut Query,
    dialect: Dialect,
    words: &Words,
    position: Option<i64>,
) {
    let score = match (dialect, words.is_prefix) {
        (_, true) => "CAST(1 AS DOUBLE PRECISION)",
        // `rank` is smaller for better matches; the function bm25() cannot be summed up.
        (Dialect::Sqlite, false) => "-rank",
        (Dialect::Postgres, false) => "ts_rank(words, wanted)::float8",
    };
    query
        .push("SELECT rowid / 1024 AS row, ")
        .push(score)
        .push(" AS score FROM texts");
    match dialect {
        Dialect::Sqlite => query.push(" WHERE texts MATCH ").push_bind(fts5(words)),
        Dialect::Postgres => query
            .push(", to_tsquery('simple', ")
            .push_bind(tsquery(words))
            .push(") wanted WHERE words @@ wanted"),
    };
    if let Some(position) = position {
        query.push(" AND rowid % 1024 = ").push_bind(position);
    }
}

/// A phrase for FTS5, quoted so that nothing in it is an operator.
fn fts5(words: &Words) -> String {
    let star = if words.is_prefix { " *" } else { "" };
    format!(
        "\"{}\"{star}",
        words.text.replace('"', "\"\"").replace('\0', " ")
    )
}

/// A phrase for PostgreSQL.
fn tsquery(words: &Words) -> String {
    let mut query = folded(&words.text).collect::<Vec<_>>().join(" <-> ");
    // A letter may be nothing but an accent.
    if words.is_prefix && !query.is_empty() {
        query.push_str(":*");
    }
    query
}

/// The folded words of a text, as many as PostgreSQL takes.
fn indexed(text: &str) -> String {
    let mut words = String::new();
    for word in folded(text) {
        if words.len() + word.len() > MAX_BYTES {
            break;
        }
        words.push_str(&word);
        words.push(' ');
    }
    words
}

/// The runs of letters and digits of a text, in lower case and without accents, as FTS5's `unicode61` has them.
fn folded(text: &str) -> impl Iterator<Item = String> {
    let words = text
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty());
    let fold = |word: &str| -> String {
        word.nfd()
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .take(MAX_WORD)
            .collect()
    };
    words.map(fold).filter(|word: &String| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        let words: Vec<_> = folded("¿Qué opción, Ñandú? Well-known e\u{301}tude 3.5 (x)").collect();
        assert_eq!(
            words,
            [
                "que", "opcion", "nandu", "well", "known", "etude", "3", "5", "x"
            ]
        );
    }

    #[test]
    fn phrases_are_written_for_both() {
        let words = Words {
            text: "Día \"de".to_owned(),
            is_prefix: true,
        };
        assert_eq!(fts5(&words), "\"Día \"\"de\" *");
        assert_eq!(tsquery(&words), "dia <-> de:*");
        assert_eq!(
            tsquery(&Words {
                text: "\u{345}".to_owned(),
                is_prefix: true
            }),
            ""
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let text = "word ".repeat(100_000);
        assert!((MAX_BYTES - 10..=MAX_BYTES + 10).contains(&indexed(&text).len()));
    }
}

//! The index of words: a row for each field of each record. `rowid` = row of the record · 1024 + position of the field.
//!
//! SQLite's FTS5 finds the words of a text and folds their accents itself; PostgreSQL is given them folded. Texts are cut
//! further than either would: a character of a script without spaces is a word of its own, as in Elasticsearch, and so are
//! the digits of "3apples".

use super::{Dialect, Query, Transaction, failed, query};
use crate::AnnotateError;
use std::borrow::Cow;
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
                Dialect::Sqlite => query.push(", ").push_bind(cut(text).into_owned()).push(")"),
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
    let phrase =
        |text: Cow<'_, str>| format!("\"{}\"{star}", text.replace('"', "\"\"").replace('\0', " "));
    let phrases: Vec<String> = spellings(&words.text).map(phrase).collect();
    phrases.join(" OR ")
}

/// A phrase for PostgreSQL.
fn tsquery(words: &Words) -> String {
    // A letter may be nothing but an accent.
    let star = if words.is_prefix { ":*" } else { "" };
    let phrases: Vec<String> = spellings(&words.text)
        .map(|text| folded(text.as_ref()).collect::<Vec<_>>().join(" <-> "))
        .filter(|phrase| !phrase.is_empty())
        .map(|phrase| format!("({phrase}{star})"))
        .collect();
    phrases.join(" | ")
}

/// A phrase as it is indexed, and as indexes of earlier versions have it.
fn spellings(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let cut = cut(text);
    let earlier = (cut != text).then_some(Cow::Borrowed(text));
    [cut].into_iter().chain(earlier)
}

/// A text with spaces at the borders of words that have none: around each character of a script without spaces, and
/// between letters and digits.
fn cut(text: &str) -> Cow<'_, str> {
    let mut spaced = String::new();
    let mut copied = 0;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        // An accent belongs to its letter.
        if is_combining_mark(character) {
            continue;
        }
        if before.is_some_and(|before| is_border(before, character)) {
            spaced.push_str(&text[copied..at]);
            spaced.push(' ');
            copied = at;
        }
        before = Some(character);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    spaced.push_str(&text[copied..]);
    Cow::Owned(spaced)
}

fn is_border(before: char, after: char) -> bool {
    let are_words = before.is_alphanumeric() && after.is_alphanumeric();
    are_words
        && (is_unspaced(before) || is_unspaced(after) || before.is_numeric() != after.is_numeric())
}

/// True for letters of scripts that are written without spaces between words, or, as Hangul, with endings joined to them.
fn is_unspaced(character: char) -> bool {
    matches!(u32::from(character),
        0x0E01..=0x0EDF // Thai, Lao
        | 0x1000..=0x109F // Myanmar
        | 0x1780..=0x17FF // Khmer
        | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3134F // Han
        | 0x3041..=0x312F | 0x31A0..=0x31FF | 0xFF66..=0xFF9D // Kana, Bopomofo
        | 0xAC00..=0xD7A3 // Hangul
    )
}

/// The folded words of a text, as many as PostgreSQL takes.
fn indexed(text: &str) -> String {
    let mut words = String::new();
    for word in folded(&cut(text)) {
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
        assert_eq!(tsquery(&words), "(dia <-> de:*)");
        assert_eq!(
            tsquery(&Words {
                text: "\u{345}".to_owned(),
                is_prefix: true
            }),
            ""
        );
    }

    #[test]
    fn words_without_spaces_are_cut() {
        for (text, expected) in [
            ("3apples", "3 apples"),
            ("COVID19, B12", "COVID 19, B 12"),
            ("蘋果很好吃", "蘋 果 很 好 吃"),
            ("iPhone手机 2", "iPhone 手 机 2"),
            ("東京タワー", "東 京 タ ワ ー"),
            ("먹었다", "먹 었 다"),
            ("e\u{301}tude 3.5 well-known", "e\u{301}tude 3.5 well-known"),
        ] {
            assert_eq!(cut(text), expected);
        }
        let words = Words {
            text: "3apples".to_owned(),
            is_prefix: false,
        };
        assert_eq!(fts5(&words), "\"3 apples\" OR \"3apples\"");
        assert_eq!(tsquery(&words), "(3 <-> apples) | (3apples)");
    }

    #[test]
    fn long_texts_are_cut() {
        let text = "word ".repeat(100_000);
        assert!((MAX_BYTES - 10..=MAX_BYTES + 10).contains(&indexed(&text).len()));
    }
}

//! How a publication differs from the one before it.

use examen_core::ExamRow;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
};

/// Changed keys that a summary lists.
const MAX_LISTED: usize = 20;

/// Numbers of rows by what became of them, and the keys that are others now. Rows are matched by their `question_id`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Changes {
    /// Rows that were not there.
    pub added: usize,
    /// Rows of which something is other than it was.
    pub changed: usize,
    /// Rows that are no longer there.
    pub gone: usize,
    /// Rows that stay as they are.
    pub unchanged: usize,
    /// Rows whose key is another option now, in their order.
    pub keys: Vec<KeyChange>,
}

/// Another key for the same question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// Id of the question.
    pub question_id: String,
    /// The stem, as it is now.
    pub question: String,
    /// The key's text before.
    pub from: String,
    /// The key's text now.
    pub to: String,
}

impl Changes {
    /// Compares the rows that are there with those that will be.
    pub fn between(old: &[ExamRow], new: &[ExamRow]) -> Self {
        let before: BTreeMap<&str, &ExamRow> = old
            .iter()
            .map(|row| (row.question_id.as_str(), row))
            .collect();
        let now: HashSet<&str> = new.iter().map(|row| row.question_id.as_str()).collect();
        let mut changes = Self {
            gone: before.keys().filter(|id| !now.contains(*id)).count(),
            ..Self::default()
        };
        for row in new {
            match before.get(row.question_id.as_str()) {
                None => changes.added += 1,
                Some(old) if *old == row => changes.unchanged += 1,
                Some(old) => {
                    changes.changed += 1;
                    changes.keys.extend(key_change(old, row));
                }
            }
        }
        changes
    }

    /// Lines for people.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "on the Hub: {} rows added, {} changed, {} gone, {} as they were\n",
            self.added, self.changed, self.gone, self.unchanged
        );
        for change in self.keys.iter().take(MAX_LISTED) {
            let KeyChange {
                question, from, to, ..
            } = change;
            let _ = writeln!(text, "  another key: {question}\n    was {from}, is {to}");
        }
        if self.keys.len() > MAX_LISTED {
            let _ = writeln!(text, "  and {} other keys", self.keys.len() - MAX_LISTED);
        }
        text
    }
}

fn key_change(old: &ExamRow, new: &ExamRow) -> Option<KeyChange> {
    let (from, to) = (key(old), key(new));
    (from != to).then(|| KeyChange {
        question_id: new.question_id.clone(),
        question: new.question.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
    })
}

fn key(row: &ExamRow) -> &str {
    row.answers()[row.correct_answer.index()]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use examen_core::{KeySource, Letter};

    /// A reviewed row with these, and the same of all else.
    pub(crate) fn row(id: &str, stem: &str, key: Letter) -> ExamRow {
        ExamRow {
            question: stem.to_owned(),
            answer_a: "one".to_owned(),
            answer_b: "two".to_owned(),
            answer_c: "three".to_owned(),
            answer_d: "four".to_owned(),
            correct_answer: key,
            answer: key.index() as u32,
            key_source: KeySource::Reviewed,
            n_votes: 1,
            n_agree: 1,
            n_discards: 0,
            votes: Vec::new(),
            flaws: Vec::new(),
            comments: Vec::new(),
            improved: false,
            n_improved: 0,
            question_id: id.to_owned(),
            document: None,
            document_id: None,
            chunk_id: None,
            quote: None,
            second_quote: None,
            kind: None,
            difficulty: None,
            language: None,
            generation_model: None,
        }
    }

    #[test]
    fn rows_are_matched_by_their_question_and_other_keys_are_named() {
        let old = [
            row("same", "Same?", Letter::A),
            row("words", "Old words?", Letter::B),
            row("key", "Which?", Letter::A),
            row("gone", "Gone?", Letter::D),
        ];
        let new = [
            row("key", "Which?", Letter::C),
            row("new", "New?", Letter::A),
            row("words", "New words?", Letter::B),
            row("same", "Same?", Letter::A),
        ];
        let changes = Changes::between(&old, &new);
        let Changes {
            added,
            changed,
            gone,
            unchanged,
            ..
        } = changes;
        assert_eq!((added, changed, gone, unchanged), (1, 2, 1, 1));
        insta::assert_snapshot!(changes.summary(), @r"
        on the Hub: 1 rows added, 2 changed, 1 gone, 1 as they were
          another key: Which?
            was one, is three
        ");
    }

    #[test]
    fn the_same_option_in_another_place_is_the_same_key() {
        let old = row("q", "Which?", Letter::A);
        let moved = ExamRow {
            answer_a: "two".to_owned(),
            answer_b: "one".to_owned(),
            ..row("q", "Which?", Letter::B)
        };
        let changes = Changes::between(&[old], &[moved]);
        assert_eq!((changes.changed, changes.keys.len()), (1, 0));
    }

    #[test]
    fn of_many_other_keys_the_first_are_listed() {
        let rows = |key| -> Vec<ExamRow> {
            let row = |index: usize| row(&format!("q{index}"), "Which?", key);
            (0..50).map(row).collect()
        };
        let changes = Changes::between(&rows(Letter::A), &rows(Letter::B));
        assert_eq!(changes.summary().matches("another key").count(), MAX_LISTED);
        assert!(changes.summary().ends_with("  and 30 other keys\n"));
    }
}

//! The exam as an evaluation needs it: stems, options, keys and where the keys come from.

use crate::{doc::Labels, error::EvaluateError};
use examen_core::{UnscoredReason, ids::hash_of_parts};
use examen_files::exam::{ExamItem, ExamRows, Reading, option_column, read_rows};
use std::path::Path;

/// A published exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exam {
    /// Path that it was read from, as the user wrote it.
    pub path: String,
    /// The split that was read; `None` of a single file.
    pub split: Option<String>,
    /// BLAKE3 of its questions, options and keys.
    pub fingerprint: String,
    /// Its rows, in order.
    pub items: Vec<Item>,
    /// Sentences on how it was read: its split, its columns, and what is doubtful.
    pub notes: Vec<String>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The row's id: its `question_id` or `id`, or else `row-00001` with its number.
    pub id: String,
    /// The stem.
    pub question: String,
    /// The options in order.
    pub answers: Vec<String>,
    /// Indices of the options that are right, ascending; at least one.
    pub keys: Vec<usize>,
    /// What the exam tells about the question.
    pub labels: Labels,
}

impl Exam {
    /// Reads an exam as `reading` says, see [`read_rows`].
    ///
    /// # Errors
    /// What cannot be read, lacks a column, or has a key that names no option.
    pub fn read(path: &Path, reading: &Reading) -> Result<Self, EvaluateError> {
        let rows = read_rows(path, reading)?;
        let notes = notes(&rows, reading);
        let items = rows.items.into_iter().map(Item::from).collect();
        Ok(Self {
            split: rows.split,
            notes,
            ..Self::new(path.display().to_string(), items)
        })
    }

    /// An exam of these rows.
    pub fn new(path: impl Into<String>, items: Vec<Item>) -> Self {
        Self {
            path: path.into(),
            split: None,
            fingerprint: fingerprint(&items),
            items,
            notes: Vec::new(),
        }
    }
}

fn notes(rows: &ExamRows, reading: &Reading) -> Vec<String> {
    let split = rows
        .split
        .as_ref()
        .map(|split| match rows.splits.as_slice() {
            [] | [_] => format!("its only split is `{split}`"),
            splits if reading.split.is_none() => {
                let all = splits.join(", ");
                format!("split `{split}` is read, of {all}; another one is chosen with --split")
            }
            _ => format!("split `{split}` is read"),
        });
    let mapping = rows
        .mapping
        .as_ref()
        .map(|words| format!("columns: {words}"));
    split
        .into_iter()
        .chain(mapping)
        .chain(rows.doubts.clone())
        .collect()
}

impl From<ExamItem> for Item {
    fn from(row: ExamItem) -> Self {
        let text = |column: &str| row.text(column).map(str::to_owned);
        let key_source = row.other.get("key_source").cloned();
        let labels = Labels {
            key_source: key_source.and_then(|source| serde_json::from_value(source).ok()),
            document: text("document"),
            kind: text("kind"),
            difficulty: text("difficulty"),
            language: text("language"),
            subject: text("subject").or_else(|| text("category")),
            quote: text("quote"),
            passage: text("passage"),
        };
        Self {
            id: row.id,
            question: row.question,
            answers: row.answers,
            keys: row.keys,
            labels,
        }
    }
}

impl Item {
    /// The reason why a row cannot be asked, if it cannot.
    pub(crate) fn fault(&self) -> Option<UnscoredReason> {
        let is_empty = |text: &str| text.trim().is_empty();
        if is_empty(&self.question) {
            return Some(UnscoredReason::Empty("question".to_owned()));
        }
        if let Some(index) = self.answers.iter().position(|answer| is_empty(answer)) {
            return Some(UnscoredReason::Empty(option_column(index)));
        }
        let is_key = |index: &usize| self.keys.contains(index);
        let keys: Vec<&String> = self.keys.iter().map(|&key| &self.answers[key]).collect();
        let wrong = (0..self.answers.len()).filter(|index| !is_key(index));
        wrong
            .map(|index| &self.answers[index])
            .find(|answer| keys.contains(answer))
            .map(|answer| UnscoredReason::TwoKeys(answer.clone()))
    }
}

fn fingerprint(items: &[Item]) -> String {
    let parts = items.iter().flat_map(|item| {
        let keys = item.keys.iter().map(|&key| option_column(key));
        std::iter::once(item.question.clone())
            .chain(item.answers.iter().cloned())
            .chain(keys)
    });
    let parts: Vec<String> = parts.collect();
    hash_of_parts(parts.iter().map(String::as_str))
}

//! The exam as an evaluation needs it: stems, options, keys and where the keys come from.

use crate::{doc::Labels, error::EvaluateError};
use examen_core::{UnscoredReason, ids::hash_of_parts};
use examen_files::exam::{ExamItem, option_column};
use std::path::Path;

/// A published exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exam {
    /// Path that it was read from, as the user wrote it.
    pub path: String,
    /// The split of it that was asked for; `None` where nobody asked or there are none.
    pub split: Option<String>,
    /// BLAKE3 of its questions, options and keys.
    pub fingerprint: String,
    /// Its rows, in order.
    pub items: Vec<Item>,
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
    /// Reads a dataset folder (of several splits `split`, or else `train`), a Parquet file or a JSON Lines file.
    ///
    /// # Errors
    /// What cannot be read, lacks a column, or has a key that names no option.
    pub fn read(path: &Path, split: Option<&str>) -> Result<Self, EvaluateError> {
        let rows = examen_files::exam::read_split(path, split)?;
        let exam = Self::new(
            path.display().to_string(),
            rows.into_iter().map(Item::from).collect(),
        );
        // A file is read whatever the split.
        Ok(Self {
            split: split.filter(|_| path.is_dir()).map(str::to_owned),
            ..exam
        })
    }

    /// An exam of these rows.
    pub fn new(path: impl Into<String>, items: Vec<Item>) -> Self {
        Self {
            path: path.into(),
            split: None,
            fingerprint: fingerprint(&items),
            items,
        }
    }
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

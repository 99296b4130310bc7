//! The exam as an evaluation needs it: stems, options, keys and where the keys come from.

use crate::error::EvaluateError;
use examen_core::{KeySource, Letter, UnscoredReason, exam::N_OPTIONS, ids::hash_of_parts};
use examen_files::exam::ExamItem;
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
    pub answers: [String; N_OPTIONS],
    /// The option that is right.
    pub key: Letter,
    /// Origin of the key, where the exam tells.
    pub key_source: Option<KeySource>,
    /// The document that it was written from, where the exam tells.
    pub document: Option<String>,
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
        let key_source = row
            .other
            .get("key_source")
            .and_then(|source| serde_json::from_value(source.clone()).ok());
        let document = row.text("document").map(str::to_owned);
        let ExamItem {
            id,
            question,
            answers,
            correct_answer: key,
            ..
        } = row;
        Self {
            id,
            question,
            answers,
            key,
            key_source,
            document,
        }
    }
}

impl Item {
    /// The text of the option that is right.
    pub(crate) fn right_answer(&self) -> &str {
        &self.answers[self.key.index()]
    }

    /// Refuses a row that cannot be asked.
    pub(crate) fn check(&self) -> Result<(), UnscoredReason> {
        let is_empty = |text: &str| text.trim().is_empty();
        if is_empty(&self.question) {
            return Err(UnscoredReason::Empty("question".to_owned()));
        }
        if let Some(letter) = Letter::ALL
            .into_iter()
            .find(|letter| is_empty(&self.answers[letter.index()]))
        {
            return Err(UnscoredReason::Empty(letter.column().to_owned()));
        }
        let key = self.right_answer();
        match self
            .answers
            .iter()
            .filter(|answer| answer.as_str() == key)
            .count()
        {
            1 => Ok(()),
            _ => Err(UnscoredReason::TwoKeys(key.to_owned())),
        }
    }
}

fn fingerprint(items: &[Item]) -> String {
    hash_of_parts(items.iter().flat_map(|item| {
        let answers = item.answers.iter().map(String::as_str);
        std::iter::once(item.question.as_str())
            .chain(answers)
            .chain([item.key.column()])
    }))
}

//! Fields and questions of an annotation dataset.

use serde::{Deserialize, Serialize};

/// What a dataset shows and asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSettings {
    /// Words for the reviewer, in Markdown.
    pub guidelines: Option<String>,
    /// What is shown, in order.
    pub fields: Vec<Field>,
    /// What is asked, in order.
    pub questions: Vec<Question>,
    /// Submitted responses that complete a record.
    pub min_submitted: u32,
}

/// A named text that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Key in a record's `fields`.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// Whether every record must have it.
    pub required: bool,
}

/// Something that is asked about each record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Key in a response's `values`.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// A word of explanation.
    pub description: Option<String>,
    /// Whether a response without it can be submitted.
    pub required: bool,
    /// What kind of answer it takes.
    pub settings: QuestionSettings,
}

/// The kind of answer that a question takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuestionSettings {
    /// One of several labels; the value is the label's `value`.
    LabelSelection {
        /// The labels, in order.
        options: Vec<LabelOption>,
    },
    /// Free text; the value is a string.
    Text {
        /// Whether the page renders Markdown.
        use_markdown: bool,
    },
}

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelOption {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub text: String,
}

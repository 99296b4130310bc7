//! Fields, questions and metadata properties of an annotation dataset.

use super::{FieldSettings, MetadataSettings, QuestionSettings};
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

/// A named value that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Key in a record's `fields`.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// Whether every record must have it.
    pub required: bool,
    /// What kind of value it holds.
    pub settings: FieldSettings,
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

/// Something that may be known about each record, and by which records can be found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetadataProperty {
    /// Key in a record's `metadata`.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// What kind of value it takes.
    pub settings: MetadataSettings,
    /// Whether annotators see it.
    pub visible_for_annotators: bool,
}

//! Fields, questions and metadata properties of an annotation dataset.

use super::{FieldSettings, MetadataSettings, QuestionSettings};
use serde::{Deserialize, Serialize};

/// Fields and questions of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSettings {
    /// Guidelines for reviewers, in Markdown.
    pub guidelines: Option<String>,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// The questions, in order.
    pub questions: Vec<Question>,
    /// Submitted responses that complete a record.
    pub min_submitted: u32,
}

/// A named value that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Key in a record's `fields`.
    pub name: String,
    /// Title on the page.
    pub title: String,
    /// Requires it of every record.
    pub required: bool,
    /// Kind of its values.
    pub settings: FieldSettings,
}

/// Something that is asked about each record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Key in a response's `values`.
    pub name: String,
    /// Title on the page.
    pub title: String,
    /// A short explanation.
    pub description: Option<String>,
    /// Requires an answer in every submitted response.
    pub required: bool,
    /// Kind of its answers.
    pub settings: QuestionSettings,
}

/// Something that may be known about each record, and by which records can be found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetadataProperty {
    /// Key in a record's `metadata`.
    pub name: String,
    /// Title on the page.
    pub title: String,
    /// Kind of its values.
    pub settings: MetadataSettings,
    /// Shows it to annotators.
    pub visible_for_annotators: bool,
}

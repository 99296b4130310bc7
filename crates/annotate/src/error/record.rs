//! Rules on records, suggestions and responses that a value breaks. The sentences are Argilla's.

use uuid::Uuid;

/// A rule that a record, or something that belongs to it, breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A record has no fields.
    #[error("fields cannot be empty")]
    NoFields,
    /// A field that must be there is not.
    #[error("missing required value for field: '{name}'")]
    MissingField {
        /// The field.
        name: String,
    },
    /// The dataset has no such fields.
    #[error("found fields values for non configured fields: [{}]", names.join(", "))]
    UnknownFields {
        /// The fields, quoted.
        names: Vec<String>,
    },
    /// The value of a field is of another kind.
    #[error("{reason}")]
    Field {
        /// The sentence of the field's kind.
        reason: String,
    },
    /// A metadata property takes other values.
    #[error("metadata is not valid: {reason}")]
    Metadata {
        /// The sentence of the property's kind.
        reason: String,
    },
    /// No metadata property has this name, and the dataset takes no others.
    #[error(
        "metadata is not valid: '{name}' metadata property does not exists for dataset '{dataset}' and extra metadata \
         is not allowed for this dataset"
    )]
    UnknownMetadata {
        /// The name.
        name: String,
        /// The dataset.
        dataset: Uuid,
    },
    /// A question takes other answers.
    #[error("{reason}")]
    Answer {
        /// The sentence of the question's kind.
        reason: String,
    },
    /// One score for an answer of several items.
    #[error("a single score value is not allowed for a suggestion with a multiple items value")]
    SingleScore,
    /// More or fewer scores than items.
    #[error("number of items on value and score attributes doesn't match")]
    ScoreCount,
    /// Several scores for one answer.
    #[error("a list of score values is not allowed for a suggestion with a single value")]
    ScoreList,
    /// A submitted response without answers.
    #[error("missing response values for submitted response")]
    NoAnswers,
    /// A submitted response without the answer to a required question.
    #[error("missing response value for required question with name='{name}'")]
    MissingAnswer {
        /// The question.
        name: String,
    },
    /// An answer to a question that the dataset does not ask.
    #[error("found response value for non configured question with name='{name}'")]
    UnknownAnswer {
        /// The question.
        name: String,
    },
    /// A suggestion for a question of no id.
    #[error("question with question_id={id} does not exist")]
    UnknownQuestion {
        /// The id.
        id: Uuid,
    },
    /// A suggestion for a question of no name.
    #[error("a suggestion is for `{name}`, which is not a question of the dataset")]
    UnknownQuestionName {
        /// The name.
        name: String,
    },
    /// Two suggestions for one question.
    #[error("two suggestions are for the same question")]
    SameQuestion,
    /// A response of a user who is not there.
    #[error("user with id {id} not found")]
    UnknownUser {
        /// The user.
        id: Uuid,
    },
    /// A vector of no kind that the dataset has.
    #[error("vector with name={name} does not exist for dataset_id={dataset}")]
    UnknownVector {
        /// The name.
        name: String,
        /// The dataset.
        dataset: Uuid,
    },
    /// A vector of another length.
    #[error(
        "vector value for vector name={name} must have {wanted} elements, got {found} elements"
    )]
    VectorLength {
        /// The name.
        name: String,
        /// Length of its kind.
        wanted: usize,
        /// Its length.
        found: usize,
    },
    /// Two records with one external id.
    #[error("another record of the dataset has this external id")]
    SameExternalId,
    /// A part of a record breaks a rule.
    #[error("record does not have valid {part}: {error}")]
    Part {
        /// `suggestions`, `responses` or `vectors`.
        part: &'static str,
        /// The rule.
        error: Box<RecordError>,
    },
}

impl RecordError {
    /// The error of a part of a record.
    pub(crate) fn of(part: &'static str) -> impl Fn(Self) -> Self {
        move |error| Self::Part {
            part,
            error: Box::new(error),
        }
    }
}

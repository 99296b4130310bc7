//! Searches, as the store takes them.

use jiff::Timestamp;
use uuid::Uuid;

/// A search for records of a dataset.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Search {
    /// Words to look for.
    pub text: Option<TextQuery>,
    /// A vector to compare with.
    pub vector: Option<VectorQuery>,
    /// Conditions that must all hold.
    pub filters: Vec<Filter>,
    /// Sort keys, most important first; without one, records come in the order of insertion or of the score.
    pub sort: Vec<Sort>,
}

/// Words to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextQuery {
    /// The words, in the grammar of Elasticsearch's simple query string.
    pub words: String,
    /// The field to look in; all where there is none.
    pub field: Option<String>,
}

/// A vector to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorQuery {
    /// Name of the records' vectors.
    pub name: String,
    /// The vector they are compared with.
    pub reference: VectorReference,
    /// True for the most similar first, false for the least similar.
    pub most_similar: bool,
}

/// The vector that others are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum VectorReference {
    /// The vector of a record.
    Record(Uuid),
    /// These numbers.
    Numbers(Vec<f64>),
}

/// A condition on a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The value is one of these.
    Terms {
        /// The value.
        scope: Scope,
        /// The terms, as texts; those of a time in RFC 3339.
        terms: Vec<String>,
    },
    /// The value lies between these bounds, which belong to the range.
    Range {
        /// The value.
        scope: Scope,
        /// Lower bound.
        from: Option<Bound>,
        /// Upper bound.
        to: Option<Bound>,
    },
}

/// A bound of a range. Numbers and times compare with their own kind only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A time.
    Time(Timestamp),
    /// Neither: no value is within it.
    Incomparable,
}

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A property of the record itself.
    Record(RecordProperty),
    /// A metadata property, by name.
    Metadata(String),
    /// A part of the suggestion for a question.
    Suggestion {
        /// Name of the question.
        question: String,
        /// The part.
        part: SuggestionPart,
    },
    /// The responses' answers to a question.
    Response {
        /// Name of the question.
        question: String,
    },
    /// The responses' status.
    ResponseStatus,
}

/// A property that every record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordProperty {
    /// The store's id.
    Id,
    /// The caller's id.
    ExternalId,
    /// Pending or completed.
    Status,
    /// Time of insertion.
    InsertedAt,
    /// Time of the last change.
    UpdatedAt,
}

impl RecordProperty {
    /// True for times.
    pub fn is_time(self) -> bool {
        matches!(self, Self::InsertedAt | Self::UpdatedAt)
    }

    /// Its column in the table of records.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ExternalId => "external_id",
            Self::Status => "status",
            Self::InsertedAt => "inserted_at",
            Self::UpdatedAt => "updated_at",
        }
    }
}

/// A part of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionPart {
    /// The answer.
    Value,
    /// The agent's confidence.
    Score,
    /// The agent's name.
    Agent,
    /// Kind of agent: `model` or `human`.
    Kind,
}

/// A key to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The value.
    pub scope: Scope,
    /// The direction.
    pub direction: Direction,
}

/// Direction of a sort key. Records without a value come last in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

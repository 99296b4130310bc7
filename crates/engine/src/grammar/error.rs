//! Errors of constraints.

use examen_llm::SUBSTRING_OF;
use serde_json::Value;

/// A constraint that cannot be kept, and why.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ConstraintError {
    #[error("the JSON schema is not an object")]
    SchemaIsNoObject,
    #[error("a JSON schema in it is not an object")]
    PartIsNoObject,
    #[error("{SUBSTRING_OF} is understood only in properties of objects and in items of arrays")]
    QuoteElsewhere,
    #[error("a part of the JSON schema with {SUBSTRING_OF} is neither an object nor an array")]
    QuoteInNeither,
    #[error("a part of the JSON schema with {SUBSTRING_OF} is of type {found}, not {wanted}")]
    QuoteInOtherType { found: Value, wanted: &'static str },
    #[error("{0} cannot stand in a JSON schema beside {SUBSTRING_OF}")]
    PartBesideQuote(Value),
    #[error("'{0}' cannot be used in a JSON schema beside or around {SUBSTRING_OF}")]
    KeywordBesideQuote(String),
    #[error("the JSON schema requires '{0}' but does not describe it")]
    NotDescribed(String),
    #[error("the JSON schema has a maxItems below its minItems")]
    MaxBelowMin,
    #[error("{keyword} is {found}, not a count")]
    NotACount { keyword: &'static str, found: Value },
    #[error("there is nothing to choose from")]
    NoChoice,
    #[error("the text to quote from has no words")]
    NoWords,
    #[error("the text to quote from has {bytes} bytes, at most {most} are possible")]
    TextTooLong { bytes: usize, most: usize },
    /// llguidance tells its reasons in words only.
    #[error("{0}")]
    Grammar(String),
}

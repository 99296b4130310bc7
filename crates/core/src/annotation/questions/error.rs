//! Refusals of settings and answers, in Argilla's words. Variants are for what several kinds have in common; the
//! rules of one kind are an error of its file.

use std::error::Error;

/// A value that is no answer to a question.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is of another type, or of another length.
    #[error("{question} expects {wanted}, found {found}")]
    Expected {
        /// The kind in words: `text question`.
        question: &'static str,
        /// The values that it takes: `a list of values`.
        wanted: String,
        /// The value that was given.
        found: String,
    },
    /// It is none of the options.
    #[error("{value} is not a valid {noun} for {question}.\nValid {noun}s are: {known}")]
    NoOption {
        /// The kind in words.
        question: &'static str,
        /// An option in words: `label`.
        noun: &'static str,
        /// The value.
        value: String,
        /// The options.
        known: String,
    },
    /// Some of its items are none of the options.
    #[error("{values} are not valid {noun}s for {question}.\nValid {noun}s are: {known}")]
    NoOptions {
        /// The kind in words.
        question: &'static str,
        /// An option in words.
        noun: &'static str,
        /// The items.
        values: String,
        /// The options.
        known: String,
    },
    /// It holds an item twice.
    #[error("{expects} a list of unique values, but duplicates were found")]
    Duplicates {
        /// The kind with its verb: `ranking question expects`.
        expects: &'static str,
    },
    /// It breaks a rule that one kind alone has.
    #[error(transparent)]
    Rule(Box<dyn Error + Send + Sync>),
}

/// Settings that no question can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Options are there twice.
    #[error("Option values must be unique, found duplicates: {{{}}}", values.join(", "))]
    DuplicateOptions {
        /// Their values, as they are shown.
        values: Vec<String>,
    },
    /// More options are to be shown than there are.
    #[error(
        "the value for 'visible_options' must be less or equal to the number of items in 'options' ({n_options})"
    )]
    TooManyVisible {
        /// The number of options.
        n_options: usize,
    },
    /// Options of a question that may have answers were added or removed.
    #[error(
        "the option values cannot be modified. found unexpected option values: [{}]",
        unexpected.join(", ")
    )]
    OptionsChanged {
        /// The new ones, as they are shown.
        unexpected: Vec<String>,
    },
    /// A setting that answers depend on was changed.
    #[error("{what} cannot be changed")]
    Fixed {
        /// The setting in words.
        what: &'static str,
    },
    /// Something that answers may have used was switched off.
    #[error("'{key}' can't be disabled because responses may become inconsistent")]
    StillUsed {
        /// The key.
        key: &'static str,
    },
}

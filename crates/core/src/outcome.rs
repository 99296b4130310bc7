//! Outcome of one question: a score, or a reason why there is none. An unscored question is never a zero.

use serde::{Deserialize, Serialize};

/// A score of type `S`, or why there is none. An unscored question counts neither as right nor as wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<S> {
    /// It was scored.
    Scored(S),
    /// It was not.
    Unscored(UnscoredReason),
}

impl<S> Outcome<S> {
    /// The score, if there is one.
    pub fn score(&self) -> Option<&S> {
        match self {
            Self::Scored(score) => Some(score),
            Self::Unscored(_) => None,
        }
    }

    /// The reason why there is no score, if there is none.
    pub fn reason(&self) -> Option<&UnscoredReason> {
        match self {
            Self::Scored(_) => None,
            Self::Unscored(reason) => Some(reason),
        }
    }
}

/// A reason why a question has no score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum UnscoredReason {
    /// The stem or an option says nothing.
    #[error("{0} is empty")]
    Empty(String),
    /// An option reads, byte for byte, as the key does, so that two options are right.
    #[error("two options are the key: `{0}`")]
    TwoKeys(String),
    /// The model refused the question.
    #[error("the model could not score it: {0}")]
    Refused(String),
    /// A reply came, and it answers nothing: why, as a sentence.
    #[error("{0}")]
    NoAnswer(String),
    /// No answer came, though the model was asked several times. Another run may have one.
    #[error("no answer came: {0}")]
    Failed(String),
    /// It is asked with its source, which is not there.
    #[error("its source is not in {0}")]
    NoSource(String),
    /// The model's numbers cannot be compared.
    #[error("a log-probability is not a finite number")]
    NotFinite,
}

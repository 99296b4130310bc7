//! Questions of a Distiset that did not become records.

use serde::Serialize;
use std::fmt;

/// A row or question that was skipped. Rows and questions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// The row of the config.
    pub row: usize,
    /// The question in the row, where rows hold several.
    pub question: Option<usize>,
    /// The cause.
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.row)?;
        if let Some(question) = self.question {
            write!(f, ", question {question}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

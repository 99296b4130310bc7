//! A document that cannot be read, and why.

use serde::{Deserialize, Serialize};

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Its path below the input folder.
    pub path: String,
    /// Why, as what follows the path in a sentence: `is not text: it holds NUL bytes`.
    pub reason: String,
}

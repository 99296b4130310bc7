//! What a reviewer had seen when they answered.

use serde::{Deserialize, Serialize};

/// The mode of a review: of a dataset, which of both is usual; of a response, which it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewMode {
    /// The model's answers are hidden until the reviewer has answered.
    Blind,
    /// The model's answers are shown from the start.
    Assisted,
}

impl ReviewMode {
    /// Both modes.
    pub const ALL: [Self; 2] = [Self::Blind, Self::Assisted];

    /// As it is stored: `blind`, `assisted`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Assisted => "assisted",
        }
    }

    /// The mode with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

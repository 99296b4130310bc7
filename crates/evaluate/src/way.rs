//! Ways in which a question is answered.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Way in which a question is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// As the task says: the likeliest of its choices.
    #[default]
    Likelihood,
    /// Options are shown with letters, and the likeliest letter is chosen.
    Letters,
    /// Options are shown with letters, and the likeliest of their texts is chosen.
    Hybrid,
    /// Options are shown with letters, and the reply is read for its letter.
    Generate,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 4] = [
        Self::Likelihood,
        Self::Letters,
        Self::Hybrid,
        Self::Generate,
    ];

    /// Name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Likelihood => "likelihood",
            Self::Letters => "letters",
            Self::Hybrid => "hybrid",
            Self::Generate => "generate",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

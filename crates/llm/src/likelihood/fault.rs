//! What can be wrong with an echo, in words.

use crate::error::ChatError;

/// Reason why an echo cannot be scored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EchoFault {
    /// The server does not echo so.
    #[error("not there: {0}")]
    NotThere(String),
    /// The answer is about the text that the model writes.
    #[error("it gives log-probabilities only of the text that it writes")]
    OnlyWritten,
    /// Tokens at the beginning are missing.
    #[error("the echo leaves out the beginning of the prompt, up to `{0}`")]
    NoBeginning(String),
    /// Tokens at the end are missing.
    #[error("the echo ends before the prompt does, after `{0}`")]
    NoEnd(String),
    /// The tokens are of another text.
    #[error("the echoed tokens are not those of the prompt: `{0}`")]
    OtherText(String),
    /// Token ids come back as others.
    #[error("{n} tokens come back of a prompt of {expected}")]
    OtherLength {
        /// Tokens that came.
        n: usize,
        /// Tokens that were sent.
        expected: usize,
    },
    /// A token after the first has no log-probability.
    #[error(
        "token {index} of the prompt (`{token}`) has no log-probability; only the first may have none"
    )]
    NoLogProb {
        /// Its index, from 0.
        index: usize,
        /// Its text.
        token: String,
    },
    /// A number that is no log-probability.
    #[error("{log_prob} for `{token}` is no log-probability: it is above 0")]
    Positive {
        /// The number.
        log_prob: f64,
        /// The token's text.
        token: String,
    },
    /// A token's number changes with what comes after it.
    #[error(
        "the log-probability of token {index} (`{token}`) changes from {one} to {other} with the text after it: the \
         numbers are shifted, or of another text"
    )]
    LooksAhead {
        /// Its index.
        index: usize,
        /// Its text.
        token: String,
        /// The number before one text.
        one: f64,
        /// The number before another.
        other: f64,
    },
    /// Tokens that differ have the same number.
    #[error(
        "different words after the same text all have the log-probability {0}: the numbers are shifted, or of another \
         text"
    )]
    Indifferent(f64),
    /// The same prompt has other numbers when it comes again.
    #[error(
        "`{token}` has the log-probability {one} in one answer and {other} in another to the same prompt"
    )]
    Unstable {
        /// The token's text.
        token: String,
        /// The first number.
        one: f64,
        /// The second.
        other: f64,
    },
}

/// Reason why the likelihood of a text cannot be asked of a server.
#[derive(Debug, thiserror::Error)]
pub enum NoLikelihood {
    /// It echoes in no way, or wrongly.
    #[error("the server gives no log-probabilities of a prompt that can be used\n{}", lines(.0))]
    Refused(Vec<(&'static str, EchoFault)>),
    /// Its API has no way to.
    #[error("this vendor's API gives no log-probabilities of a prompt")]
    NoApi,
    /// It could not be asked.
    #[error(transparent)]
    Failed(#[from] ChatError),
}

impl NoLikelihood {
    /// The most telling reason: a wrong echo before one that is not there.
    pub fn reason(&self) -> String {
        let Self::Refused(faults) = self else {
            return self.to_string();
        };
        let is_there = |fault: &EchoFault| !matches!(fault, EchoFault::NotThere(_));
        let told = faults.iter().find(|(_, fault)| is_there(fault));
        told.or(faults.first())
            .map_or_else(String::new, |(way, fault)| format!("{way}: {fault}"))
    }
}

fn lines(faults: &[(&'static str, EchoFault)]) -> String {
    let lines = faults
        .iter()
        .map(|(way, fault)| format!("  {way}: {fault}"));
    lines.collect::<Vec<_>>().join("\n")
}

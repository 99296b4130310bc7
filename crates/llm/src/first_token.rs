//! The first token of a reply, of which a server lists the likeliest.

use crate::{calls::Charged, chat::Usage};
use examen_core::LogProb;

/// The likeliest first tokens of a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstToken {
    /// The tokens' texts and log-probabilities.
    pub likeliest: Vec<(String, f64)>,
    /// Tokens read and written.
    pub usage: Usage,
}

impl FirstToken {
    pub(crate) fn new(likeliest: Vec<(String, f64)>, usage: Usage) -> Self {
        Self { likeliest, usage }
    }

    /// Log-probability of a first token that reads `text`, with or without white space around it: that of all such
    /// tokens together. `None` if there is none among the likeliest: it is then at most [`least`](Self::least).
    pub fn of(&self, text: &str) -> Option<LogProb> {
        let tokens = self.likeliest.iter();
        let matching = tokens.filter(|(token, _)| token.trim() == text);
        let sum: f64 = matching.map(|(_, log_prob)| log_prob.exp()).sum();
        (sum > 0.0).then(|| LogProb(sum.ln()))
    }

    /// `true` if no listed token is likelier than this.
    pub(crate) fn is_likeliest(&self, log_prob: Option<LogProb>) -> bool {
        let is_less = |(_, other): &(String, f64)| log_prob.is_some_and(|it| *other <= it.0);
        self.likeliest.iter().all(is_less)
    }

    /// Log-probability of the least likely token that is listed: of any token that is not, at most this is known.
    pub fn least(&self) -> Option<f64> {
        let log_probs = self.likeliest.iter().map(|(_, log_prob)| *log_prob);
        log_probs.min_by(f64::total_cmp)
    }
}

impl Charged for FirstToken {
    fn usage(&self) -> Usage {
        self.usage
    }

    fn written_bytes(&self) -> u64 {
        1
    }
}

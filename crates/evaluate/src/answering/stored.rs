//! Answers as the journal keeps them.

use super::{Answer, Words};
use examen_core::Outcome;
use examen_llm::{ContinuationScore, ScoreReply, Usage};
use serde::{Deserialize, Serialize};

/// A line of the journal. Log-probabilities are decimal text: reading them back gives the same bits, which JSON numbers
/// do not promise, so that a resumed run equals an uninterrupted one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    seconds: f64,
    outcome: Outcome<StoredReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<Words>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    more_words: Vec<Words>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredReply {
    context_tokens: Vec<u32>,
    n_truncated: usize,
    continuations: Vec<StoredScore>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredScore {
    tokens: Vec<u32>,
    log_probs: Vec<Exact>,
    is_greedy: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Exact(f64);

impl From<Exact> for String {
    fn from(exact: Exact) -> Self {
        exact.0.to_string()
    }
}

impl TryFrom<String> for Exact {
    type Error = std::num::ParseFloatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl Entry {
    /// Entry of an outcome.
    pub(super) fn new(seconds: f64, outcome: Outcome<ScoreReply>) -> Self {
        Self {
            seconds,
            outcome: stored(outcome),
            words: None,
            more_words: Vec::new(),
        }
    }

    /// Entry of replies in words.
    pub(super) fn of_words(seconds: f64, outcome: Outcome<()>, words: Vec<Words>) -> Self {
        let mut words = words.into_iter();
        let no_scores = StoredReply {
            context_tokens: Vec::new(),
            n_truncated: 0,
            continuations: Vec::new(),
        };
        Self {
            seconds,
            outcome: match outcome {
                Outcome::Scored(()) => Outcome::Scored(no_scores),
                Outcome::Unscored(reason) => Outcome::Unscored(reason),
            },
            words: words.next(),
            more_words: words.collect(),
        }
    }

    /// Tokens that its replies took; none of one that is not in words.
    pub(super) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for words in self.words.iter().chain(&self.more_words) {
            usage += words.usage;
        }
        usage
    }

    /// The answer that it was.
    pub(super) fn answer(&self, is_resumed: bool) -> Answer {
        let score = |score: &StoredScore| ContinuationScore {
            tokens: score.tokens.clone(),
            token_log_probs: score.log_probs.iter().map(|exact| exact.0).collect(),
            is_greedy: score.is_greedy,
        };
        let outcome = match &self.outcome {
            Outcome::Unscored(reason) => Outcome::Unscored(reason.clone()),
            Outcome::Scored(reply) => Outcome::Scored(ScoreReply {
                context_tokens: reply.context_tokens.clone(),
                n_truncated: reply.n_truncated,
                continuations: reply.continuations.iter().map(score).collect(),
            }),
        };
        Answer {
            outcome,
            words: self.words.clone(),
            more_words: self.more_words.clone(),
            seconds: self.seconds,
            is_resumed,
        }
    }
}

fn stored(outcome: Outcome<ScoreReply>) -> Outcome<StoredReply> {
    let score = |score: ContinuationScore| StoredScore {
        tokens: score.tokens,
        log_probs: score.token_log_probs.into_iter().map(Exact).collect(),
        is_greedy: score.is_greedy,
    };
    match outcome {
        Outcome::Unscored(reason) => Outcome::Unscored(reason),
        Outcome::Scored(reply) => Outcome::Scored(StoredReply {
            context_tokens: reply.context_tokens,
            n_truncated: reply.n_truncated,
            continuations: reply.continuations.into_iter().map(score).collect(),
        }),
    }
}

//! Letters by the first token of a chat reply: how likely each is to be written, where a server lists the likeliest
//! tokens (`top_logprobs`).

use crate::{
    at_once::{self, CallError, OnOutcome, OnReply},
    chat::{ChatModel, ChatRequest, Message, Role, Sampling, Usage},
    error::ChatError,
    first_token::FirstToken,
    scoring::{ContinuationScore, ContinuationScorer, ScoreError, ScoreReply, ScoreRequest},
    served::Served,
};
use examen_core::LogProb;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Numbers of tokens that are asked for, the most that servers give first: OpenAI and vLLM give 20, others 5.
const N_TOP: [usize; 2] = [20, 5];

/// More than this is no log-probability.
const CERTAIN: f64 = 1e-4;

/// Number of the likeliest first tokens that a server was found to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters {
    /// Tokens to ask for.
    pub n_top: usize,
    /// Tokens that came.
    pub n_listed: usize,
}

/// Reason why letters cannot be asked of a server.
#[derive(Debug, thiserror::Error)]
pub enum NoLetters {
    /// The server gives none.
    #[error("it lists no likeliest tokens (top_logprobs): {0}")]
    None(String),
    /// What it lists cannot be log-probabilities.
    #[error("its top_logprobs are wrong: {0}")]
    Wrong(String),
    /// The server could not be asked.
    #[error(transparent)]
    Failed(ChatError),
}

impl Letters {
    /// Asks a question of which the answer is a letter, and looks at what the server lists.
    ///
    /// # Errors
    /// A server without `top_logprobs`, with wrong ones, or that fails.
    pub async fn probe(served: &Served) -> Result<Self, NoLetters> {
        let mut refusal = String::new();
        for n_top in N_TOP {
            match served.first_token(&question(), n_top).await {
                Ok(first) => return Self::of(&first, n_top),
                Err(ChatError::Status {
                    status: 400 | 404 | 422 | 501,
                    body,
                    ..
                }) => refusal = body,
                Err(ChatError::Malformed { reason, .. } | ChatError::Setting { reason, .. }) => {
                    refusal = reason;
                }
                Err(error) => return Err(NoLetters::Failed(error)),
            }
        }
        Err(NoLetters::None(refusal))
    }

    fn of(first: &FirstToken, n_top: usize) -> Result<Self, NoLetters> {
        let n_listed = first.likeliest.len();
        let sum: f64 = first
            .likeliest
            .iter()
            .map(|(_, log_prob)| log_prob.exp())
            .sum();
        if let Some((token, log_prob)) = first.likeliest.iter().find(|(_, it)| *it > CERTAIN) {
            let reason = format!("{log_prob} for `{token}` is above 0");
            return Err(NoLetters::Wrong(reason));
        }
        if sum > 1.01 {
            let reason = format!("the probabilities of {n_listed} tokens add up to {sum:.2}");
            return Err(NoLetters::Wrong(reason));
        }
        Ok(Self { n_top, n_listed })
    }
}

/// Scores letters, of which the first token of a reply begins with one: a [`ContinuationScorer`] whose contexts are
/// conversations and whose continuations are letters. A letter that is not among the likeliest tokens has no
/// log-probability: [`ContinuationScore::is_listed`].
#[derive(Debug)]
pub struct LetterScorer {
    served: Arc<Served>,
    letters: Letters,
    runtime: Handle,
}

impl LetterScorer {
    /// Looks if the server lists the likeliest tokens. Called inside a runtime, on which the calls run later.
    ///
    /// # Errors
    /// As of [`Letters::probe`].
    pub async fn probe(served: Arc<Served>) -> Result<Self, NoLetters> {
        let letters = Letters::probe(&served).await?;
        Ok(Self {
            served,
            letters,
            runtime: Handle::current(),
        })
    }

    /// Number of the likeliest tokens that the server lists.
    pub fn n_listed(&self) -> usize {
        self.letters.n_listed
    }

    async fn score_one(&self, request: &ScoreRequest) -> Result<ScoreReply, CallError> {
        let chat = ChatRequest {
            messages: messages(&request.context),
            constraint: None,
            sampling: Sampling::greedy(1),
        };
        let first = self.served.first_token(&chat, self.letters.n_top).await?;
        let letters = request.continuations.iter();
        let found: Vec<Option<LogProb>> = letters.map(|letter| first.of(letter.trim())).collect();
        if found.iter().all(Option::is_none) {
            let n = first.likeliest.len();
            return Err(CallError::refused(format!(
                "none of the letters is among the {n} likeliest first tokens of the reply"
            )));
        }
        let likeliest = found.iter().flatten().max().copied();
        let score = |found: Option<LogProb>| ContinuationScore {
            tokens: Vec::new(),
            token_log_probs: found.iter().map(|log_prob| log_prob.0).collect(),
            is_greedy: found.is_some() && found == likeliest && first.is_likeliest(found),
        };
        Ok(ScoreReply {
            context_tokens: Vec::new(),
            n_truncated: 0,
            continuations: found.into_iter().map(score).collect(),
        })
    }
}

/// A conversation as a context: its messages as JSON, which the server writes in its own template.
pub(crate) fn context(messages: &[Message]) -> Result<String, String> {
    serde_json::to_string(messages).map_err(|error| error.to_string())
}

/// The conversation that a context is: of [`context`], or one message of the user's.
pub(crate) fn messages(context: &str) -> Vec<Message> {
    serde_json::from_str(context).unwrap_or_else(|_| {
        vec![Message {
            role: Role::User,
            content: context.into(),
        }]
    })
}

impl ContinuationScorer for LetterScorer {
    fn id(&self) -> &str {
        self.served.id()
    }

    fn score_each(
        &self,
        requests: &[ScoreRequest],
        on_reply: &mut OnReply<'_>,
    ) -> Result<(), ScoreError> {
        at_once::first_refused(on_reply, |on_outcome| self.try_each(requests, on_outcome))
    }

    fn try_each(
        &self,
        requests: &[ScoreRequest],
        on_outcome: &mut OnOutcome<'_>,
    ) -> Result<(), ScoreError> {
        let score = |request| self.score_one(request);
        at_once::ask_all((&self.served, &self.runtime), requests, score, on_outcome)
    }

    fn already_spent(&self, requests: &[ScoreRequest]) {
        let messages = requests
            .iter()
            .flat_map(|request| messages(&request.context));
        let read = messages.map(|message| self.served.count_tokens(&message.content) as u64);
        self.served.already_spent(Usage {
            input_tokens: read.sum(),
            output_tokens: requests.len() as u64,
        });
    }

    fn chat_prompt(&self, messages: &[Message]) -> Option<Result<String, String>> {
        Some(context(messages))
    }
}

/// A question that any model answers with a letter.
fn question() -> ChatRequest {
    ChatRequest {
        messages: vec![Message {
            role: Role::User,
            content: "Which word is a colour?\nA. seven\nB. green\nC. under\nD. often\n\
                      Reply with one letter: A, B, C or D."
                .into(),
        }],
        constraint: None,
        sampling: Sampling::greedy(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(tokens: &[(&str, f64)]) -> FirstToken {
        let likeliest = tokens
            .iter()
            .map(|(token, p)| ((*token).to_owned(), p.ln()))
            .collect();
        FirstToken::new(likeliest, Usage::default())
    }

    #[test]
    fn a_letter_is_all_tokens_that_read_so_and_one_out_of_the_list_is_not_there() {
        let first = first(&[("A", 0.5), (" A", 0.25), ("B", 0.125), ("Answer", 0.0625)]);
        let near = |letter: &str, p: f64| {
            let found = first.of(letter).unwrap().0;
            assert!((found - p.ln()).abs() < 1e-12, "{letter}: {found}");
        };
        near("A", 0.75);
        near("B", 0.125);
        assert_eq!(first.of("C"), None);
        assert!((first.least().unwrap() - 0.0625_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_log_probabilities_is_refused() {
        assert!(Letters::of(&first(&[("A", 0.5), ("B", 0.4)]), 5).is_ok());
        let is_wrong = |tokens| matches!(Letters::of(&first(tokens), 5), Err(NoLetters::Wrong(_)));
        assert!(is_wrong(&[("A", 1.5)]));
        assert!(is_wrong(&[("A", 0.9), ("B", 0.9)]));
    }
}

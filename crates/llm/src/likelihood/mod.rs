//! The likelihood of continuations by a server that echoes prompts with their log-probabilities.
//!
//! A continuation is scored as the tail of `context + continuation`. [`EchoScorer::probe`] looks first at what the server
//! says of texts of which it knows what must hold, so that a wrong echo is refused and never scored; each later answer
//! is held against its prompt too.

mod fault;
mod layout;
mod probe;

pub use fault::{EchoFault, NoLikelihood};

use crate::{
    at_once::{self, CallError, OnOutcome, OnReply},
    backends::echo::{EchoWay, EchoedToken, Prompt},
    chat::{ChatModel, Usage},
    scoring::{
        ContinuationScore, ContinuationScorer, ScoreError, ScoreFault, ScoreReply, ScoreRequest,
    },
    served::Served,
};
use futures::future::try_join_all;
use layout::Border;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A model on a server that echoes prompts.
#[derive(Debug)]
pub struct EchoScorer {
    served: Arc<Served>,
    way: &'static EchoWay,
    /// Things that hold of the server's numbers and that the user should know.
    notes: Vec<String>,
    runtime: Handle,
}

impl EchoScorer {
    /// Finds a way in which the server echoes, and tries it on texts of which it is known what must hold. Called inside a
    /// runtime, on which the calls run later.
    ///
    /// # Errors
    /// A server that echoes in no way, or wrongly, with the reason for each way; or that cannot be asked.
    pub async fn probe(served: Arc<Served>) -> Result<Self, NoLikelihood> {
        let (way, notes) = probe::find(&served).await?;
        Ok(Self {
            served,
            way,
            notes,
            runtime: Handle::current(),
        })
    }

    /// Name of the way in which the server echoes.
    pub fn way(&self) -> &'static str {
        self.way.name
    }

    /// Things that hold of the server's numbers and that the user should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    async fn echo(&self, prompt: &str) -> Result<Vec<EchoedToken>, CallError> {
        let echoed = self.served.echo(self.way, Prompt::Text(prompt)).await?;
        Ok(layout::prompt_tokens(echoed, prompt)?)
    }

    /// Scores one request.
    async fn score_one(&self, request: &ScoreRequest) -> Result<ScoreReply, CallError> {
        // White space before a border belongs to the word after it.
        let context = request.context.trim_end();
        let space = &request.context[context.len()..];
        if context.is_empty() {
            return Err(CallError::refused(
                "nothing stands before the continuation, and the server tells no log-probability of a text's first token",
            ));
        }
        let wholes = request.continuations.iter();
        let wholes: Vec<String> = wholes
            .map(|continuation| format!("{context}{space}{continuation}"))
            .collect();
        let echoes = try_join_all(wholes.iter().map(|whole| self.echo(whole))).await?;
        let borders: Vec<Border> = echoes
            .iter()
            .zip(&wholes)
            .map(|(tokens, whole)| layout::border(tokens, whole, context.len()))
            .collect();
        let before = match borders.iter().all(|border| matches!(border, Border::At(_))) {
            true => None,
            false => Some(self.echo(context).await?),
        };
        let mut context_tokens = Vec::new();
        let mut continuations = Vec::new();
        for (tokens, border) in echoes.into_iter().zip(borders) {
            let (tokens, n_context) = match (border, &before) {
                (Border::At(n_context), _) => (tokens, n_context),
                (_, Some(before)) if layout::begins_with(&tokens, before) => (tokens, before.len()),
                (_, Some(before)) => (self.rejoined(before, &tokens).await?, before.len()),
                (_, None) => unreachable!("the context is echoed where a border is not known"),
            };
            context_tokens = ids(&tokens[..n_context]);
            continuations.push(score(&tokens[n_context..])?);
        }
        Ok(ScoreReply {
            context_tokens,
            n_truncated: 0,
            continuations,
        })
    }

    /// The tokens that lm-evaluation-harness scores where one token reaches over the border: those of the context, then
    /// those of the whole text after as many. They are no text's tokens, so they can only be asked for by their ids.
    async fn rejoined(
        &self,
        context: &[EchoedToken],
        whole: &[EchoedToken],
    ) -> Result<Vec<EchoedToken>, CallError> {
        let tail = whole.get(context.len()..).unwrap_or_default();
        let all = context.iter().chain(tail).map(|token| token.id);
        let Some(all) = all.collect::<Option<Vec<u32>>>() else {
            return Err(CallError::refused(
                "a token of the server's reaches from the context into the continuation, and it tells no token ids",
            ));
        };
        let echoed = self.served.echo(self.way, Prompt::Ids(&all)).await?;
        Ok(layout::tokens_of_ids(echoed, &all)?)
    }
}

fn ids(tokens: &[EchoedToken]) -> Vec<u32> {
    let ids: Option<Vec<u32>> = tokens.iter().map(|token| token.id).collect();
    ids.unwrap_or_default()
}

fn score(tokens: &[EchoedToken]) -> Result<ContinuationScore, CallError> {
    let token_log_probs: Option<Vec<f64>> = tokens.iter().map(|token| token.log_prob).collect();
    let Some(token_log_probs) = token_log_probs.filter(|log_probs| !log_probs.is_empty()) else {
        return Err(CallError::refused("a continuation has no token of its own"));
    };
    Ok(ContinuationScore {
        tokens: ids(tokens),
        token_log_probs,
        is_greedy: tokens.iter().all(|token| token.is_likeliest == Some(true)),
    })
}

impl From<EchoFault> for CallError {
    fn from(fault: EchoFault) -> Self {
        Self::Fault(ScoreFault::Refused(fault.to_string()))
    }
}

impl ContinuationScorer for EchoScorer {
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
        let read = requests.iter().flat_map(|request| {
            let context = self.served.count_tokens(&request.context);
            let choices = request.continuations.iter();
            choices.map(move |choice| (context + self.served.count_tokens(choice)) as u64)
        });
        // An echo writes a token, for servers that must write.
        let n_calls = requests
            .iter()
            .map(|request| request.continuations.len() as u64);
        self.served.already_spent(Usage {
            input_tokens: read.sum(),
            output_tokens: n_calls.sum(),
        });
    }
}

//! Log-probabilities of all tokens of given sequences, each after those before it.

use super::schedule::Schedule;
use super::sequence::Sequence;
use super::tree::{Tree, Want};
use crate::decoder::Answer;
use crate::error::EngineError;
use crate::model::Model;
use examen_llm::ScoreError;
use std::ops::ControlFlow;

/// Tokens to score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensRequest {
    /// Ids, from the beginning of a sequence.
    pub tokens: Vec<u32>,
    /// Number of the likeliest tokens to name beside each.
    pub n_top: usize,
    /// True to name the likeliest tokens after the last one as well, at least one.
    pub wants_next: bool,
}

/// Scores of a sequence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoredTokens {
    /// One score a token but the first, which nothing stands before.
    pub scores: Vec<TokenScore>,
    /// The likeliest tokens after the last one, the likeliest first; empty unless they were asked for.
    pub next: Vec<(u32, f64)>,
}

/// Likelihood of one token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TokenScore {
    /// Natural log-probability after all tokens before it.
    pub log_prob: f64,
    /// The likeliest tokens in its place with their log-probabilities, the likeliest first.
    pub top: Vec<(u32, f64)>,
}

/// Receiver of the scores, each with the index of its request; says whether to go on.
type OnTokens<'a> =
    &'a mut (dyn FnMut(usize, Result<ScoredTokens, EngineError>) -> ControlFlow<()> + Send);

/// Scores every request that the model can read, and says of the others why it cannot. One tree, so that what sequences begin with
/// together is computed once.
pub(crate) fn score_tokens(
    model: &Model,
    requests: &[TokensRequest],
    on_scored: OnTokens<'_>,
) -> Result<(), ScoreError> {
    let (mut sequences, mut indices) = (Vec::new(), Vec::new());
    for (index, request) in requests.iter().enumerate() {
        let prepared = check(model, &request.tokens).map(|()| sequence(request));
        let known = match prepared {
            Ok(Some(sequence)) => {
                sequences.push(sequence);
                indices.push(index);
                continue;
            }
            Ok(None) => Ok(ScoredTokens::default()),
            Err(error) => Err(error),
        };
        if on_scored(index, known).is_break() {
            return Err(ScoreError::Cancelled);
        }
    }
    let tree = Tree::new(&sequences.iter().collect::<Vec<_>>());
    let mut sheet = Sheet {
        requests,
        indices: &indices,
        scores: sequences
            .iter()
            .map(|sequence| vec![TokenScore::default(); sequence.targets.len()])
            .collect(),
        open: sequences
            .iter()
            .map(|sequence| sequence.targets.len())
            .collect(),
        on_scored,
    };
    Schedule {
        model,
        tree: &tree,
        n_top: requests.iter().map(n_top).max().unwrap_or(0),
        record: &mut |wants, answers| sheet.record(wants, answers),
    }
    .run()
}

fn check(model: &Model, tokens: &[u32]) -> Result<(), EngineError> {
    let about = &model.description;
    if tokens.is_empty() {
        return Err(EngineError::NoTokens);
    }
    if let Some(&id) = tokens.iter().find(|&&id| id as usize >= about.vocabulary) {
        return Err(EngineError::NoRow {
            token: model.tokenizer.token(id),
            id,
            vocabulary: about.vocabulary,
        });
    }
    match tokens.len() > about.context_length {
        true => Err(EngineError::TooManyTokens {
            n_tokens: tokens.len(),
            context_length: about.context_length,
        }),
        false => Ok(()),
    }
}

/// The tokens that are read and those that are predicted; `None` for a single token after which nothing is asked.
fn sequence(request: &TokensRequest) -> Option<Sequence> {
    let mut targets = request.tokens[1..].to_vec();
    let mut tokens = request.tokens.clone();
    match request.wants_next {
        // Any token: what is wanted there are the likeliest ones, which stand beside it.
        true => targets.push(0),
        false => drop(tokens.pop()),
    }
    (!targets.is_empty()).then_some(Sequence {
        tokens,
        targets,
        continuation: 0,
    })
}

fn n_top(request: &TokensRequest) -> usize {
    request.n_top.max(usize::from(request.wants_next))
}

/// Scores, collected until a sequence has all of its own.
struct Sheet<'a> {
    requests: &'a [TokensRequest],
    /// The request of each sequence.
    indices: &'a [usize],
    /// One list a sequence, emptied when it is handed over.
    scores: Vec<Vec<TokenScore>>,
    /// Tokens that each sequence still waits for.
    open: Vec<usize>,
    on_scored: OnTokens<'a>,
}

impl Sheet<'_> {
    fn record(&mut self, wants: &[Want], answers: Vec<Answer>) -> ControlFlow<()> {
        let mut done = Vec::new();
        for (want, answer) in wants.iter().zip(answers) {
            let Answer { log_prob, top, .. } = answer;
            self.scores[want.sequence][want.target] = TokenScore { log_prob, top };
            self.open[want.sequence] -= 1;
            if self.open[want.sequence] == 0 {
                done.push(want.sequence);
            }
        }
        done.into_iter()
            .try_for_each(|sequence| self.hand_over(sequence))
    }

    fn hand_over(&mut self, sequence: usize) -> ControlFlow<()> {
        let index = self.indices[sequence];
        let request = &self.requests[index];
        let mut scores = std::mem::take(&mut self.scores[sequence]);
        let next = match request.wants_next {
            true => scores.pop().map(|score| score.top).unwrap_or_default(),
            false => Vec::new(),
        };
        // A neighbour may have wanted more.
        scores
            .iter_mut()
            .for_each(|score| score.top.truncate(request.n_top));
        (self.on_scored)(index, Ok(ScoredTokens { scores, next }))
    }
}

//! Requests as token sequences: which ids are read, which are scored, what is cut off.

use crate::error::EngineError;
use crate::model::Model;
use examen_llm::ScoreRequest;
use rayon::prelude::*;

/// A request that the model cannot score.
#[derive(Debug, thiserror::Error)]
enum RequestError {
    #[error("the context is empty")]
    EmptyContext,
    #[error("continuation {index} is empty")]
    Empty { index: usize },
    #[error(
        "continuation {index} melts into its context: the tokenizer writes {joined:?} as {n_tokens} token(s), as many as the \
         context alone; begin it with a space, or move its text into the context"
    )]
    NoTokens {
        index: usize,
        /// The last token of both together.
        joined: String,
        n_tokens: usize,
    },
    #[error("continuation {index} has {n_tokens} tokens, more than fit")]
    TooLong { index: usize, n_tokens: usize },
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// One request, tokenised.
pub(super) struct Prepared {
    /// Ids of the context, as far as they fit with the longest continuation.
    pub(super) context: Vec<u32>,
    /// Tokens cut off the left for it.
    pub(super) n_truncated: usize,
    /// One a continuation; several for a text that is longer than the model's window.
    pub(super) sequences: Vec<Sequence>,
}

/// Tokens that the model reads for one continuation, and those that it should say.
pub(super) struct Sequence {
    /// Context and continuation, without the last token: nothing is predicted after it.
    pub(super) tokens: Vec<u32>,
    /// The tokens to score. The last `targets.len()` rows of `tokens` predict them in order.
    pub(super) targets: Vec<u32>,
    /// Index of the continuation that they are of.
    pub(super) continuation: usize,
}

impl Sequence {
    /// The row that predicts the first target.
    pub(super) fn first_row(&self) -> usize {
        self.tokens.len() - self.targets.len()
    }
}

/// Tokenises all requests in parallel.
pub(super) fn prepare(model: &Model, requests: &[ScoreRequest]) -> Vec<Result<Prepared, String>> {
    let prepare = |request| prepare_one(model, request).map_err(|error| error.to_string());
    requests.par_iter().map(prepare).collect()
}

fn prepare_one(model: &Model, request: &ScoreRequest) -> Result<Prepared, RequestError> {
    let encode = |text: &str| encode(model, text);
    let context_text = request.context.trim_end();
    let context = encode(context_text)?;
    let starts_empty = context.is_empty();
    let start = starts_empty.then(|| {
        let start = model.tokenizer.start();
        let start = start.filter(|&id| (id as usize) < model.description.vocabulary);
        start.ok_or(RequestError::EmptyContext)
    });
    let context = match start {
        Some(start) => vec![start?],
        None => context,
    };
    // An inserted begin token is no part of what the tokenizer returns.
    let n_context = if starts_empty { 0 } else { context.len() };
    let mut prepared = Prepared {
        context: Vec::new(),
        n_truncated: 0,
        sequences: Vec::new(),
    };
    for (index, continuation) in request.continuations.iter().enumerate() {
        let whole = encode(&format!("{}{continuation}", request.context))?;
        let targets = whole.get(n_context..).unwrap_or_default();
        if targets.is_empty() {
            return Err(no_tokens(model, request, index, &whole));
        }
        let longest = model.description.context_length;
        if context_text.is_empty() && context.len() + targets.len() > longest + 1 {
            prepared
                .sequences
                .extend(windows(context[0], targets, longest, index));
            continue;
        }
        let (sequence, n_cut) = fit(&context, targets, longest).ok_or(RequestError::TooLong {
            index,
            n_tokens: targets.len(),
        })?;
        prepared.n_truncated = prepared.n_truncated.max(n_cut);
        prepared.sequences.push(Sequence {
            continuation: index,
            ..sequence
        });
    }
    prepared.context = context[prepared.n_truncated..].to_vec();
    Ok(prepared)
}

/// The error of a continuation without a token of its own.
fn no_tokens(model: &Model, request: &ScoreRequest, index: usize, whole: &[u32]) -> RequestError {
    if request.continuations[index].is_empty() {
        return RequestError::Empty { index };
    }
    let last = whole.last().map(|&id| model.tokenizer.token(id));
    RequestError::NoTokens {
        index,
        joined: last.unwrap_or_default(),
        n_tokens: whole.len(),
    }
}

/// Ids of a text that begins a sequence. One that brings its begin token, as rendered chats do, is given no second one.
pub(crate) fn encode(model: &Model, text: &str) -> Result<Vec<u32>, EngineError> {
    let mut ids = model.tokenizer.encode(text)?;
    if let ([first, second, ..], Some(bos)) = (ids.as_slice(), model.tokenizer.bos())
        && (*first, *second) == (bos, bos)
    {
        ids.remove(0);
    }
    model.with_rows(ids)
}

/// A whole text that is longer than the model's window, as lm-evaluation-harness's `loglikelihood_rolling` reads it: every token
/// is predicted once; the first window begins with `start`, the last is as long as the others and predicts what is left.
fn windows(
    start: u32,
    targets: &[u32],
    longest: usize,
    continuation: usize,
) -> impl Iterator<Item = Sequence> {
    let window = move |first: usize| {
        let end = targets.len().min(first + longest);
        let tokens = match first {
            0 => [&[start], &targets[..end - 1]].concat(),
            _ => targets[end - longest - 1..end - 1].to_vec(),
        };
        Sequence {
            tokens,
            targets: targets[first..end].to_vec(),
            continuation,
        }
    };
    (0..targets.len()).step_by(longest).map(window)
}

/// Cuts the context on the left until everything but the last token fits, as LightEval does. At least one token of
/// context must remain: `None` if it cannot.
fn fit(context: &[u32], targets: &[u32], longest: usize) -> Option<(Sequence, usize)> {
    let read = &targets[..targets.len() - 1];
    let n_cut = (context.len() + read.len()).saturating_sub(longest);
    let kept = context.get(n_cut..).filter(|kept| !kept.is_empty())?;
    Some((
        Sequence {
            tokens: [kept, read].concat(),
            targets: targets.to_vec(),
            continuation: 0,
        },
        n_cut,
    ))
}

#[cfg(test)]
mod tests {
    use super::{fit, windows};

    #[test]
    fn a_text_longer_than_the_window_is_read_in_windows_of_lm_eval() {
        // python: [make_disjoint_window(w) for w in get_rolling_token_windows([1..10], 0, 4, 1)], less the overlap that
        // make_disjoint_window writes as context.
        let targets: Vec<u32> = (1..=10).collect();
        let windows: Vec<_> = windows(0, &targets, 4, 0)
            .map(|window| (window.tokens, window.targets))
            .collect();
        let expected = [
            (vec![0, 1, 2, 3], vec![1, 2, 3, 4]),
            (vec![4, 5, 6, 7], vec![5, 6, 7, 8]),
            (vec![6, 7, 8, 9], vec![9, 10]),
        ];
        assert_eq!(windows, expected);
    }

    #[test]
    fn the_context_is_cut_on_the_left_and_never_away() {
        let (sequence, n_cut) = fit(&[1, 2, 3, 4], &[5, 6, 7], 4).unwrap();
        assert_eq!((sequence.tokens.as_slice(), n_cut), (&[3, 4, 5, 6][..], 2));
        assert_eq!((sequence.first_row(), sequence.targets), (1, vec![5, 6, 7]));
        assert_eq!(fit(&[1, 2, 3, 4], &[5, 6], 8).unwrap().1, 0);
        assert!(fit(&[1, 2], &[5, 6, 7], 2).is_none());
    }
}

//! Scorers for tests.

use examen_llm::{ContinuationScore, ContinuationScorer, ScoreError, ScoreReply, ScoreRequest};
use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Answers from a list, by context, to exactly these continuations. What is not in the list is an error.
pub(crate) struct Replay(pub(crate) HashMap<String, (ScoreRequest, ScoreReply)>);

impl ContinuationScorer for Replay {
    fn id(&self) -> &str {
        "replay"
    }

    fn score_each(
        &self,
        requests: &[ScoreRequest],
        on_reply: OnReply<'_>,
    ) -> Result<(), ScoreError> {
        requests
            .iter()
            .enumerate()
            .try_for_each(|(index, request)| {
                let recorded = self
                    .0
                    .get(&request.context)
                    .filter(|(recorded, _)| recorded == request);
                let (_, reply) = recorded.ok_or_else(|| {
                    ScoreError::Model(format!("no recorded reply to {request:?}"))
                })?;
                hand_over(on_reply, index, reply.clone())
            })
    }
}

/// Makes up log-probabilities from a hash of the text, the same for the same text. Counts what it is asked, breaks down
/// after `limit` requests, refuses contexts with `refuse` in them and says NaN to those with `nan` in them.
pub(crate) struct Hashing {
    pub(crate) name: &'static str,
    pub(crate) limit: usize,
    pub(crate) window: usize,
    pub(crate) asked: AtomicUsize,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self {
            name: "org/hashing",
            limit: usize::MAX,
            window: usize::MAX,
            asked: AtomicUsize::new(0),
        }
    }

    pub(crate) fn limited(limit: usize) -> Self {
        Self {
            limit,
            ..Self::new()
        }
    }

    pub(crate) fn n_asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ContinuationScorer for Hashing {
    fn id(&self) -> &str {
        self.name
    }

    fn score_each(
        &self,
        requests: &[ScoreRequest],
        on_reply: OnReply<'_>,
    ) -> Result<(), ScoreError> {
        if let Some(index) = requests
            .iter()
            .position(|request| request.context.contains("refuse"))
        {
            return Err(ScoreError::Request {
                index,
                reason: "the question is refused".to_owned(),
            });
        }
        // The last first, as no caller may rely on any order.
        requests
            .iter()
            .enumerate()
            .rev()
            .try_for_each(|(index, request)| {
                if self.asked.fetch_add(1, Ordering::Relaxed) == self.limit {
                    return Err(ScoreError::Model("out of memory".to_owned()));
                }
                hand_over(on_reply, index, made_up(request))
            })
    }

    /// A window of so many words.
    fn fits(&self, request: &ScoreRequest) -> bool {
        request.context.split_whitespace().count() <= self.window
    }
}

type OnReply<'a> = &'a mut (dyn FnMut(usize, ScoreReply) -> ControlFlow<()> + Send);

fn hand_over(on_reply: OnReply<'_>, index: usize, reply: ScoreReply) -> Result<(), ScoreError> {
    if on_reply(index, reply).is_break() {
        Err(ScoreError::Cancelled)
    } else {
        Ok(())
    }
}

fn made_up(request: &ScoreRequest) -> ScoreReply {
    let score = |continuation: &String| {
        let words = continuation.split_whitespace().count();
        let log_prob = |word: usize| match request.context.contains("nan") {
            true => f64::NAN,
            false => -uniform(&format!("{}|{continuation}|{word}", request.context)) * 10.0,
        };
        ContinuationScore {
            tokens: (0..words as u32).collect(),
            token_log_probs: (0..words).map(log_prob).collect(),
            is_greedy: false,
        }
    };
    let n_truncated = usize::from(request.context.contains("long"));
    let continuations = request.continuations.iter().map(score).collect();
    ScoreReply {
        context_tokens: vec![1, 2, 3],
        n_truncated,
        continuations,
    }
}

/// A number between 0 and 1 with all its digits.
fn uniform(text: &str) -> f64 {
    let hash = blake3::hash(text.as_bytes());
    let bits = u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap());
    bits as f64 / u64::MAX as f64
}

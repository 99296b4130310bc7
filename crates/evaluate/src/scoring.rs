//! Scores prompts in batches; finished batches go to a journal and are never scored again.

use crate::{EvaluateError, Settings, tasks::Prompt};
use examen_core::{Outcome, Progress, UnscoredReason};
use examen_files::journal::Journal;
use examen_llm::{ContinuationScore, ContinuationScorer, ScoreError, ScoreReply, ScoreRequest};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// What came of one prompt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The model's scores, or why there are none.
    pub(crate) outcome: Outcome<ScoreReply>,
    /// Its share of the time that its batch took.
    pub(crate) seconds: f64,
    /// Whether an earlier, interrupted run had scored it.
    pub(crate) is_resumed: bool,
}

/// Scores whatever of `prompts` the journal does not hold yet; a refused prompt (`Err`) keeps its reason. One answer a
/// prompt, in order.
pub(crate) fn score_all(
    settings: &Settings,
    prompts: &[Result<Prompt, UnscoredReason>],
    scorer: &dyn ContinuationScorer,
    journal: &mut Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Vec<Answer>, EvaluateError> {
    let keys: Vec<_> = prompts.iter().map(|prompt| prompt.as_ref().ok().map(|p| key(settings, scorer, p))).collect();
    let was_there = |place: &usize| keys[*place].as_ref().is_none_or(|key| journal.get(key).is_some());
    let (done, open): (Vec<usize>, Vec<usize>) = (0..prompts.len()).partition(was_there);
    progress.begin("scoring questions", prompts.len() as u64);
    progress.advance(done.len() as u64);
    for batch in open.chunks(settings.batch_size.max(1)) {
        let requests: Vec<_> = batch.iter().filter_map(|&place| prompts[place].as_ref().ok().map(request)).collect();
        let started = (settings.clock)();
        let outcomes = score_batch(scorer, &requests, progress)?;
        let seconds = (settings.clock)().duration_since(started).as_secs_f64().max(0.0) / batch.len() as f64;
        for (&place, outcome) in batch.iter().zip(outcomes) {
            let key = keys[place].as_ref().expect("only prompts are open");
            journal.append(key, Entry { seconds, outcome: stored(outcome) })?;
        }
    }
    progress.end();
    let answer = |(place, prompt): (usize, &Result<Prompt, UnscoredReason>)| match (prompt, &keys[place]) {
        (Ok(_), Some(key)) => {
            journal.get(key).expect("every key was scored").answer(done.binary_search(&place).is_ok())
        }
        (Err(reason), _) => Answer { outcome: Outcome::Unscored(reason.clone()), seconds: 0.0, is_resumed: false },
        (Ok(_), None) => unreachable!("every prompt has a key"),
    };
    Ok(prompts.iter().enumerate().map(answer).collect())
}

fn request(prompt: &Prompt) -> ScoreRequest {
    ScoreRequest { context: prompt.context.clone(), continuations: prompt.continuations.clone() }
}

/// BLAKE3 over everything that the scores depend on, so that a changed question, answer, model or program is asked anew.
fn key(settings: &Settings, scorer: &dyn ContinuationScorer, prompt: &Prompt) -> String {
    let mut hasher = blake3::Hasher::new();
    let fixed = [env!("CARGO_PKG_VERSION"), scorer.id(), &settings.model_fingerprint, &prompt.context];
    for part in fixed.into_iter().chain(prompt.continuations.iter().map(String::as_str)) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Scores one batch. A request that the model refuses is taken out and the others are scored without it.
fn score_batch(
    scorer: &dyn ContinuationScorer,
    requests: &[ScoreRequest],
    progress: &dyn Progress,
) -> Result<Vec<Outcome<ScoreReply>>, EvaluateError> {
    let told = AtomicU64::new(0);
    let total = requests.len() as u64;
    // A batch that is scored twice (a refusal) is counted once.
    let tell = |n: u64| {
        let before = told.fetch_add(n, Ordering::Relaxed).min(total);
        progress.advance(n.min(total - before));
    };
    let mut open: Vec<usize> = (0..requests.len()).collect();
    let mut outcomes: Vec<Option<Outcome<ScoreReply>>> = vec![None; requests.len()];
    while !open.is_empty() {
        let batch: Vec<_> = open.iter().map(|&place| requests[place].clone()).collect();
        match scorer.score(&batch, &|n| tell(n as u64)) {
            Ok(replies) => {
                check(scorer, &batch, &replies)?;
                for (place, reply) in open.drain(..).zip(replies) {
                    outcomes[place] = Some(finite(reply));
                }
            }
            Err(ScoreError::Request { index, reason }) if index < open.len() => {
                outcomes[open.remove(index)] = Some(Outcome::Unscored(UnscoredReason::Refused(reason)));
            }
            Err(source) => return Err(EvaluateError::Score { model: scorer.id().to_owned(), source }),
        }
    }
    tell(total);
    Ok(outcomes.into_iter().map(|outcome| outcome.expect("every request was answered or refused")).collect())
}

/// One reply a request and one score a continuation, each of at least one token.
fn check(
    scorer: &dyn ContinuationScorer,
    requests: &[ScoreRequest],
    replies: &[ScoreReply],
) -> Result<(), EvaluateError> {
    let wrong = |reason: String| Err(EvaluateError::Reply { model: scorer.id().to_owned(), reason });
    if replies.len() != requests.len() {
        return wrong(format!("{} replies to {} requests", replies.len(), requests.len()));
    }
    for (request, reply) in requests.iter().zip(replies) {
        let (asked, got) = (request.continuations.len(), reply.continuations.len());
        if asked != got {
            return wrong(format!("{got} scores for {asked} continuations"));
        }
        let is_uneven =
            |score: &ContinuationScore| score.tokens.is_empty() || score.tokens.len() != score.token_log_probs.len();
        if reply.continuations.iter().any(is_uneven) {
            return wrong("a continuation without one log-probability a token".to_owned());
        }
    }
    Ok(())
}

fn finite(reply: ScoreReply) -> Outcome<ScoreReply> {
    match reply.continuations.iter().all(|score| score.log_prob().0.is_finite()) {
        true => Outcome::Scored(reply),
        false => Outcome::Unscored(UnscoredReason::NotFinite),
    }
}

/// A line of the journal. Log-probabilities are decimal text: reading them back gives the same bits, which JSON numbers
/// do not promise, so that a resumed run equals an uninterrupted one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    seconds: f64,
    outcome: Outcome<StoredReply>,
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

impl Entry {
    fn answer(&self, is_resumed: bool) -> Answer {
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
        Answer { outcome, seconds: self.seconds, is_resumed }
    }
}

//! Scores questions in batches; each finished question goes to a journal and is never scored again.

use crate::{EvaluateError, Settings, asked::Asked, tasks::Prompt};
use examen_core::{Outcome, Progress, UnscoredReason};
use examen_files::journal::Journal;
use examen_llm::{ContinuationScore, ContinuationScorer, ScoreError, ScoreReply};
use futures::executor::block_on;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// What came of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The model's scores, or why there are none.
    pub(crate) outcome: Outcome<ScoreReply>,
    /// The time that passed since the reply before it.
    pub(crate) seconds: f64,
    /// Whether an earlier, interrupted run had scored it.
    pub(crate) is_resumed: bool,
}

/// Scores whatever of `asked` the journal does not hold yet; a row that cannot be asked (`Err`) keeps its reason. One
/// answer a row, in order.
pub(crate) fn score_all(
    settings: &Settings,
    asked: &[Result<Asked<'_>, UnscoredReason>],
    scorer: &dyn ContinuationScorer,
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Vec<Answer>, EvaluateError> {
    let keys: Vec<_> = asked
        .iter()
        .map(|asked| Some(key(settings, scorer, &asked.as_ref().ok()?.prompt)))
        .collect();
    let is_there =
        |key: &Option<String>| key.as_ref().map_or(Ok(true), |key| journal.contains(key));
    let are_there = keys.iter().map(is_there).collect::<Result<Vec<_>, _>>()?;
    let (done, open): (Vec<usize>, Vec<usize>) =
        (0..asked.len()).partition(|place| are_there[*place]);
    progress.begin("scoring questions", asked.len() as u64);
    progress.advance(done.len() as u64);
    let open: Vec<_> = open
        .into_iter()
        .filter_map(|place| Some((keys[place].as_deref()?, asked[place].as_ref().ok()?)))
        .collect();
    for batch in open.chunks(settings.batch_size.max(1)) {
        let last_reply = (settings.clock)();
        Recorder {
            settings,
            scorer,
            journal,
            progress,
            last_reply,
        }
        .score(batch)?;
    }
    progress.end();
    let answer =
        |(place, asked): (usize, &Result<Asked<'_>, UnscoredReason>)| match (asked, &keys[place]) {
            (Ok(_), Some(key)) => {
                let entry = journal.get(key)?.expect("every key was scored");
                Ok(entry.answer(done.binary_search(&place).is_ok()))
            }
            (Err(reason), _) => Ok(Answer {
                outcome: Outcome::Unscored(reason.clone()),
                seconds: 0.0,
                is_resumed: false,
            }),
            (Ok(_), None) => unreachable!("every question has a key"),
        };
    asked.iter().enumerate().map(answer).collect()
}

/// BLAKE3 over everything that the scores depend on, so that a changed question, answer, model or program is asked anew.
fn key(settings: &Settings, scorer: &dyn ContinuationScorer, prompt: &Prompt) -> String {
    let mut hasher = blake3::Hasher::new();
    let fixed = [
        env!("CARGO_PKG_VERSION"),
        scorer.id(),
        &settings.model_fingerprint,
        &prompt.context,
    ];
    for part in fixed
        .into_iter()
        .chain(prompt.continuations.iter().map(String::as_str))
    {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// A question and its key in the journal.
type Open<'a> = (&'a str, &'a Asked<'a>);

/// Writes replies to the journal as the model hands them over.
struct Recorder<'a> {
    settings: &'a Settings,
    scorer: &'a dyn ContinuationScorer,
    journal: &'a Journal<Entry>,
    progress: &'a dyn Progress,
    last_reply: jiff::Timestamp,
}

impl Recorder<'_> {
    /// Scores one batch. A question that the model refuses is taken out and the others are scored without it.
    fn score(&mut self, batch: &[Open<'_>]) -> Result<(), EvaluateError> {
        let mut open = batch.to_vec();
        loop {
            let requests: Vec<_> = open.iter().map(|(_, asked)| asked.request()).collect();
            let mut stopped = Ok(());
            let ended = self.scorer.score_each(&requests, &mut |place, reply| {
                stopped = self.take(&open, place, reply);
                if stopped.is_ok() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            stopped?;
            match ended {
                Ok(()) => return self.check_complete(&open),
                Err(ScoreError::Request { index, reason }) if index < open.len() => {
                    let (key, _) = open.remove(index);
                    self.record(key, Outcome::Unscored(UnscoredReason::Refused(reason)))?;
                }
                Err(ScoreError::Cancelled) => return Err(EvaluateError::Cancelled),
                Err(source) => {
                    return Err(EvaluateError::Score {
                        model: self.scorer.id().to_owned(),
                        source,
                    });
                }
            }
        }
    }

    fn take(
        &mut self,
        open: &[Open<'_>],
        place: usize,
        reply: ScoreReply,
    ) -> Result<(), EvaluateError> {
        let Some((key, asked)) = open.get(place) else {
            return self.wrong(format!("a reply to question {place} of {}", open.len()));
        };
        let (n_asked, n_scored) = (asked.prompt.continuations.len(), reply.continuations.len());
        if n_asked != n_scored {
            return self.wrong(format!("{n_scored} scores for {n_asked} continuations"));
        }
        let is_uneven = |score: &ContinuationScore| {
            score.tokens.is_empty() || score.tokens.len() != score.token_log_probs.len()
        };
        if reply.continuations.iter().any(is_uneven) {
            return self.wrong("a continuation without one log-probability a token".to_owned());
        }
        self.record(key, finite(reply))
    }

    /// Keeps what came of a question, with the time since the last one.
    fn record(&mut self, key: &str, outcome: Outcome<ScoreReply>) -> Result<(), EvaluateError> {
        let now = (self.settings.clock)();
        let seconds = now.duration_since(self.last_reply).as_secs_f64().max(0.0);
        self.last_reply = now;
        block_on(self.journal.append(
            key,
            &Entry {
                seconds,
                outcome: stored(outcome),
            },
        ))?;
        self.progress.advance(1);
        if self.progress.is_cancelled() {
            Err(EvaluateError::Cancelled)
        } else {
            Ok(())
        }
    }

    fn check_complete(&self, open: &[Open<'_>]) -> Result<(), EvaluateError> {
        let are_there = open
            .iter()
            .map(|(key, _)| self.journal.contains(key))
            .collect::<Result<Vec<_>, _>>()?;
        match are_there.iter().filter(|is_there| !**is_there).count() {
            0 => Ok(()),
            n => self.wrong(format!("no reply to {n} of {} questions", open.len())),
        }
    }

    fn wrong(&self, reason: String) -> Result<(), EvaluateError> {
        Err(EvaluateError::Reply {
            model: self.scorer.id().to_owned(),
            reason,
        })
    }
}

fn finite(reply: ScoreReply) -> Outcome<ScoreReply> {
    match reply
        .continuations
        .iter()
        .all(|score| score.log_prob().0.is_finite())
    {
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
        Answer {
            outcome,
            seconds: self.seconds,
            is_resumed,
        }
    }
}

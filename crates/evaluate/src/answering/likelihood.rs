//! The likelihood of each option after the question, scored in batches. Each finished question goes to a journal and is
//! never scored again.

use super::{
    Answer, Asked,
    ledger::{Ledger, Open},
    stored::Entry,
};
use crate::{error::EvaluateError, settings::Settings};
use examen_core::{Outcome, Progress, UnscoredReason, ids::hash_of_parts};
use examen_files::journal::Journal;
use examen_llm::{ContinuationScore, ContinuationScorer, ScoreError, ScoreFault, ScoreReply};
use futures::executor::block_on;
use std::{collections::BTreeMap, ops::ControlFlow};

/// Scores those of `asked` that the journal does not hold yet; a row that cannot be asked (`Err`) keeps its reason. One
/// answer a row, in order.
pub(crate) fn score_all(
    settings: &Settings,
    asked: &[Result<Asked<'_>, UnscoredReason>],
    scorer: &dyn ContinuationScorer,
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Vec<Answer>, EvaluateError> {
    let ledger = Ledger::new(asked, journal, |asked| key(settings, scorer, asked))?;
    progress.begin("scoring questions", asked.len() as u64);
    progress.advance(ledger.n_done());
    let done: Vec<_> = ledger.done().map(Asked::request).collect();
    scorer.already_spent(&done);
    let mut failed = BTreeMap::new();
    for batch in ledger.open().chunks(settings.batch_size.max(1)) {
        let last_reply = (settings.clock)();
        Recorder {
            settings,
            scorer,
            journal,
            progress,
            last_reply,
            failed: &mut failed,
        }
        .score(batch)?;
    }
    progress.end();
    ledger.answers(&failed)
}

/// BLAKE3 over everything that the scores depend on, so that a changed question, answer, model or program is asked again.
fn key(settings: &Settings, scorer: &dyn ContinuationScorer, asked: &Asked<'_>) -> String {
    let fixed = [
        env!("CARGO_PKG_VERSION"),
        scorer.id(),
        &settings.model_fingerprint,
        &asked.context,
    ];
    let answers = asked.doc.choices.iter().map(String::as_str);
    hash_of_parts(fixed.into_iter().chain(answers))[..32].to_owned()
}

/// Writes replies to the journal as the model hands them over.
struct Recorder<'a> {
    settings: &'a Settings,
    scorer: &'a dyn ContinuationScorer,
    journal: &'a Journal<Entry>,
    progress: &'a dyn Progress,
    last_reply: jiff::Timestamp,
    /// Questions that got no answer, with the reason. They are not in the journal, so that another run asks them again.
    failed: &'a mut BTreeMap<String, String>,
}

impl Recorder<'_> {
    /// Scores one batch. A question that the model refuses is taken out and the others are scored without it.
    fn score(&mut self, batch: &[Open<'_>]) -> Result<(), EvaluateError> {
        let mut open = batch.to_vec();
        loop {
            let requests: Vec<_> = open.iter().map(|(_, asked)| asked.request()).collect();
            let mut stopped = Ok(());
            let ended = self.scorer.try_each(&requests, &mut |index, outcome| {
                stopped = self.take(&open, index, outcome);
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
        index: usize,
        outcome: Result<ScoreReply, ScoreFault>,
    ) -> Result<(), EvaluateError> {
        let Some((key, asked)) = open.get(index) else {
            return self.wrong(format!("a reply to question {index} of {}", open.len()));
        };
        let reply = match outcome {
            Ok(reply) => reply,
            Err(ScoreFault::Refused(reason)) => {
                return self.record(key, Outcome::Unscored(UnscoredReason::Refused(reason)));
            }
            Err(ScoreFault::Failed(reason)) => {
                self.failed.insert((*key).to_owned(), reason);
                return self.advance();
            }
        };
        let (n_asked, n_scored) = (asked.doc.choices.len(), reply.continuations.len());
        if n_asked != n_scored {
            return self.wrong(format!("{n_scored} scores for {n_asked} continuations"));
        }
        // A server may tell no tokens, and no number of a continuation that it does not list.
        let is_uneven = |score: &ContinuationScore| {
            !score.tokens.is_empty() && score.tokens.len() != score.token_log_probs.len()
        };
        if reply.continuations.iter().any(is_uneven) {
            return self.wrong("a continuation without one log-probability a token".to_owned());
        }
        if !reply.continuations.iter().any(ContinuationScore::is_listed) {
            return self.wrong("no log-probability of any continuation".to_owned());
        }
        self.record(key, finite(reply))
    }

    /// Keeps the outcome of a question, with the time since the last one.
    fn record(&mut self, key: &str, outcome: Outcome<ScoreReply>) -> Result<(), EvaluateError> {
        let now = (self.settings.clock)();
        let seconds = now.duration_since(self.last_reply).as_secs_f64().max(0.0);
        self.last_reply = now;
        block_on(self.journal.append(key, &Entry::new(seconds, outcome)))?;
        self.advance()
    }

    fn advance(&self) -> Result<(), EvaluateError> {
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
            .map(|(key, _)| Ok(self.failed.contains_key(*key) || self.journal.contains(key)?))
            .collect::<Result<Vec<_>, EvaluateError>>()?;
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
    let mut listed = reply.continuations.iter().filter(|score| score.is_listed());
    match listed.all(|score| score.log_prob().0.is_finite()) {
        true => Outcome::Scored(reply),
        false => Outcome::Unscored(UnscoredReason::NotFinite),
    }
}

//! The run: documents are read, asked about, judged and written at the same time, so that memory does not grow with
//! their number. What is asked, judged and written does not depend on which reply comes first.

mod earlier;
mod in_order;
mod judge;
mod ledger;
mod plan;
mod spool;
mod turns;
mod watch;

pub use earlier::{Anew, Change, Earlier};
pub use plan::{Plan, PlannedChecks, PlannedDocument, check, plan};

use crate::{
    asking::{Answer, Asker},
    calls::{Calls, Models},
    error::GenerateError,
    passages::{
        Turn,
        cut::{Cut, Cuts},
    },
    reading::documents::{Listing, Unreadable},
    settings::Settings,
    writing::{Output, Summary},
};
use examen_core::Progress;
use examen_llm::{ChatError, ChatModel};
use in_order::InOrder;
use judge::{Judge, Outcome};
use ledger::Ledger;
use plan::checked;
use std::{future::ready, sync::Arc};
use tokio::{sync::mpsc, task::JoinSet};
use turns::{Step, Turns};
use watch::Watch;

/// Documents that are read ahead.
const N_READ_AHEAD: usize = 16;

/// Reads the documents, asks the model about their passages, checks what it writes and writes the Distiset. A run that
/// was interrupted at any point goes on where it was when it is started again; the same settings, documents and replies
/// give the same bytes.
///
/// # Errors
/// Nothing is written if a setting, the input or the output is unusable, if every request would fail (wrong key,
/// unknown model), if no passage got an answer, or if many in a row got none. What single passages and documents fail
/// with is in the summary and the output instead.
pub async fn run(
    settings: &Settings,
    models: impl Into<Models>,
    progress: &dyn Progress,
) -> Result<Summary, GenerateError> {
    let models = models.into();
    let prompts = Arc::new(checked(settings)?);
    models.check(settings)?;
    let settings = Arc::new(settings.clone());
    let listing = Arc::new(Listing::of(&settings)?);
    let writer = Arc::clone(&models.writer);
    let calls = Calls::open(models, &settings)?;
    let record = earlier::to_text(&settings, &prompts, writer.id(), listing.len());
    calls.note_settings(record).await?;
    let check_model = calls.checker().map(|checker| checker.id());
    let output = Output::begin(&settings, &prompts, writer.id(), check_model)?;
    let run = Run {
        turns: Turns::new(
            Arc::clone(&settings),
            listing.len(),
            read_ahead(&listing, &settings, &writer),
        ),
        ledger: Ledger::new(settings.has_quotas()),
        in_flight: JoinSet::new(),
        in_order: InOrder::default(),
        n_begun: 0,
        judge: Judge::new(&settings, check_model, output, std::env::temp_dir()),
        watch: Watch::begin(progress, settings.max_questions, listing.len()),
        n_told: 0,
        stopped: None,
        asker: Arc::new(Asker::new(settings, prompts, calls)),
        listing,
    };
    run.into_summary().await
}

/// Documents, read and cut in a thread of their own, some ahead of their turn.
fn read_ahead(
    listing: &Arc<Listing>,
    settings: &Arc<Settings>,
    model: &Arc<dyn ChatModel>,
) -> mpsc::Receiver<Result<Cut, Unreadable>> {
    let (documents, received) = mpsc::channel(N_READ_AHEAD);
    let (listing, settings, model) = (Arc::clone(listing), Arc::clone(settings), Arc::clone(model));
    tokio::task::spawn_blocking(move || {
        for read in Cuts::new(&listing, &settings, &|text| model.count_tokens(text)) {
            if documents.blocking_send(read).is_err() {
                // Nobody needs more.
                return;
            }
        }
    });
    received
}

type Done = (
    u64,
    Box<Turn>,
    Result<(Answer, Option<ChatError>), GenerateError>,
);

struct Run<'a> {
    listing: Arc<Listing>,
    turns: Turns,
    asker: Arc<Asker>,
    in_flight: JoinSet<Done>,
    ledger: Ledger,
    in_order: InOrder<Outcome>,
    /// Steps that were begun; the next one's number.
    n_begun: u64,
    judge: Judge,
    watch: Watch<'a>,
    /// Documents of which the watch knows.
    n_told: usize,
    /// The reason for which no more is asked.
    stopped: Option<String>,
}

impl Run<'_> {
    async fn into_summary(mut self) -> Result<Summary, GenerateError> {
        let ended = match self.go().await {
            Ok(()) => self.check_anything_came(),
            Err(error) => Err(error),
        };
        let unanswered = self.watch.end();
        let ended = ended.and_then(|()| match unanswered {
            Some(error) if self.judge.summary.chunks_answered == 0 => Err(error),
            _ => Ok(()),
        });
        if let Err(error) = ended {
            self.in_flight.shutdown().await;
            return Err(error);
        }
        let counts = self.turns.counts;
        self.judge.summary = Summary {
            documents: counts.n_documents,
            unreadable: counts.n_unreadable + self.listing.unlisted().len(),
            other_files: self.listing.n_other_files(),
            not_reached: self.listing.len() - counts.n_documents - counts.n_unreadable,
            languages: counts.languages,
            other_languages: counts.other_languages,
            chunks: counts.n_passages,
            pairs: counts.n_pairs,
            stopped: self.stopped,
            calls: self.asker.calls.n_answered(),
            replayed: self.asker.calls.n_replayed(),
            ..self.judge.summary
        };
        self.judge.finish()
    }

    async fn go(&mut self) -> Result<(), GenerateError> {
        for unlisted in self.listing.unlisted().to_vec() {
            self.put(Outcome::Unreadable(unlisted))?;
        }
        let (mut has_ended, mut must_wait) = (false, false);
        loop {
            let outcome = self.in_order.pop().map_err(GenerateError::Spool)?;
            let has_judged = outcome.is_some();
            if let Some(outcome) = outcome {
                self.judge.process(outcome, &mut self.ledger)?;
                let summary = &self.judge.summary;
                self.watch.judged(summary.accepted, summary.n_rejected());
                must_wait = false;
            }
            self.tell();
            has_ended |= self.stopped.is_some();
            let is_idle = self.in_flight.is_empty();
            let may_begin = !has_ended && !must_wait && self.in_flight.len() < self.n_at_once();
            tokio::select! {
                // First what the server waits for: replies come in bursts, and while they were all judged it had
                // nothing to do.
                biased;
                step = self.turns.next(&self.ledger), if may_begin => match step? {
                    Step::Wait => must_wait = true,
                    Step::End => has_ended = true,
                    step => self.begin(step)?,
                },
                Some(done) = self.in_flight.join_next(), if !is_idle => {
                    self.done(done.map_err(|error| GenerateError::Stopped { reason: error.to_string() })?)?;
                    must_wait = false;
                }
                () = ready(()), if has_judged => {}
                else => return Ok(()),
            }
        }
    }

    /// Turns in flight: twice as many where questions are verified, so that both models have work.
    fn n_at_once(&self) -> usize {
        let calls = &self.asker.calls;
        let n_written = calls
            .writer()
            .n_at_once()
            .unwrap_or(self.asker.settings.concurrency);
        if calls.checker().is_some() {
            2 * n_written
        } else {
            n_written
        }
    }

    fn begin(&mut self, step: Step) -> Result<(), GenerateError> {
        match step {
            Step::Ask(turn) => {
                self.ledger.reserve(&turn);
                let (number, asker) = (self.n_begun, Arc::clone(&self.asker));
                self.n_begun += 1;
                self.in_flight.spawn(async move {
                    let asked = asker.ask(&turn).await;
                    (number, turn, asked)
                });
                Ok(())
            }
            Step::Read(outline) => self.put(Outcome::Read(outline)),
            Step::Leave(passage, reason) => self.put(Outcome::Left(passage, reason)),
            Step::Unreadable(unreadable) => self.put(Outcome::Unreadable(unreadable)),
            Step::Wait | Step::End => Ok(()),
        }
    }

    /// Queues an outcome that needs no reply among the others.
    fn put(&mut self, outcome: Outcome) -> Result<(), GenerateError> {
        self.n_begun += 1;
        self.in_order
            .put(self.n_begun - 1, outcome)
            .map_err(GenerateError::Spool)
    }

    fn done(&mut self, (number, turn, asked): Done) -> Result<(), GenerateError> {
        let (mut answer, failure) = asked?;
        self.ledger.release(&turn, answer.n_passed());
        match failure {
            Some(failure) if failure.is_budget() => {
                self.stopped.get_or_insert_with(|| failure.to_string());
            }
            failure => {
                answer.failure = failure.as_ref().map(ChatError::reason);
                self.watch
                    .observe(&answer, failure, self.asker.calls.n_failed_in_a_row())?;
            }
        }
        self.in_order
            .put(number, Outcome::Answer(turn, Box::new(answer)))
            .map_err(GenerateError::Spool)
    }

    fn tell(&mut self) {
        let counts = &self.turns.counts;
        let n_read = counts.n_documents + counts.n_unreadable;
        if n_read > self.n_told {
            self.n_told = n_read;
            let n_passages = counts.n_passages + counts.n_pairs;
            self.watch.passages(n_passages, n_read, self.listing.len());
        }
    }

    fn check_anything_came(&self) -> Result<(), GenerateError> {
        let counts = &self.turns.counts;
        let unreadable = self
            .listing
            .unlisted()
            .iter()
            .chain(&counts.first_unreadable)
            .next();
        match unreadable {
            Some(first) if counts.n_documents == 0 => Err(GenerateError::NothingReadable {
                input: self.asker.settings.input.to_string(),
                n_documents: counts.n_unreadable + self.listing.unlisted().len(),
                first: format!("`{}` {}", first.path, first.reason),
            }),
            _ => Ok(()),
        }
    }
}

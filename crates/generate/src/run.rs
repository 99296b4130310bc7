//! The run: rounds of questions, judged in an order that does not depend on which reply came first, then one output.

use crate::{
    GenerateError, Settings,
    ask::{Answer, Asker},
    checks::Stems,
    output::{self, Outcome},
    passages::Passages,
    plan::check,
    rounds::{Rounds, Turn},
};
use examen_core::{Progress, Question, Verdict};
use examen_files::journal::Journal;
use examen_llm::{ChatError, ChatModel};
use futures::{StreamExt, stream};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, atomic::AtomicU64},
};

/// So many passages without an answer, one after the other, and the server is taken to be gone.
const MAX_FAILURES_IN_A_ROW: usize = 25;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Documents that were read.
    pub documents: usize,
    /// Documents that could not be; each is a row of `rejected`.
    pub unreadable: usize,
    /// Files in no format that is read.
    pub other_files: usize,
    /// Passages that could be asked about.
    pub chunks: usize,
    /// Passages that were.
    pub chunks_asked: usize,
    /// Passages with a call that failed after all retries; each is a row of `rejected`. The next run asks them again.
    pub failed: usize,
    /// Why the first of them failed.
    pub first_failure: Option<String>,
    /// Calls made and answered.
    pub calls: u64,
    /// Replies taken from the journal instead.
    pub replayed: u64,
    /// Questions that passed every check: the rows of `questions`.
    pub accepted: usize,
    /// Questions that did not, by the first reason's name (`quote`, `duplicate` …).
    pub rejected: BTreeMap<String, usize>,
    /// Tokens of the prompts, replayed ones too; 0 where the server does not say.
    pub input_tokens: u64,
    /// Tokens of the replies, likewise.
    pub output_tokens: u64,
    /// The files written.
    pub files: Vec<PathBuf>,
}

impl Summary {
    /// Questions that were rejected.
    pub fn n_rejected(&self) -> usize {
        self.rejected.values().sum()
    }
}

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
    model: Arc<dyn ChatModel>,
    progress: &dyn Progress,
) -> Result<Summary, GenerateError> {
    check(settings)?;
    let passages = Passages::of(settings, &|text| model.count_tokens(text), progress)?;
    let journal = Journal::open(settings.journal())?;
    output::recover(&settings.output)?;
    let asker = Asker {
        settings,
        model: model.as_ref(),
        journal: Mutex::new(journal),
        n_calls: AtomicU64::new(0),
        n_replayed: AtomicU64::new(0),
    };
    let gathered = gather(&asker, &passages, progress).await?;
    let outcome = Outcome { settings, model: model.id(), passages: &passages, answers: &gathered.answers };
    let files = output::write(&outcome)?;
    Ok(summary(&asker, &passages, gathered, files))
}

/// What has come in so far.
#[derive(Default)]
struct Gathered {
    /// By passage.
    answers: BTreeMap<usize, Answer>,
    stems: Stems,
    n_accepted: usize,
}

async fn gather(asker: &Asker<'_>, passages: &Passages, progress: &dyn Progress) -> Result<Gathered, GenerateError> {
    let max_questions = asker.settings.max_questions;
    let mut watch = Watch::begin(progress, max_questions, passages.distinct.len());
    let gathered = take_rounds(asker, passages, &mut watch).await;
    progress.end();
    let gathered = gathered?;
    let n_asked = gathered.answers.len();
    let is_unanswered = gathered.answers.values().all(|answer| answer.replies.is_empty());
    match watch.first_failure.take() {
        Some(first) if is_unanswered => Err(GenerateError::Unanswered { n_failed: n_asked, n_asked, first }),
        _ => Ok(gathered),
    }
}

async fn take_rounds(asker: &Asker<'_>, passages: &Passages, watch: &mut Watch<'_>) -> Result<Gathered, GenerateError> {
    let mut rounds = Rounds::new(passages.by_document(), asker.settings);
    let mut gathered = Gathered::default();
    loop {
        let turns = rounds.next_round(gathered.n_accepted);
        if turns.is_empty() {
            return Ok(gathered);
        }
        let answers = take_turns(asker, passages, &turns, watch).await?;
        gathered.accept(&turns, answers, asker.settings.max_questions);
    }
}

/// Asks about all passages of a round, some at a time; the answers come back in the order of the turns.
async fn take_turns(
    asker: &Asker<'_>,
    passages: &Passages,
    turns: &[Turn],
    watch: &mut Watch<'_>,
) -> Result<Vec<Answer>, GenerateError> {
    let asked = stream::iter(turns.iter().enumerate()).map(|(place, &turn)| async move {
        let passage = &passages.distinct[turn.passage];
        (place, asker.ask(passages.source(passage), &passage.chunk, turn).await)
    });
    let mut asked = std::pin::pin!(asked.buffer_unordered(asker.settings.concurrency));
    let mut answers: Vec<Option<Answer>> = std::iter::repeat_with(|| None).take(turns.len()).collect();
    while let Some((place, answer)) = asked.next().await {
        let mut answer = answer?;
        watch.see(&mut answer)?;
        answers[place] = Some(answer);
    }
    Ok(answers.into_iter().map(|answer| answer.expect("every turn was taken")).collect())
}

impl Gathered {
    /// Judges a round's questions against all others. Where their number is limited, every passage's first question
    /// comes before any passage's second.
    fn accept(&mut self, turns: &[Turn], mut answers: Vec<Answer>, max_questions: Option<usize>) {
        let mut order = Vec::new();
        for (place, answer) in answers.iter().enumerate() {
            let accepted = (0..answer.questions.len()).filter(|&n| answer.questions[n].verdict == Verdict::Accepted);
            order.extend(accepted.enumerate().map(|(rank, n)| (rank, place, n)));
        }
        if max_questions.is_some() {
            order.sort_unstable();
        }
        for (_, place, n) in order {
            self.judge(&mut answers[place].questions[n], max_questions);
        }
        self.answers.extend(turns.iter().map(|turn| turn.passage).zip(answers));
    }

    fn judge(&mut self, question: &mut Question, max_questions: Option<usize>) {
        let reason = match max_questions {
            Some(max) if self.n_accepted >= max => Some(format!("limit: the exam has its {max} questions already")),
            _ if !self.stems.insert(&question.question) => Some("duplicate: another question asks the same".to_owned()),
            _ => None,
        };
        match reason {
            None => self.n_accepted += 1,
            Some(reason) => {
                question.verdict = Verdict::Rejected;
                question.reasons.push(reason);
            }
        }
    }
}

/// Tells the progress, and stops a run that has no chance.
struct Watch<'a> {
    progress: &'a dyn Progress,
    /// Questions that the bar is full with; `None`: it counts passages.
    max_questions: Option<usize>,
    n_seen: usize,
    n_accepted: usize,
    n_rejected: usize,
    n_failed: usize,
    n_failed_in_a_row: usize,
    first_failure: Option<ChatError>,
}

impl<'a> Watch<'a> {
    fn begin(progress: &'a dyn Progress, max_questions: Option<usize>, n_passages: usize) -> Self {
        progress.begin("writing questions", max_questions.unwrap_or(n_passages) as u64);
        Self {
            progress,
            max_questions,
            n_seen: 0,
            n_accepted: 0,
            n_rejected: 0,
            n_failed: 0,
            n_failed_in_a_row: 0,
            first_failure: None,
        }
    }

    /// One more answer is in.
    fn see(&mut self, answer: &mut Answer) -> Result<(), GenerateError> {
        self.n_seen += 1;
        let n_accepted = answer.questions.iter().filter(|question| question.verdict == Verdict::Accepted).count();
        self.advance(n_accepted);
        self.n_accepted += n_accepted;
        self.n_rejected += answer.questions.len() - n_accepted;
        self.progress.note(&self.words());
        self.count_failure(answer)
    }

    fn advance(&self, n_accepted: usize) {
        let n = match self.max_questions {
            None => 1,
            Some(max) => n_accepted.min(max.saturating_sub(self.n_accepted)),
        };
        self.progress.advance(n as u64);
    }

    fn words(&self) -> String {
        let mut words = format!("{} accepted, {} rejected", self.n_accepted, self.n_rejected);
        if self.n_failed > 0 {
            words += &format!(", {} failed", self.n_failed);
        }
        words
    }

    fn count_failure(&mut self, answer: &mut Answer) -> Result<(), GenerateError> {
        let Some(failure) = answer.failure.take() else {
            self.n_failed_in_a_row = 0;
            return Ok(());
        };
        tracing::warn!(reason = %failure, "a passage got no answer");
        answer.failure_reason = Some(failure.reason());
        self.n_failed += 1;
        self.n_failed_in_a_row += 1;
        let first = self.first_failure.take().unwrap_or(failure);
        if self.n_failed_in_a_row >= MAX_FAILURES_IN_A_ROW {
            return Err(GenerateError::Unanswered { n_failed: self.n_failed, n_asked: self.n_seen, first });
        }
        self.first_failure = Some(first);
        Ok(())
    }
}

fn summary(asker: &Asker<'_>, passages: &Passages, gathered: Gathered, files: Vec<PathBuf>) -> Summary {
    let answers = gathered.answers.values();
    let mut rejected = BTreeMap::new();
    for question in answers.clone().flat_map(|answer| &answer.questions) {
        if let Some(reason) = question.reasons.first() {
            let name = reason.split(':').next().unwrap_or_default();
            *rejected.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    Summary {
        documents: passages.corpus.documents.len(),
        unreadable: passages.corpus.unreadable.len(),
        other_files: passages.corpus.n_other_files,
        chunks: passages.distinct.len(),
        chunks_asked: gathered.answers.len(),
        failed: answers.clone().filter(|answer| answer.failure_reason.is_some()).count(),
        first_failure: answers.clone().find_map(|answer| answer.failure_reason.clone()),
        calls: asker.n_calls.load(std::sync::atomic::Ordering::Relaxed),
        replayed: asker.n_replayed.load(std::sync::atomic::Ordering::Relaxed),
        accepted: gathered.n_accepted,
        rejected,
        input_tokens: answers.clone().map(|answer| answer.usage.input_tokens).sum(),
        output_tokens: answers.map(|answer| answer.usage.output_tokens).sum(),
        files,
    }
}

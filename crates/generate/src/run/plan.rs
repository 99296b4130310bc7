//! A run as it would be, without asking anything.

use super::{
    ledger::Ledger,
    turns::{Step, Turns},
};
use crate::{
    asking::{
        ask,
        prompts::{Own, Prompts, Wishes},
        summaries,
    },
    error::GenerateError,
    passages::{
        Turn,
        chunk::CountTokens,
        cut::{Cut, Cuts},
    },
    reading::documents::{Listing, Unreadable},
    reasons,
    settings::Settings,
    text::languages,
    verify::{self, ANSWER_TOKENS, Shown},
    writing::check_free,
};
use examen_core::{Language, Progress};
use examen_llm::Message;
use futures::executor::block_on;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::AddAssign,
    sync::Arc,
    thread,
};
use tokio::{sync::mpsc, task::unconstrained};

/// Documents that are read ahead.
const N_READ_AHEAD: usize = 256;

/// A run as it would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The documents that can be read, by path.
    pub documents: Vec<PlannedDocument>,
    /// Those that cannot.
    pub unreadable: Vec<Unreadable>,
    /// Files in no format that is read.
    pub other_files: usize,
    /// Passages that can be asked about.
    pub chunks: usize,
    /// Pairs of related passages that can be asked about together.
    pub pairs: usize,
    /// Passages that are not asked about, by the reason's name (`boilerplate`, `repeated`).
    pub left_chunks: BTreeMap<String, usize>,
    /// Questions that are asked for.
    pub questions: usize,
    /// Calls if every question is accepted at once.
    pub calls: usize,
    /// Calls at most: every passage asked about, and asked again as often as allowed.
    pub max_calls: usize,
    /// Tokens of the prompts of `calls`, as `count_tokens` counts them.
    pub input_tokens: usize,
    /// Tokens of the replies to `calls` at most.
    pub max_output_tokens: usize,
    /// The calls of the model that checks; `None` where none does.
    pub checks: Option<PlannedChecks>,
}

/// The calls of the model that checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlannedChecks {
    /// Calls if every question is accepted at once. One that is refuted takes fewer; the one that is then written in its
    /// place is checked too.
    pub calls: usize,
    /// Tokens of their prompts, if questions are as long as those of the example that the writer is shown.
    pub input_tokens: usize,
    /// Tokens of the replies at most. Models that think first take more: they are asked once more, and may then write as
    /// many tokens as the writer.
    pub max_output_tokens: usize,
}

/// One document of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedDocument {
    /// Its path below the input folder.
    pub path: String,
    /// The language of most of it.
    pub language: Language,
    /// The language that questions about it are asked for in: English where its own has no prompts.
    pub prompts: Language,
    /// Its length.
    pub tokens: usize,
    /// Passages that can be asked about.
    pub chunks: usize,
    /// Pairs of related ones that can be asked about together.
    pub pairs: usize,
}

/// Refuses what no run can be made with: a setting, an output that holds something else, an input that is not there.
/// Quick, so that it can be asked before a model is loaded; [`plan`] and [`run`](crate::run()) ask it too.
pub fn check(settings: &Settings) -> Result<(), GenerateError> {
    checked(settings).map(drop)
}

/// The prompts of a run that can be made.
pub(crate) fn checked(settings: &Settings) -> Result<Prompts, GenerateError> {
    settings.check()?;
    let prompts = Prompts::load(Own::of(settings), Wishes::of(settings))?;
    check_free(&settings.output)?;
    settings.input.check()?;
    Ok(prompts)
}

/// Reads the documents and counts; asks nothing and writes nothing. Calls that the journal holds already are counted
/// like others. Blocks.
pub fn plan(
    settings: &Settings,
    count_tokens: &CountTokens<'_>,
    progress: &dyn Progress,
) -> Result<Plan, GenerateError> {
    let prompts = checked(settings)?;
    let listing = Listing::of(settings)?;
    progress.begin("reading documents", listing.len() as u64);
    let (read, calls) = thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel(N_READ_AHEAD);
        let cuts = Cuts::new(&listing, settings, count_tokens);
        let reading = scope.spawn(move || read_all(cuts, &sender, count_tokens, progress));
        let turns = Turns::new(Arc::new(settings.clone()), listing.len(), receiver);
        let calls = count_calls(turns, settings, &prompts, count_tokens);
        let read = reading.join();
        (
            read.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            calls,
        )
    });
    progress.end();
    Ok(planned(settings, &listing, read, calls?))
}

fn planned(settings: &Settings, listing: &Listing, read: Read, calls: Calls) -> Plan {
    let chunks = read.documents.iter().map(|document| document.chunks).sum();
    let pairs = read.documents.iter().map(|document| document.pairs).sum();
    let unlisted = listing.unlisted().iter().cloned();
    let has_passages = |document: &&PlannedDocument| document.chunks > 0;
    let n_summaries = match settings.summaries {
        true => read.documents.iter().filter(has_passages).count(),
        false => 0,
    };
    let n_exams = calls.n - calls.n_summaries;
    Plan {
        chunks,
        pairs,
        documents: read.documents,
        unreadable: unlisted.chain(read.unreadable).collect(),
        other_files: listing.n_other_files(),
        left_chunks: read.left_chunks,
        questions: calls.n_questions,
        calls: calls.n,
        max_calls: (chunks + pairs) * (1 + settings.max_re_asks) + n_summaries,
        input_tokens: calls.input_tokens,
        max_output_tokens: n_exams * settings.max_new_tokens
            + calls.n_summaries * summaries::MAX_TOKENS,
        checks: settings.model_checks.is_some().then_some(calls.checks),
    }
}

/// The calls if all is accepted. Blocks.
fn count_calls(
    turns: Turns,
    settings: &Settings,
    prompts: &Prompts,
    count_tokens: &CountTokens<'_>,
) -> Result<Calls, GenerateError> {
    let mut tokens = Tokens {
        count_tokens,
        opening: Vec::new(),
        n_opening: 0,
    };
    let input_tokens = |turn: &Turn| -> Result<usize, GenerateError> {
        let texts = turn.passage.texts();
        let asked = ask(&turn.passage, &texts, turn.n_questions, &[]);
        Ok(tokens.of(&prompts.messages(&asked)?))
    };
    let mut summarised = BTreeSet::new();
    let summary = |turn: &Turn| -> Result<Option<usize>, GenerateError> {
        let passage = &turn.passage;
        let opening = passage.opening.as_deref();
        let Some(opening) = opening.filter(|_| summarised.insert(passage.document_id.clone()))
        else {
            return Ok(None);
        };
        let asked = prompts.summary(passage.document_language, opening)?;
        Ok(Some(count_tokens(&asked.content)))
    };
    let checks = |turn: &Turn| planned_checks(turn, settings, prompts, count_tokens);
    // Whoever blocks may be a task of a runtime, and those may only take so many messages before they yield.
    block_on(unconstrained(calls_if_all_is_accepted(
        turns,
        input_tokens,
        summary,
        checks,
    )))
}

#[derive(Default)]
struct Read {
    documents: Vec<PlannedDocument>,
    unreadable: Vec<Unreadable>,
    left_chunks: BTreeMap<String, usize>,
}

/// Reads all documents, also those that no turn would need.
fn read_all(
    reading: Cuts<'_>,
    documents: &mpsc::Sender<Result<Cut, Unreadable>>,
    count_tokens: &CountTokens<'_>,
    progress: &dyn Progress,
) -> Read {
    let mut read = Read::default();
    for document in reading {
        match &document {
            Ok(cut) => {
                read.documents.push(PlannedDocument {
                    path: cut.path.clone(),
                    language: cut.language,
                    prompts: languages::of_prompts(cut.language).language,
                    tokens: count_tokens(&cut.text),
                    chunks: cut.passages.len(),
                    pairs: cut.pairs.len(),
                });
                cut.left
                    .iter()
                    .for_each(|(_, reason)| reasons::count(&mut read.left_chunks, reason));
            }
            Err(unreadable) => read.unreadable.push(unreadable.clone()),
        }
        // Whether anybody needs it.
        let _ = documents.blocking_send(document);
        progress.advance(1);
    }
    read
}

#[derive(Default)]
struct Calls {
    n: usize,
    /// Those of them that ask for a summary.
    n_summaries: usize,
    n_questions: usize,
    input_tokens: usize,
    checks: PlannedChecks,
}

async fn calls_if_all_is_accepted(
    mut turns: Turns,
    mut input_tokens: impl FnMut(&Turn) -> Result<usize, GenerateError>,
    mut summary: impl FnMut(&Turn) -> Result<Option<usize>, GenerateError>,
    checks: impl Fn(&Turn) -> PlannedChecks,
) -> Result<Calls, GenerateError> {
    let mut calls = Calls::default();
    let mut ledger = Ledger::new(turns.has_quotas());
    loop {
        match turns.next(&ledger).await? {
            Step::Ask(turn) => {
                ledger.reserve(&turn);
                ledger.settle(&turn.passage, turn.n_questions, turn.n_questions);
                calls.n += 1;
                calls.n_questions += turn.n_questions;
                calls.input_tokens += input_tokens(&turn)?;
                calls.checks += checks(&turn);
                if let Some(input_tokens) = summary(&turn)? {
                    calls.n += 1;
                    calls.n_summaries += 1;
                    calls.input_tokens += input_tokens;
                }
            }
            Step::Read(_) | Step::Leave(..) | Step::Unreadable(_) => {}
            Step::Wait | Step::End => return Ok(calls),
        }
    }
}

fn planned_checks(
    turn: &Turn,
    settings: &Settings,
    prompts: &Prompts,
    count_tokens: &CountTokens<'_>,
) -> PlannedChecks {
    let Some(checks) = &settings.model_checks else {
        return PlannedChecks::default();
    };
    let calls = turn.n_questions * checks.calls_per_question();
    let typical = prompts.typical(turn.passage.language);
    let mut options = std::iter::once(&typical.answer)
        .chain(&typical.distractors)
        .map(|text| text.0.as_str());
    let shown = Shown {
        language: turn.passage.language,
        passages: &turn.passage.texts(),
        question: &typical.question.0,
        options: std::array::from_fn(|_| options.next().unwrap_or_default()),
    };
    PlannedChecks {
        calls,
        input_tokens: turn.n_questions * verify::input_tokens(checks, &shown, count_tokens),
        max_output_tokens: calls * ANSWER_TOKENS,
    }
}

impl AddAssign for PlannedChecks {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.input_tokens += other.input_tokens;
        self.max_output_tokens += other.max_output_tokens;
    }
}

/// Counts the tokens of conversations. Most begin alike, and nothing is counted twice in a row.
struct Tokens<'a> {
    count_tokens: &'a CountTokens<'a>,
    opening: Vec<Message>,
    n_opening: usize,
}

impl Tokens<'_> {
    fn of(&mut self, messages: &[Message]) -> usize {
        let Some((request, opening)) = messages.split_last() else {
            return 0;
        };
        if self.opening != opening {
            self.opening = opening.to_vec();
            self.n_opening = opening
                .iter()
                .map(|message| (self.count_tokens)(&message.content))
                .sum();
        }
        self.n_opening + (self.count_tokens)(&request.content)
    }
}

//! What a run would do, without asking anything.

use crate::{
    GenerateError, Settings,
    chunk::CountTokens,
    documents::Unreadable,
    output,
    passages::Passages,
    prompts::{self, Ask},
    rounds::{Rounds, Turn},
};
use examen_core::{Language, Progress};
use serde::Serialize;

/// What a run would do.
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
    /// Passages that repeat one of those and are left out.
    pub repeated_chunks: usize,
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
}

/// One document of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedDocument {
    /// Its path below the input folder.
    pub path: String,
    /// The language of its prompts.
    pub language: Language,
    /// Its own language (ISO 639-3), where that has no prompts.
    pub other_language: Option<&'static str>,
    /// Its length.
    pub tokens: usize,
    /// Passages that can be asked about.
    pub chunks: usize,
}

/// Refuses what no run can be made with: a setting, an output that holds something else, an input that is not there.
/// Quick, so that it can be asked before a model is loaded; [`plan`] and [`run`](crate::run()) ask it too.
pub fn check(settings: &Settings) -> Result<(), GenerateError> {
    settings.check()?;
    output::check_free(&settings.output)?;
    settings.input.check()
}

/// Reads the documents and counts; asks nothing and writes nothing. Calls that the journal holds already are counted
/// like others.
pub fn plan(
    settings: &Settings,
    count_tokens: &CountTokens<'_>,
    progress: &dyn Progress,
) -> Result<Plan, GenerateError> {
    check(settings)?;
    let passages = Passages::of(settings, count_tokens, progress)?;
    let turns = turns_if_all_is_accepted(&passages, settings);
    let documents = passages.corpus.documents.iter().zip(passages.by_document());
    let documents = documents.map(|(source, own)| PlannedDocument {
        path: source.document.path.clone(),
        language: source.document.language,
        other_language: source.other_language,
        tokens: count_tokens(&source.document.text),
        chunks: own.len(),
    });
    Ok(Plan {
        documents: documents.collect(),
        chunks: passages.distinct.len(),
        repeated_chunks: passages.repeated.len(),
        questions: turns.iter().map(|turn| turn.n_questions).sum(),
        calls: turns.len(),
        max_calls: passages.distinct.len() * (1 + settings.max_re_asks),
        input_tokens: turns.iter().map(|&turn| input_tokens(&passages, turn, count_tokens)).sum(),
        max_output_tokens: turns.len() * settings.max_new_tokens,
        other_files: passages.corpus.n_other_files,
        unreadable: passages.corpus.unreadable,
    })
}

fn turns_if_all_is_accepted(passages: &Passages, settings: &Settings) -> Vec<Turn> {
    let mut rounds = Rounds::new(passages.by_document(), settings);
    let (mut turns, mut n_accepted) = (Vec::new(), 0);
    loop {
        let round = rounds.next_round(n_accepted);
        if round.is_empty() {
            return turns;
        }
        n_accepted += round.iter().map(|turn| turn.n_questions).sum::<usize>();
        turns.extend(round);
    }
}

fn input_tokens(passages: &Passages, turn: Turn, count_tokens: &CountTokens<'_>) -> usize {
    let passage = &passages.distinct[turn.passage];
    let source = passages.source(passage);
    let messages = prompts::messages(&Ask {
        language: source.document.language,
        is_other_language: source.other_language.is_some(),
        passage: &passage.chunk.text,
        n_questions: turn.n_questions,
        existing: &[],
    });
    messages.iter().map(|message| count_tokens(&message.content)).sum()
}

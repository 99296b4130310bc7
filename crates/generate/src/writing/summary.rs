//! The summary of a run.

use super::{coverage::Coverage, kept::Kept, samples::Samples};
use crate::{checks::CueReport, verify::ModelChecks};
use examen_core::Language;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The summary of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Documents that were read.
    pub documents: usize,
    /// Documents that could not be; each is a row of `unreadable`.
    pub unreadable: usize,
    /// Files in no format that is read.
    pub other_files: usize,
    /// Documents that were not looked at: no more questions were needed, or the run was stopped.
    pub not_reached: usize,
    /// Languages of the passages.
    pub languages: BTreeSet<Language>,
    /// Documents by language where that has no prompts of its own: English ones were used, which name it.
    pub other_languages: BTreeMap<String, usize>,
    /// Accepted questions by language where that has no word lists: checks that look at words were not made.
    pub unchecked_words: BTreeMap<String, usize>,
    /// Passages that could be asked about, of the documents that were read.
    pub chunks: usize,
    /// Passages that were.
    pub chunks_asked: usize,
    /// Pairs of related passages that could be asked about together.
    pub pairs: usize,
    /// Pairs that were.
    pub pairs_asked: usize,
    /// Passages with a reply.
    pub chunks_answered: usize,
    /// Of those, passages whose replies hold no question that can be read.
    pub chunks_without_question: usize,
    /// Passages with an accepted question.
    pub chunks_covered: usize,
    /// Passages that are not asked about, by the reason's name (`boilerplate`, `repeated`); each is a row of `rejected`.
    pub chunks_left: BTreeMap<String, usize>,
    /// Passages with a call that failed after all retries; each is a row of `rejected`. The next run asks them again.
    pub failed: usize,
    /// The reason of the first failure.
    pub first_failure: Option<String>,
    /// The reason for which the run ended before its end: a limit on spending.
    pub stopped: Option<String>,
    /// Calls made and answered.
    pub calls: u64,
    /// Replies taken from the journal instead.
    pub replayed: u64,
    /// Replies, or parts of them, that could not be read; each is a row of `rejected`.
    pub unread: usize,
    /// Questions that passed every check: the rows of `questions`.
    pub accepted: usize,
    /// Questions that did not, by the first reason's name (`quote`, `duplicate` …).
    pub rejected: BTreeMap<String, usize>,
    /// Remarks on accepted questions, by name.
    pub remarks: BTreeMap<String, usize>,
    /// Tokens of the prompts, replayed ones too; 0 where the server does not say.
    pub input_tokens: u64,
    /// Tokens of the replies, likewise.
    pub output_tokens: u64,
    /// Cues that the accepted questions give as a set.
    pub cues: Option<CueReport>,
    /// Figures from a second model's answers; `None` where none was asked.
    pub model_checks: Option<ModelChecks>,
    /// Coverage of documents and sections.
    pub coverage: Coverage,
    /// A few of the questions.
    pub samples: Samples,
    /// The output of the earlier run, which accepted more; `None` where it was replaced, or there was none.
    pub kept: Option<Kept>,
    /// The files written.
    pub files: Vec<PathBuf>,
}

impl Summary {
    /// Questions that were rejected.
    pub fn n_rejected(&self) -> usize {
        self.rejected.values().sum()
    }
}

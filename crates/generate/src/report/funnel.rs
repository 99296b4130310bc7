//! From documents to accepted questions. What a step has lost is there by reason, so that each step's numbers add up.

use crate::{Summary, checks::DUPLICATE};
use serde::Serialize;
use std::collections::BTreeMap;

/// Reasons against questions that are sound by themselves: there are others like them, or enough.
const BEYOND: [&str; 4] = [DUPLICATE, "extra", "limit", "quota"];

/// What is left after each step of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// Documents and other files: `found`, `read`.
    pub documents: Vec<Step>,
    /// Passages of those: `found`, `to_ask`, `asked`, `answered`, `covered` (with an accepted question).
    pub chunks: Vec<Step>,
    /// Questions about those: `written`, `passed` (every check of a question alone), `accepted`.
    pub questions: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is left after it, in a word.
    pub step: &'static str,
    /// How many.
    pub n: usize,
    /// Those of the step before that are not, by reason; nothing for the first step and where none were lost.
    pub lost: BTreeMap<String, usize>,
}

impl Step {
    fn new(step: &'static str, n: usize, lost: impl IntoIterator<Item = (String, usize)>) -> Self {
        Self { step, n, lost: lost.into_iter().filter(|(_, n)| *n > 0).collect() }
    }
}

impl Funnel {
    /// The steps of a run.
    pub(super) fn of(summary: &Summary) -> Self {
        Self { documents: documents(summary), chunks: chunks(summary), questions: questions(summary) }
    }
}

fn documents(summary: &Summary) -> Vec<Step> {
    let lost = [
        ("other_format", summary.other_files),
        ("unreadable", summary.unreadable),
        (not_reached(summary), summary.not_reached),
    ];
    let n_found = summary.documents + lost.iter().map(|(_, n)| n).sum::<usize>();
    vec![Step::new("found", n_found, []), Step::new("read", summary.documents, lost.map(named))]
}

fn chunks(summary: &Summary) -> Vec<Step> {
    let left = &summary.chunks_left;
    let all_rejected = summary.chunks_answered - summary.chunks_without_question - summary.chunks_covered;
    vec![
        Step::new("found", summary.chunks + left.values().sum::<usize>(), []),
        Step::new("to_ask", summary.chunks, left.clone()),
        Step::new(
            "asked",
            summary.chunks_asked,
            [(not_reached(summary), summary.chunks - summary.chunks_asked)].map(named),
        ),
        Step::new(
            "answered",
            summary.chunks_answered,
            [("failed", summary.chunks_asked - summary.chunks_answered)].map(named),
        ),
        Step::new(
            "covered",
            summary.chunks_covered,
            [("no_question", summary.chunks_without_question), ("all_rejected", all_rejected)].map(named),
        ),
    ]
}

fn questions(summary: &Summary) -> Vec<Step> {
    let rejected = |is_beyond: bool| {
        let all = summary.rejected.iter();
        all.filter(move |(name, _)| BEYOND.contains(&name.as_str()) == is_beyond).map(|(name, n)| (name.clone(), *n))
    };
    let n_beyond = rejected(true).map(|(_, n)| n).sum::<usize>();
    vec![
        Step::new("written", summary.accepted + summary.n_rejected(), []),
        Step::new("passed", summary.accepted + n_beyond, rejected(false)),
        Step::new("accepted", summary.accepted, rejected(true)),
    ]
}

/// Why what comes last was not looked at.
fn not_reached(summary: &Summary) -> &'static str {
    if summary.stopped.is_some() { "stopped" } else { "not_needed" }
}

fn named((name, n): (&str, usize)) -> (String, usize) {
    (name.to_owned(), n)
}

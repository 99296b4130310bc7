//! From documents to accepted questions. What a step has lost is there by reason, so that each step's numbers add up.

use crate::{
    checks::DUPLICATE,
    verify::{OPEN_BOOK, UNVERIFIED},
    writing::Summary,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Reasons of the check model against questions that pass every other check.
const OF_THE_MODEL: [&str; 2] = [OPEN_BOOK, UNVERIFIED];
/// Reasons against questions that are sound by themselves: there are others like them, or enough.
const BEYOND: [&str; 4] = [DUPLICATE, "extra", "limit", "quota"];

/// What is left after each step of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// Documents and other files: `found`, `read`.
    pub documents: Vec<Step>,
    /// Passages of those: `found`, `to_ask`, `asked`, `answered`, `covered` (with an accepted question).
    pub chunks: Vec<Step>,
    /// Questions about those: `written`, `passed` (every check of a question alone), `verified` (where a check model was
    /// asked), `accepted`.
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
        Self {
            step,
            n,
            lost: lost.into_iter().filter(|(_, n)| *n > 0).collect(),
        }
    }
}

impl Funnel {
    /// The steps of a run.
    pub(super) fn of(summary: &Summary) -> Self {
        Self {
            documents: documents(summary),
            chunks: chunks(summary),
            questions: questions(summary),
        }
    }
}

fn documents(summary: &Summary) -> Vec<Step> {
    let lost = [
        ("other_format", summary.other_files),
        ("unreadable", summary.unreadable),
        (not_reached(summary), summary.not_reached),
    ];
    let n_found = summary.documents + lost.iter().map(|(_, n)| n).sum::<usize>();
    vec![
        Step::new("found", n_found, []),
        Step::new("read", summary.documents, lost.map(named)),
    ]
}

fn chunks(summary: &Summary) -> Vec<Step> {
    let left = &summary.chunks_left;
    let all_rejected =
        summary.chunks_answered - summary.chunks_without_question - summary.chunks_covered;
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
            [
                ("no_question", summary.chunks_without_question),
                ("all_rejected", all_rejected),
            ]
            .map(named),
        ),
    ]
}

fn questions(summary: &Summary) -> Vec<Step> {
    let lost = |step: &str| -> BTreeMap<String, usize> {
        let all = summary
            .rejected
            .iter()
            .filter(|(name, _)| lost_before(name) == step);
        all.map(|(name, n)| (name.clone(), *n)).collect()
    };
    let (refuted, beyond) = (lost("verified"), lost("accepted"));
    let n_verified = summary.accepted + beyond.values().sum::<usize>();
    let n_passed = n_verified + refuted.values().sum::<usize>();
    let mut steps = vec![
        Step::new("written", summary.accepted + summary.n_rejected(), []),
        Step::new("passed", n_passed, lost("passed")),
    ];
    if summary.model_checks.is_some() || n_passed > n_verified {
        steps.push(Step::new("verified", n_verified, refuted));
    }
    steps.push(Step::new("accepted", summary.accepted, beyond));
    steps
}

/// The step before which a question with this reason is lost.
fn lost_before(reason: &str) -> &'static str {
    match reason {
        reason if BEYOND.contains(&reason) => "accepted",
        reason if OF_THE_MODEL.contains(&reason) => "verified",
        _ => "passed",
    }
}

/// Why what comes last was not looked at.
fn not_reached(summary: &Summary) -> &'static str {
    if summary.stopped.is_some() {
        "stopped"
    } else {
        "not_needed"
    }
}

fn named((name, n): (&str, usize)) -> (String, usize) {
    (name.to_owned(), n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_check_model_refutes_is_a_step_of_its_own() {
        let rejected = [
            ("quote", 4),
            (OPEN_BOOK, 3),
            (UNVERIFIED, 1),
            (DUPLICATE, 2),
        ]
        .map(named)
        .into();
        let summary = Summary {
            accepted: 10,
            rejected,
            ..Summary::default()
        };
        let steps: Vec<(&str, usize)> = questions(&summary)
            .iter()
            .map(|step| (step.step, step.n))
            .collect();
        assert_eq!(
            steps,
            [
                ("written", 20),
                ("passed", 16),
                ("verified", 12),
                ("accepted", 10)
            ]
        );
        let without = Summary {
            accepted: 10,
            ..Summary::default()
        };
        assert!(
            questions(&without)
                .iter()
                .all(|step| step.step != "verified")
        );
    }
}

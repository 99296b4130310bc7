//! From documents to accepted questions. What a step has lost is there by reason, so that each step's numbers add up.

use crate::{
    checks::all_reasons,
    reasons::{self, Reason},
    writing::Summary,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Numbers that are left after each step of a run.
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
    /// Name of what is left after it, in a word.
    pub step: &'static str,
    /// Number of those.
    pub n: usize,
    /// Those of the step before that are not, by reason; nothing for the first step and where none were lost.
    pub lost: BTreeMap<String, usize>,
}

impl Step {
    /// Makes the first step of a funnel, which has lost nothing.
    fn first(step: &'static str, n: usize) -> Self {
        Self {
            step,
            n,
            lost: BTreeMap::new(),
        }
    }

    fn new(step: reasons::Step, n: usize, lost: impl IntoIterator<Item = (String, usize)>) -> Self {
        Self {
            step: step.name(),
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
        (Reason::OtherFormat, summary.other_files),
        (Reason::Unreadable, summary.unreadable),
        (not_reached(summary), summary.not_reached),
    ];
    let n_found = summary.documents + lost.iter().map(|(_, n)| n).sum::<usize>();
    vec![
        Step::first("found", n_found),
        Step::new(reasons::Step::Read, summary.documents, lost.map(named)),
    ]
}

fn chunks(summary: &Summary) -> Vec<Step> {
    use reasons::Step::{Answered, Asked, Covered, ToAsk};
    let left = &summary.chunks_left;
    let n_not_asked = summary.chunks - summary.chunks_asked;
    let n_failed = summary.chunks_asked - summary.chunks_answered;
    let n_empty = summary.chunks_without_question;
    let all_rejected = summary.chunks_answered - n_empty - summary.chunks_covered;
    vec![
        Step::first("found", summary.chunks + left.values().sum::<usize>()),
        Step::new(ToAsk, summary.chunks, left.clone()),
        Step::new(
            Asked,
            summary.chunks_asked,
            [named((not_reached(summary), n_not_asked))],
        ),
        Step::new(
            Answered,
            summary.chunks_answered,
            [named((Reason::Failed, n_failed))],
        ),
        Step::new(
            Covered,
            summary.chunks_covered,
            [
                (Reason::NoQuestion, n_empty),
                (Reason::AllRejected, all_rejected),
            ]
            .map(named),
        ),
    ]
}

fn questions(summary: &Summary) -> Vec<Step> {
    use reasons::Step::{Accepted, Passed, Verified};
    let lost = |step| -> BTreeMap<String, usize> {
        let all = summary
            .rejected
            .iter()
            .filter(|(name, _)| lost_before(name) == step);
        all.map(|(name, n)| (name.clone(), *n)).collect()
    };
    let (refuted, beyond) = (lost(Verified), lost(Accepted));
    let n_verified = summary.accepted + beyond.values().sum::<usize>();
    let n_passed = n_verified + refuted.values().sum::<usize>();
    let mut steps = vec![
        Step::first("written", summary.accepted + summary.n_rejected()),
        Step::new(Passed, n_passed, lost(Passed)),
    ];
    if summary.model_checks.is_some() || n_passed > n_verified {
        steps.push(Step::new(Verified, n_verified, refuted));
    }
    steps.push(Step::new(Accepted, summary.accepted, beyond));
    steps
}

/// The step before which a question with a reason of this name is lost.
fn lost_before(name: &str) -> reasons::Step {
    all_reasons()
        .find(|reason| reason.name() == name)
        .and_then(Reason::step)
        .unwrap_or(reasons::Step::Passed)
}

/// Why what comes last was not looked at.
fn not_reached(summary: &Summary) -> Reason {
    if summary.stopped.is_some() {
        Reason::Stopped
    } else {
        Reason::NotNeeded
    }
}

fn named((reason, n): (Reason, usize)) -> (String, usize) {
    (reason.name().to_owned(), n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_check_model_refutes_is_a_step_of_its_own() {
        let rejected = [
            ("quote", 4),
            ("open_book", 3),
            ("unverified", 1),
            ("duplicate", 2),
        ]
        .map(|(name, n)| (name.to_owned(), n))
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

//! From documents to accepted questions: what each step leaves, and why.

use super::super::{Report, funnel, words};
use examen_page::{
    Beside, Section,
    chart::{Bar, Bars, Funnel, Loss, Step},
    number::count,
};
use std::collections::BTreeMap;

pub(super) fn section(report: &Report) -> Option<Section> {
    let mut section = Section::new("losses", "From documents to questions");
    section.text(
        "What each step leaves of what it counts, and why the rest is gone: the numbers of a step and of its losses add \
         up to those of the step before. Rejected questions count under their first reason; each of them is a row of the \
         output's table “rejected”, and so are passages left out and failed calls; documents that could not be read are \
         rows of the table “unreadable”.",
    );
    section.add(&Beside(vec![
        funnel("Documents", "documents", &report.funnel.documents),
        funnel("Passages of the documents", "chunks", &report.funnel.chunks),
        funnel(
            "Questions about the passages",
            "questions",
            &report.funnel.questions,
        ),
    ]));
    if report.summary.unread > 0 {
        let n = count(report.summary.unread as u64);
        section.text(format!(
            "Replies, or parts of them, that could not be read: {n}."
        ));
    }
    if !report.summary.remarks.is_empty() {
        section.add(&remarks(&report.summary.remarks));
    }
    Some(section)
}

fn funnel(title: &str, of: &str, steps: &[funnel::Step]) -> Funnel {
    let step = |step: &funnel::Step| Step {
        label: words::step(of, step.step),
        n: step.n as u64,
        losses: most_first(&step.lost)
            .map(|(name, n)| Loss {
                reason: words::reason(name),
                n: n as u64,
            })
            .collect(),
    };
    Funnel {
        title: title.to_owned(),
        steps: steps.iter().map(step).collect(),
    }
}

fn remarks(counts: &BTreeMap<String, usize>) -> Bars {
    let bar = |(name, n): (&str, usize)| Bar {
        label: words::reason(name),
        value: n as f64,
        shown: count(n as u64),
    };
    Bars {
        title: "Remarks on accepted questions, for their reviewers".to_owned(),
        bars: most_first(counts).map(bar).collect(),
    }
}

fn most_first(counts: &BTreeMap<String, usize>) -> impl Iterator<Item = (&str, usize)> {
    let mut counts: Vec<(&str, usize)> =
        counts.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    counts.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    counts.into_iter()
}

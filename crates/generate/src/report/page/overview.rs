//! Warnings to read first, and the few numbers that say most.

use super::{super::Report, n, things};
use examen_core::Language;
use examen_page::{
    Figure, Figures, Notice, Notices, Section,
    number::{dash, dollars, mean, percent, share},
};

pub(super) fn section(report: &Report) -> Option<Section> {
    let mut section = Section::new("overview", "In short");
    section.add(&Figures(figures(report)));
    let notices = Notices(notices(report));
    if !notices.0.is_empty() {
        section.add(&notices);
    }
    Some(section)
}

fn figures(report: &Report) -> Vec<Figure> {
    let summary = &report.summary;
    let n_written = summary.accepted + summary.n_rejected();
    let figure = |name: &str, value: String, note: String| Figure {
        name: name.to_owned(),
        value,
        note,
    };
    let cost = report.per_accepted.and_then(|each| each.cost);
    let tokens = report.per_accepted.and_then(|each| each.tokens());
    vec![
        figure(
            "Accepted questions",
            n(summary.accepted),
            format!("of {} written", n(n_written)),
        ),
        figure(
            "Acceptance",
            percent(share(summary.accepted as u64, n_written as u64)),
            "of the questions written".to_owned(),
        ),
        figure(
            "Coverage",
            percent(share(summary.chunks_covered as u64, summary.chunks as u64)),
            format!(
                "of {} have an accepted question",
                things(summary.chunks, "passage")
            ),
        ),
        figure(
            "Cost of an accepted question",
            cost.map_or_else(dash, dollars),
            cost_note(report).to_owned(),
        ),
        figure(
            "Tokens for an accepted question",
            tokens.map_or_else(dash, mean),
            "read and written, rejected questions included".to_owned(),
        ),
    ]
}

fn cost_note(report: &Report) -> &'static str {
    match (report.spent.cost, report.per_accepted) {
        (_, None) => "no question was accepted",
        (None, _) => "the model's price is not known",
        (Some(0.0), _) => "the model runs on a machine of one's own",
        _ => "rejected questions and failed calls included",
    }
}

fn notices(report: &Report) -> Vec<Notice> {
    let summary = &report.summary;
    let mut notices = Vec::new();
    if let Some(reason) = &summary.stopped {
        notices.push(Notice::Alarm(format!(
            "The run was stopped before its end: {reason}. The same command with a higher limit goes on."
        )));
    }
    if let Some(first) = &summary.first_failure {
        notices.push(Notice::Alarm(format!(
            "{} had a call that failed after all retries, the first because {first}. The same command asks again.",
            things(summary.failed, "passage")
        )));
    }
    if summary.accepted == 0 {
        notices.push(Notice::Alarm("No question was accepted.".to_owned()));
    }
    if summary.unreadable > 0 {
        notices.push(Notice::Alarm(format!(
            "{} could not be read.",
            things(summary.unreadable, "document")
        )));
    }
    if let Some(kept) = &summary.kept {
        notices.push(Notice::Alarm(format!(
            "The output that this run replaced held more: {}. It is kept in {}.",
            things(kept.accepted, "accepted question"),
            kept.folder.display()
        )));
    }
    notices.extend(super::cues::notices(report));
    if let Some(wanted) = report
        .n_wanted
        .filter(|&wanted| summary.accepted < wanted && summary.stopped.is_none())
    {
        notices.push(Notice::Remark(format!(
            "The passages yielded {} of the {} wanted.",
            n(summary.accepted),
            things(wanted, "question")
        )));
    }
    for (language, n_documents) in &summary.other_languages {
        notices.push(Notice::Remark(format!(
            "{} in a language without prompts ({language}): English ones were used, which name it.",
            things(*n_documents, "document")
        )));
    }
    for (language, n_questions) in &summary.unchecked_words {
        notices.push(Notice::Remark(format!(
            "{} in {}: not checked by the checks that look at words, which have no word list of it.",
            things(*n_questions, "question"),
            Language::stored(language).name().unwrap_or(language)
        )));
    }
    notices
}

//! Printed output of a run: its figures, and what to know before them.

use super::{RESUME, model_checks};
use crate::{
    console::{self, Format},
    failure::Failure,
};
use examen_core::Language;
use examen_generate::{Report, Settings, Summary};
use std::collections::BTreeMap;

/// Prints what a run did, for people or programs.
pub(crate) fn show(report: &Report, settings: &Settings, format: Format) -> Result<(), Failure> {
    let summary = &report.summary;
    warn(summary, settings);
    if format == Format::Json {
        return console::print_json(report);
    }
    let checks = summary.model_checks.as_ref().map(model_checks::table);
    console::print(&format!(
        "{}{} questions accepted{}, {} rejected{}\n{}\nwrote {}\nreport: {}",
        checks.unwrap_or_default(),
        summary.accepted,
        listed(" with remarks: ", &summary.remarks),
        summary.n_rejected(),
        listed(": ", &summary.rejected),
        work(report),
        settings.output.display(),
        settings.report().display()
    ))
}

/// Counts of what was read, asked and spent, in a line.
fn work(report: &Report) -> String {
    let summary = &report.summary;
    let cost = match report.spent.cost {
        Some(cost) if cost > 0.0 => format!(", ${cost:.4}{}", each(cost, summary.accepted)),
        _ => String::new(),
    };
    format!(
        "{} documents, {} of {} passages{} asked{}, {} calls, {} replies from the journal, {} + {} tokens{cost}",
        summary.documents,
        summary.chunks_asked,
        summary.chunks,
        pairs_asked(summary),
        listed("; skipped: ", &summary.chunks_left),
        summary.calls,
        summary.replayed,
        summary.input_tokens,
        summary.output_tokens,
    )
}

/// The pairs in words; nothing where there are none.
fn pairs_asked(summary: &Summary) -> String {
    match summary.pairs {
        0 => String::new(),
        pairs => format!(" and {} of {pairs} pairs", summary.pairs_asked),
    }
}

/// Says what the user should know before the numbers.
fn warn(summary: &Summary, settings: &Settings) {
    if let Some(reason) = &summary.first_failure {
        console::warn(&format!(
            "{} passages failed, the first because {reason}",
            summary.failed
        ));
        console::say(&format!("hint: {RESUME}"));
    }
    if let Some(reason) = &summary.stopped {
        console::warn(&format!("stopped before the end: {reason}"));
        console::say(&format!("hint: {RESUME}, with a higher limit"));
    }
    if let Some(kept) = &summary.kept {
        console::warn(&format!(
            "this run accepted {} questions; the output that it replaced held {}, and is kept in {}",
            summary.accepted,
            kept.accepted,
            kept.folder.display()
        ));
    }
    if summary.unreadable > 0 {
        console::warn(&format!(
            "{} documents could not be read; the config `unreadable` has the reasons",
            summary.unreadable
        ));
    }
    for (language, n) in &summary.unchecked_words {
        console::say(&format!(
            "note: {n} questions in {}: checks that look at words have no word list of it and were not made",
            Language::stored(language).name().unwrap_or(language)
        ));
    }
    warn_of_few(summary, settings);
    warn_of_cues(summary);
}

fn warn_of_few(summary: &Summary, settings: &Settings) {
    if summary.accepted == 0 {
        console::warn(
            "no question was accepted; the config `rejected` and the report have the reasons",
        );
        console::say("hint: a larger model writes better questions: `examen models` lists some");
    } else if let Some(wanted) = settings
        .max_questions
        .filter(|&wanted| summary.accepted < wanted)
    {
        console::say(&format!(
            "note: the passages yielded {} of the {wanted} questions",
            summary.accepted
        ));
    }
}

/// Says which rules find the key more often than chance.
fn warn_of_cues(summary: &Summary) {
    let cues = summary.cues.iter().flat_map(|report| &report.cues);
    for cue in cues.filter(|cue| cue.alarm) {
        let (found, chance) = (100.0 * cue.accuracy.unwrap_or_default(), 100.0 * cue.chance);
        console::warn(&format!(
            "{} is correct in {found:.0} % of {} questions (chance: {chance:.0} %)",
            option_by(&cue.rule),
            cue.n
        ));
    }
}

/// The option that a rule of thumb takes, in words.
fn option_by(rule: &str) -> String {
    match rule {
        "most_central" => "the option that shares most words with the others".to_owned(),
        "only_hedged" => "the only hedged option (`usually`, `may`)".to_owned(),
        "only_without_absolute" => {
            "the only option without an absolute (`always`, `never`)".to_owned()
        }
        rule => format!("the {} option", rule.replace('_', " ")),
    }
}

/// The price of one of `n`, in words.
fn each(cost: f64, n: usize) -> String {
    if n == 0 {
        String::new()
    } else {
        format!(" (${:.4} a question)", cost / n as f64)
    }
}

/// Counts by name, in words; nothing where there are none.
pub(super) fn listed(before: &str, counts: &BTreeMap<String, usize>) -> String {
    let counts: Vec<_> = counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    if counts.is_empty() {
        String::new()
    } else {
        format!("{before}{}", counts.join(", "))
    }
}

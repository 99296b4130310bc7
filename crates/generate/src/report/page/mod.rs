//! The report as a page: one file a section.

mod checks;
mod cost;
mod coverage;
mod cues;
mod losses;
mod overview;
mod samples;
mod settings;

use super::Report;
use examen_page::{
    Page, Section,
    number::{count, counted},
};

/// The sections, in the order in which they are read. A new one is a file and a line.
const SECTIONS: [fn(&Report) -> Option<Section>; 8] = [
    overview::section,
    losses::section,
    cues::section,
    checks::section,
    coverage::section,
    cost::section,
    samples::section,
    settings::section,
];

/// The page. A section that has nothing to say is left out.
pub(super) fn of(report: &Report) -> Page {
    Page {
        title: format!("Exam questions: {}", report.name),
        lead: lead(report),
        sections: SECTIONS
            .iter()
            .filter_map(|section| section(report))
            .collect(),
    }
}

fn lead(report: &Report) -> String {
    format!(
        "{} from {}, written by {} with Examen {}. No person has reviewed them yet.",
        things(report.summary.accepted, "accepted question"),
        things(report.summary.documents, "document"),
        report.model,
        report.version
    )
}

/// A count in words.
fn n(count_of: usize) -> String {
    count(count_of as u64)
}

/// A count of things in words.
fn things(count_of: usize, thing: &str) -> String {
    counted(count_of as u64, thing)
}

#[cfg(test)]
mod tests;

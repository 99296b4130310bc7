//! Which parts of the documents have questions.

use super::{
    super::{Counts, DocumentCoverage, Report, Rest},
    n, things,
};
use examen_page::{
    Cell, Column, Definitions, Folded, Section, Table,
    chart::{Strip, StripCell},
};

pub(super) fn section(report: &Report) -> Option<Section> {
    let coverage = &report.summary.coverage;
    if coverage.documents.is_empty() && coverage.unreadable.is_empty() {
        return None;
    }
    let mut section = Section::new("coverage", "Coverage of documents and sections");
    section.add(&definitions());
    if !coverage.documents.is_empty() {
        section
            .add(&by_document(&coverage.documents))
            .add(&documents(&coverage.documents));
    }
    if let Some(rest) = &coverage.more_documents {
        section.text(beyond(rest, "more document"));
    }
    let sections = sections(&coverage.documents);
    if !sections.rows.is_empty() {
        section.add(&Folded {
            summary: things(sections.rows.len(), "section"),
            part: &sections,
        });
    }
    for document in &coverage.documents {
        if let Some(rest) = &document.more_sections {
            section.text(format!(
                "{}. {}",
                document.document,
                beyond(rest, "more section")
            ));
        }
    }
    if !coverage.unreadable.is_empty() {
        section.add(&unreadable(report));
    }
    Some(section)
}

fn definitions() -> Definitions {
    let meanings = [
        (
            "Passages",
            "parts of a document that could be asked about; a passage belongs to the section that it begins in",
        ),
        ("Covered", "the share of them with an accepted question"),
        (
            "Left out",
            "tables of contents, licences and the like, and passages that say the same as one before",
        ),
    ];
    Definitions(
        meanings
            .map(|(word, meaning)| (word.to_owned(), meaning.to_owned()))
            .to_vec(),
    )
}

/// The rest in words: nothing is left out without a word.
fn beyond(rest: &Rest, what: &str) -> String {
    let Counts {
        chunks,
        chunks_asked,
        chunks_covered,
        chunks_left,
        failed,
        accepted,
        rejected,
    } = rest.counts;
    format!(
        "Not listed one by one: {} with {} passages ({} asked about, {} covered, {} left out, {} with a failed call), \
         {} accepted and {} rejected questions.",
        things(rest.n, what),
        n(chunks),
        n(chunks_asked),
        n(chunks_covered),
        n(chunks_left),
        n(failed),
        n(accepted),
        n(rejected)
    )
}

fn by_document(documents: &[DocumentCoverage]) -> Strip {
    let cell = |document: &DocumentCoverage| StripCell {
        label: document.document.clone(),
        weight: weight(&document.counts),
        share: document.counts.share_covered(),
    };
    Strip {
        title: "Covered passages of each document, in the order of reading; wide columns have many passages".to_owned(),
        cells: documents.iter().map(cell).collect(),
    }
}

fn by_section(document: &DocumentCoverage) -> Strip {
    let cells = document.sections.iter().map(|section| StripCell {
        label: section_name(section.section.as_ref()).to_owned(),
        weight: weight(&section.counts),
        share: section.counts.share_covered(),
    });
    Strip {
        title: format!("Covered passages of {}, by section", document.document),
        cells: cells.collect(),
    }
}

/// Width of a cell; at least 1, so that a part with nothing to ask about is seen too.
fn weight(counts: &Counts) -> f64 {
    counts.chunks.max(1) as f64
}

fn documents(documents: &[DocumentCoverage]) -> Table {
    let row = |document: &DocumentCoverage| {
        let names = [
            Cell::text(&document.document),
            Cell::part(&by_section(document).inline()),
            Cell::text(document.language.code()),
        ];
        names.into_iter().chain(cells(&document.counts)).collect()
    };
    let names = [
        Column::text("Document"),
        Column::text("By section").unsorted(),
        Column::text("Language"),
    ];
    Table {
        caption: "Documents".to_owned(),
        columns: names.into_iter().chain(columns()).collect(),
        rows: documents.iter().map(row).collect(),
    }
}

fn sections(documents: &[DocumentCoverage]) -> Table {
    let rows = documents.iter().flat_map(|document| {
        document.sections.iter().map(|section| {
            let names = [
                Cell::text(section_name(section.section.as_ref())),
                Cell::text(&document.document),
            ];
            names.into_iter().chain(cells(&section.counts)).collect()
        })
    });
    let names = [Column::text("Section"), Column::text("Document")];
    Table {
        caption: "Sections".to_owned(),
        columns: names.into_iter().chain(columns()).collect(),
        rows: rows.collect(),
    }
}

fn section_name(section: Option<&String>) -> &str {
    section.map_or("(above the first heading)", String::as_str)
}

fn columns() -> [Column; 7] {
    [
        "Passages", "Asked", "Covered", "Left out", "Failed", "Accepted", "Rejected",
    ]
    .map(Column::number)
}

fn cells(counts: &Counts) -> [Cell; 7] {
    let count = |n: usize| Cell::count(n as u64);
    [
        count(counts.chunks),
        count(counts.chunks_asked),
        Cell::share(counts.share_covered()),
        count(counts.chunks_left),
        count(counts.failed),
        count(counts.accepted),
        count(counts.rejected),
    ]
}

fn unreadable(report: &Report) -> Table {
    let (all, listed) = (
        report.summary.unreadable,
        &report.summary.coverage.unreadable,
    );
    let more = match all - listed.len() {
        0 => String::new(),
        more => format!("; {} more are in the table “unreadable”", n(more)),
    };
    Table {
        caption: format!("Documents that could not be read{more}"),
        columns: vec![Column::text("Document"), Column::text("Why: it …")],
        rows: listed
            .iter()
            .map(|document| vec![Cell::text(&document.path), Cell::text(&document.reason)])
            .collect(),
    }
}

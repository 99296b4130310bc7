//! `wrong.csv`: the questions that were answered wrongly, for a spreadsheet.

use super::Finished;
use crate::{
    doc::{Doc, option_name},
    error::EvaluateError,
    graded::Graded,
};
use examen_files::atomic;
use examen_llm::ContinuationScore;
use std::path::Path;

const COLUMNS: [&str; 16] = [
    "id",
    "question",
    "key",
    "key_text",
    "answer",
    "answer_text",
    "key_log_prob",
    "answer_log_prob",
    "reply",
    "document",
    "kind",
    "difficulty",
    "language",
    "subject",
    "key_source",
    "quote",
];

/// Writes the questions that are wrong by the run's first metric of right and wrong; a run without one has no file.
///
/// # Returns
/// True if the file was written.
pub(super) fn write(run: &Finished<'_>, path: &Path) -> Result<bool, EvaluateError> {
    let Some(index) = run.verdict() else {
        return Ok(false);
    };
    let wrong = run.graded.iter();
    let wrong = wrong.filter(|graded| graded.is_right(index) == Some(false));
    let rows = wrong.map(|graded| cells(graded, index));
    let rows = [COLUMNS.map(str::to_owned)].into_iter().chain(rows);
    atomic::write_bytes(path, &separated(rows))?;
    Ok(true)
}

fn cells(graded: &Graded<'_>, index: usize) -> [String; 16] {
    let Graded { doc, answer, .. } = graded;
    let key = doc.golds.first().copied();
    let chosen = graded.choice(index);
    let log_prob = |choice: Option<usize>| {
        let score = graded.reply()?.continuations.get(choice?);
        let score = score.filter(|score| ContinuationScore::is_listed(score))?;
        Some(score.log_prob().0.to_string())
    };
    let labels = &doc.labels;
    let reply = answer.words.as_ref().map(|words| words.text.clone());
    let text = |text: &Option<String>| spelled(text.as_deref().unwrap_or_default());
    [
        spelled(&doc.id),
        spelled(doc.stem()),
        doc.golds
            .iter()
            .map(|&gold| option_name(gold))
            .collect::<Vec<_>>()
            .join(", "),
        option(doc, key).unwrap_or_else(|| spelled(doc.right_answer().trim())),
        chosen.map(option_name).unwrap_or_default(),
        option(doc, chosen).unwrap_or_default(),
        log_prob(key).unwrap_or_default(),
        log_prob(chosen).unwrap_or_default(),
        text(&reply),
        text(&labels.document),
        text(&labels.kind),
        text(&labels.difficulty),
        text(&labels.language),
        text(&labels.subject),
        text(&graded.key_source()),
        text(&labels.quote),
    ]
}

fn option(doc: &Doc, index: Option<usize>) -> Option<String> {
    doc.option(index?).map(spelled)
}

/// The text, with an apostrophe before what a spreadsheet would compute.
fn spelled(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Lines of separated values (RFC 4180).
fn separated<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let mut lines = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        lines.write_record(&row).expect("memory takes all lines");
    }
    lines.into_inner().expect("memory takes all lines")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_computes_nothing_and_keeps_cells_apart() {
        let cells = ["=1+1", "a, b", "say \"no\"", "two\nlines", "-3"].map(spelled);
        let lines = String::from_utf8(separated([cells].into_iter()));
        assert_eq!(
            lines.expect("text"),
            "'=1+1,\"a, b\",\"say \"\"no\"\"\",\"two\nlines\",'-3\r\n"
        );
    }
}

//! From what a reply holds to a question with its position in the document.

use super::entities;
use crate::{
    asking::schema::{Item, Text},
    passages::Passage,
    reasons::Reason,
    text::quote,
};
use examen_core::{Chunk, Question, QuestionId, SecondSource};

/// The question in an item of a reply, before it is checked.
pub(super) fn question(mut item: Item, passage: &Passage, model: &str) -> Question {
    decode_entities(&mut item, passage);
    let remarks = (!item.notes.is_empty())
        .then(|| Reason::Tidied.because(item.notes.join("; ")))
        .into_iter()
        .collect();
    let distractors: Vec<String> = item.distractors.into_iter().map(|text| text.0).collect();
    let (stem, answer) = (item.question.0, item.answer.0);
    let ids = passage.chunks().map(|chunk| chunk.id.as_str());
    let texts = [&stem, &answer]
        .into_iter()
        .chain(&distractors)
        .map(String::as_str);
    let parts: Vec<&str> = ids.chain(texts).collect();
    let row = passage.row(model);
    let (quote, quote_start, quote_end) = quoted(item.quote, &passage.chunk);
    let second_source = passage
        .second
        .as_ref()
        .zip(row.second_source)
        .map(|(chunk, source)| {
            let (quote, quote_start, quote_end) = quoted(item.second_quote, chunk);
            SecondSource {
                quote,
                quote_start,
                quote_end,
                ..source
            }
        });
    Question {
        question_id: QuestionId::of(&parts),
        question: stem,
        answer,
        distractors,
        quote,
        quote_start,
        quote_end,
        second_source,
        kind: item.kind.0.parse().ok(),
        difficulty: item.difficulty.0.parse().ok(),
        remarks,
        ..row
    }
}

/// Replaces character references of HTML by what they stand for.
fn decode_entities(item: &mut Item, passage: &Passage) {
    let source = &passage.chunk.text;
    let texts = [&mut item.question, &mut item.answer]
        .into_iter()
        .chain(&mut item.distractors);
    let mut is_changed = false;
    for text in texts {
        if let Some(decoded) = entities::decoded(&text.0, source) {
            *text = Text::of(&decoded);
            is_changed = true;
        }
    }
    if is_changed {
        item.notes
            .push("character references of HTML were decoded".to_owned());
    }
}

/// A quote, with the bytes of the document that it stands at, if it is in the chunk.
fn quoted(quote: Text, chunk: &Chunk) -> (Option<String>, Option<u64>, Option<u64>) {
    let found = quote::locate(&chunk.text, &quote.0);
    // A header that is repeated before the chunk's own text is not at its span.
    let n_repeated = chunk.text.len() - (chunk.span.end - chunk.span.start).min(chunk.text.len());
    let found = found.filter(|found| found.start >= n_repeated);
    let in_document = |offset: usize| (chunk.span.start + offset - n_repeated) as u64;
    let start = found.as_ref().map(|found| in_document(found.start));
    let end = found.map(|found| in_document(found.end));
    (Some(quote.0).filter(|quote| !quote.is_empty()), start, end)
}

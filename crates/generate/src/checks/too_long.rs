//! A text that nobody reads to its end.

use super::{Check, Severity, item::Item};
use crate::text::length;

/// Longest stem: a case of medicine or law takes half of it.
const LONGEST_STEM: usize = 3_000;
/// Longest option: four of them fill a screen.
const LONGEST_OPTION: usize = 600;
/// Longest quote: more is the passage, not its proof.
const LONGEST_QUOTE: usize = 2_000;

/// Finds a stem of more than 3,000 characters, an option of more than 600, a quote of more than 2,000. Wide
/// characters count twice.
pub(super) const CHECK: Check = Check {
    name: "too_long",
    words: "too long to read",
    guide: "a stem of more than 3,000 characters, an option of more than 600, a quote of more than 2,000",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let question = item.question;
    let key = [("answer", &question.answer, LONGEST_OPTION)];
    let distractors = question
        .distractors
        .iter()
        .map(|text| ("distractor", text, LONGEST_OPTION));
    let quote = question
        .quote
        .iter()
        .map(|text| ("quote", text, LONGEST_QUOTE));
    let (what, length, max) = [("question", &question.question, LONGEST_STEM)]
        .into_iter()
        .chain(key)
        .chain(distractors)
        .chain(quote)
        .map(|(what, text, max)| (what, length(text), max))
        .find(|(_, length, max)| length > max)?;
    Some(format!(
        "the {what} has {length} characters, more than {max}"
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn a_key_of_a_whole_document_is_told() {
        let long = "The left ventricle pumps. ".repeat(1_200);
        let found = found_after(|q| q.answer = long.trim().to_owned());
        assert!(
            found.contains(&"too_long: the answer has 31199 characters, more than 600".to_owned()),
            "{found:?}"
        );
    }
}

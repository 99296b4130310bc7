//! Did the model copy the example of the prompt?

use super::{Check, Severity, item::Item};
use crate::prompts;
use examen_core::{Language, text::comparable};
use std::sync::LazyLock;

/// *What it finds*: a question or an option that stands in the example which the model was shown. Small models fall
/// back on it where the passage gives them no idea.
///
/// *When not to use it*: on documents about honey bees, where an option may be right by itself.
pub(super) const CHECK: Check = Check { name: "example", severity: Severity::Reject, find };

/// The questions and options of each language's example.
static SHOWN: LazyLock<Vec<(Language, Vec<String>)>> =
    LazyLock::new(|| Language::ALL.map(|language| (language, shown(language))).to_vec());

fn shown(language: Language) -> Vec<String> {
    let exam = prompts::example(language).exam;
    let texts = exam.iter().flat_map(|item| [&item.question, &item.answer].into_iter().chain(&item.distractors));
    texts.map(|text| comparable(&text.0)).collect()
}

fn find(item: &Item<'_>) -> Option<String> {
    let (_, shown) = SHOWN.iter().find(|(language, _)| *language == item.question.language)?;
    let stem = (&item.question.question, comparable(&item.question.question));
    let mut written = std::iter::once((stem.0, &stem.1)).chain(item.texts().zip(&item.forms));
    let (copied, _) = written.find(|(_, form)| shown.contains(form))?;
    Some(format!("`{copied}` is copied from the example in the prompt"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn what_is_copied_from_the_example_is_told() {
        assert_eq!(
            found_after(|q| q.distractors[0] = "a trail of wax.".to_owned()),
            ["example: `a trail of wax.` is copied from the example in the prompt"]
        );
    }
}

//! Did the model copy the example of the prompt?

use super::{Check, Context};
use crate::prompts;
use examen_core::{Question, text::comparable};

/// *What it finds*: a question or an option that stands in the example which the model was shown. Small models fall
/// back on it where the passage gives them no idea.
///
/// *When not to use it*: on documents about honey bees, where an option may be right by itself.
pub(super) struct Example;

impl Check for Example {
    fn name(&self) -> &'static str {
        "example"
    }

    fn problem(&self, question: &Question, _context: &Context<'_>) -> Option<String> {
        let shown = prompts::example(question.language);
        let texts =
            shown.exam.iter().flat_map(|item| [&item.question, &item.answer].into_iter().chain(&item.distractors));
        let shown: Vec<String> = texts.map(|text| comparable(&text.0)).collect();
        let written = [&question.question, &question.answer].into_iter().chain(&question.distractors);
        let mut copied = written.filter(|text| shown.contains(&comparable(text)));
        copied.next().map(|text| format!("`{text}` is copied from the example in the prompt"))
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::reasons_after;

    #[test]
    fn what_is_copied_from_the_example_is_told() {
        assert_eq!(
            reasons_after(|q| q.distractors[0] = "a trail of wax.".to_owned()),
            ["example: `a trail of wax.` is copied from the example in the prompt"]
        );
    }
}

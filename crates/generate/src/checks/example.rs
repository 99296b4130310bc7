//! A copy of the prompt's example.

use super::{Check, Severity, item::Item};
use examen_core::text::comparable;

/// Finds a question or an option that stands in the example which the model was shown. Small models fall
/// back on it where the passage gives them no idea.
///
/// *When not to use it*: on documents about honey bees, where an option may be right by itself.
pub(super) const CHECK: Check = Check {
    name: "example",
    words: "copied from the prompt's example",
    guide: "an option or question copied from the example in the prompt",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let stem = (&item.question.question, comparable(&item.question.question));
    let mut written = std::iter::once((stem.0, &stem.1)).chain(item.texts().zip(&item.forms));
    let (copied, _) = written.find(|(_, form)| item.context.shown.contains(form))?;
    Some(format!(
        "`{copied}` is copied from the example in the prompt"
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::{
        Context, item_findings,
        tests::{STRICT, sound},
    };
    use examen_core::{Question, text::comparable};

    #[test]
    fn what_is_copied_from_the_example_is_told() {
        let mut question = sound();
        question.distractors[0] = "a trail of wax.".to_owned();
        let found = |question: &Question| {
            item_findings(
                question,
                Context {
                    shown: &[comparable("A trail of wax")],
                    ..STRICT
                },
            )
        };
        let told: Vec<String> = found(&question).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["example: `a trail of wax.` is copied from the example in the prompt"]
        );
        assert_eq!(found(&sound()), []);
    }
}

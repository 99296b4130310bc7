//! A stem that says the answer.

use super::{Check, Severity, item::Item};

/// Finds an answer whose words all stand, in their order, in the stem, where no distractor's do. A choice
/// between things that the stem names is left alone, and so are numbers.
pub(super) const CHECK: Check = Check {
    name: "answer_in_stem",
    words: "the stem says the answer",
    guide: "a stem that says the answer, and no distractor",
    severity: Severity::Reject,
    rules: &["avoid_repetition"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let says_something = lexicon.content(item.key()).any(|token| {
        !token.is_number && !lexicon.generic.has(token.hash) && item.key().word(token).len() > 3
    });
    let is_given = says_something && item.stem.contain(item.key());
    let is_choice = item
        .distractors()
        .iter()
        .any(|distractor| item.stem.contain(distractor));
    (is_given && !is_choice)
        .then(|| format!("the stem says the answer, `{}`", item.question.answer))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn a_choice_between_what_the_stem_names_is_left_alone() {
        let given = |stem| {
            said(
                "answer_in_stem",
                Language::ENGLISH,
                stem,
                ["Lead", "Copper", "Zinc", "Iron"],
            )
        };
        assert!(given("In a lead battery, which metal makes the plates?").is_some());
        assert_eq!(given("Which is denser, lead or copper?"), None);
    }
}

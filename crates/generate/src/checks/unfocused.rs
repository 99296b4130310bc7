//! A stem that names no subject.

use super::{Check, Severity, item::Item};

/// Finds a stem that names no subject (`Which of the following statements is true?`), so that its options are
/// four true-or-false questions.
///
/// Source: guideline 14, "include the central idea in the stem instead of the choices", of Haladyna, Downing and
/// Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "unfocused",
    words: "the stem names no subject",
    guide: "a stem that names no subject: *Which statement is true?*",
    severity: Severity::Remark,
    rules: &["problem_in_stem"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let is_specific = |hash| !lexicon.generic.has(hash) && !lexicon.negations.has(hash);
    let has_words = !item.stem.tokens().is_empty();
    let names_something = lexicon
        .content(&item.stem)
        .any(|token| is_specific(token.hash));
    (has_words && !names_something).then(|| "the stem names no subject".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    const OPTIONS: [&str; 4] = [
        "Blood is red",
        "Bones are soft",
        "Skin is thin",
        "Nails are black",
    ];

    #[test]
    fn a_stem_without_a_subject_is_told() {
        assert!(
            said(
                "unfocused",
                Language::ENGLISH,
                "Which of the following statements is NOT correct?",
                OPTIONS
            )
            .is_some()
        );
        assert_eq!(
            said(
                "unfocused",
                Language::ENGLISH,
                "Which statement about blood is correct?",
                OPTIONS
            ),
            None
        );
        assert!(
            said(
                "unfocused",
                Language::SPANISH,
                "Señale la afirmación correcta:",
                OPTIONS
            )
            .is_some()
        );
    }
}

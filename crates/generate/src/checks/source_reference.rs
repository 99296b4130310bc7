//! A question that needs the passage beside it.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

/// Finds a stem that points at the passage (`according to the text`, `según el pasaje`). Whoever takes the
/// exam does not have it.
pub(super) const CHECK: Check = Check {
    name: "source_reference",
    words: "needs the passage beside it",
    guide: "a stem that needs the passage beside it: *according to the text*",
    severity: Severity::Reject,
    rules: &["clear_language"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let words = pattern::find(&item.lexicon?.source_references, &item.stem)?;
    Some(format!(
        "the stem points at a text that the reader does not have: `{words}`"
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn laws_and_editors_are_no_passages() {
        let options = ["Blood", "Bone", "Skin", "Nail"];
        let english = |stem| said("source_reference", Language::ENGLISH, stem, options);
        assert_eq!(
            english("According to the passage, what is red?").as_deref(),
            Some(
                "the stem points at a text that the reader does not have: `according to the passage` (clear_language)"
            )
        );
        assert_eq!(
            english("According to the article 5 of the treaty, what is red?"),
            None
        );
        assert_eq!(english("In the text editor, what is red?"), None);
        let spanish = |stem| said("source_reference", Language::SPANISH, stem, options);
        assert!(spanish("Según el texto, ¿qué es rojo?").is_some());
        assert_eq!(
            spanish("Según el artículo 14 de la Constitución, ¿qué es rojo?"),
            None
        );
    }
}

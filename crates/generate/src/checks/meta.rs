//! A question about the document instead of its subject.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

/// Finds a stem about the author, the title, a page, a section, a figure or a table of the document.
pub(super) const CHECK: Check = Check {
    name: "meta",
    words: "about the document, not its subject",
    guide: "a stem about the document: its author, title, a section, a figure, a page",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let words = pattern::find(&item.lexicon?.meta, &item.stem)?;
    Some(format!(
        "the stem asks about the document, not its subject: `{words}`"
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn sections_of_the_body_are_no_sections_of_the_document() {
        let options = ["The ileum", "The cecum", "The colon", "The rectum"];
        assert!(
            said(
                "meta",
                Language::ENGLISH,
                "What does Figure 3 show?",
                options
            )
            .is_some()
        );
        assert_eq!(
            said(
                "meta",
                Language::ENGLISH,
                "In which section of the bowel is bile taken up?",
                options
            ),
            None
        );
        assert!(
            said(
                "meta",
                Language::SPANISH,
                "¿Cuál es el título del documento?",
                options
            )
            .is_some()
        );
        assert_eq!(
            said(
                "meta",
                Language::SPANISH,
                "¿En qué parte de la célula se forma?",
                options
            ),
            None
        );
    }
}

//! A stem that asks for an opinion.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

/// Finds a stem that asks for an opinion (`do you think`, `en su opinión`), to which no answer is wrong.
///
/// Source: guideline 6, "avoid opinion-based items", of Haladyna, Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "opinion",
    words: "asks for an opinion",
    guide: "*in your opinion*, *do you think*",
    severity: Severity::Remark,
    rules: &["single_best_answer"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let words = pattern::find(&item.lexicon?.opinions, &item.stem)?;
    Some(format!("the stem asks for an opinion: `{words}`"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn opinions_are_told() {
        let options = ["Blood", "Bone", "Skin", "Nail"];
        assert!(
            said(
                "opinion",
                Language::ENGLISH,
                "Which of these do you think is red?",
                options
            )
            .is_some()
        );
        assert!(
            said(
                "opinion",
                Language::SPANISH,
                "En su opinión, ¿qué es rojo?",
                options
            )
            .is_some()
        );
    }
}

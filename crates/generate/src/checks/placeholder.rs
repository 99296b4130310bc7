//! An option that is an empty form.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

/// Fewer letters in brackets are a symbol (`[H]`, `<p>`).
const MIN_SLOT_CHARS: usize = 5;

/// Finds an option that a model left as its form (`Option A`, `Incorrect answer 2`, `N/A`, `[distractor]`, `…`).
pub(super) const CHECK: Check = Check {
    name: "placeholder",
    words: "an option is an empty form",
    guide: "an option that is an empty form: *Option D*, *Incorrect answer 2*, *N/A*, …",
    severity: Severity::Reject,
    rules: &["plausible_distractors"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    let is_form = |text: &str, words| {
        let text = text.trim();
        let n_letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let is_bracketed = text.starts_with(['[', '{', '<']) && text.ends_with([']', '}', '>']);
        let is_slot =
            is_bracketed && n_letters > MIN_SLOT_CHARS && n_letters + 2 == text.chars().count();
        let is_gap = text.len() > 1 && text.chars().all(|c| matches!(c, '.' | '…' | '_'));
        is_slot || is_gap || pattern::find(&lexicon.placeholders, words).is_some()
    };
    let (option, _) = item
        .texts()
        .zip(&item.options)
        .find(|(text, words)| is_form(text, words))?;
    Some(format!("the option `{option}` says nothing"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn forms_are_told() {
        let with = |language, option| {
            said(
                "placeholder",
                language,
                "What is red?",
                ["Blood", "Bone", "Skin", option],
            )
        };
        assert!(
            with(Language::ENGLISH, "Option D").is_some()
                && with(Language::ENGLISH, "...").is_some()
                && with(Language::ENGLISH, "N/A").is_some()
        );
        assert!(with(Language::ENGLISH, "[distractor]").is_some());
        assert!(with(Language::SPANISH, "Respuesta incorrecta 3").is_some());
        assert_eq!(with(Language::ENGLISH, "Option pricing"), None);
    }
}

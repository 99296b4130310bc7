//! A true-or-false question with four options.

use super::{Check, Severity, item::Item};
use crate::text::pattern;

/// Finds a stem that asks whether a sentence is true, or an option that says no more than `true` or `no`.
///
/// Source: guideline 9, formats, of Haladyna, Downing and Rodriguez (2002); four options cannot answer a question with
/// two answers.
pub(super) const CHECK: Check = Check {
    name: "true_false",
    words: "asks whether a sentence is true",
    guide: "a stem that asks whether a sentence is true; an option *True* or *No*",
    severity: Severity::Remark,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    if pattern::find(&lexicon.true_false_stems, &item.stem).is_some() {
        return Some("the stem asks whether a sentence is true".to_owned());
    }
    let mut options = item.texts().zip(&item.options);
    let (option, _) =
        options.find(|(_, words)| pattern::find(&lexicon.true_false_options, words).is_some())?;
    Some(format!(
        "the option `{option}` answers a question of true or false"
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn true_and_false_are_told() {
        let options = ["Blood", "Bone", "Skin", "Nail"];
        assert!(
            said(
                "true_false",
                Language::ENGLISH,
                "True or false: blood is red.",
                options
            )
            .is_some()
        );
        assert!(
            said(
                "true_false",
                Language::SPANISH,
                "¿Es la sangre roja?",
                ["Sí", "No", "A veces", "En parte"]
            )
            .is_some()
        );
    }
}

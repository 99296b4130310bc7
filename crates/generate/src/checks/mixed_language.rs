//! Options in another language than the stem.

use super::{Check, Severity, item::Item};
use crate::text::lexicon::Lexicon;

/// Finds options of which two or more have function words of another language and none of the document's own.
///
/// *When not to use it*: where options are titles of works or words of another language.
pub(super) const CHECK: Check = Check {
    name: "mixed_language",
    words: "options in another language",
    guide: "two options or more in another language than the stem",
    severity: Severity::Remark,
    rules: &["clear_language"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let (language, own) = (item.question.language, item.lexicon?);
    let is_in =
        |other: &Lexicon, words| other.only_here.has_any(words) && !own.only_here.has_any(words);
    let n_in = |other: &Lexicon| {
        item.options
            .iter()
            .filter(|words| is_in(other, words))
            .count()
    };
    // A question that is all in the other language is told by the check of the language.
    let is_stem_in =
        |other: &Lexicon| other.only_here.count(&item.stem) > own.only_here.count(&item.stem);
    let (other, _) = Lexicon::others(language)
        .find(|(_, lexicon)| n_in(lexicon) >= 2 && !is_stem_in(lexicon))?;
    Some(format!(
        "options are written in `{other}`, the document in `{language}`"
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn options_in_another_language_are_told() {
        let mixed = |options| {
            said(
                "mixed_language",
                Language::ENGLISH,
                "Which tissue is red?",
                options,
            )
        };
        assert_eq!(
            mixed(["The blood", "El hueso", "La piel del brazo", "The nail"]).as_deref(),
            Some("options are written in `es`, the document in `en` (clear_language)")
        );
        assert_eq!(
            mixed(["The blood", "The bone", "The skin", "The nail"]),
            None
        );
    }
}

//! A stem that asks for what is not so.

use super::{Check, Severity, item::Item};
use crate::text::words::hash;

/// Finds a stem with `not`, `except`, `least` in its question (`¿Cuál no es…?`). Whoever overlooks the word
/// answers the opposite; in capitals it is harder to overlook. Stems that ask why something is not so are left alone.
///
/// Source: guideline 17, "word the stem positively; avoid negatives such as NOT or EXCEPT. If a negative word is used, use
/// it cautiously and always ensure that it appears capitalised and boldface", of Haladyna, Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "negative",
    words: "asks for what is not so",
    guide: "a stem that asks for what is *not* so",
    severity: Severity::Remark,
    rules: &["avoid_negatives"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    if !item.is_negative() {
        return None;
    }
    let negations = item.lexicon.map(|lexicon| &lexicon.negations);
    let is_negation =
        |word: &str| negations.is_some_and(|words| words.has(hash(&word.to_lowercase())));
    let mut words = item.question.question.split(|c: char| !c.is_alphanumeric());
    let is_emphasised = words.any(|word| {
        word.chars().count() > 1 && word.chars().all(char::is_uppercase) && is_negation(word)
    });
    Some(match is_emphasised || negations.is_none() {
        true => "the stem asks for what is not so".to_owned(),
        false => "the stem asks for what is not so, and the word is easily overlooked".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn capitals_are_seen_and_causes_left_alone() {
        let options = ["Blood", "Bone", "Skin", "Nail"];
        let english = |stem| said("negative", Language::ENGLISH, stem, options);
        assert_eq!(
            english("Which of these is NOT red?").as_deref(),
            Some("the stem asks for what is not so (avoid_negatives)")
        );
        assert!(
            english("Which of these is not red?")
                .is_some_and(|reason| reason.contains("overlooked"))
        );
        assert_eq!(english("Why does ice not sink?"), None);
        assert_eq!(english("What happens if the bill is not paid?"), None);
        let spanish = |stem| said("negative", Language::SPANISH, stem, options);
        assert!(spanish("¿Cuál de los siguientes no es rojo?").is_some());
        assert_eq!(spanish("¿Por qué el hielo no se hunde?"), None);
        for (code, stem) in [
            ("fr", "Laquelle de ces parties n'est pas rouge ?"),
            ("de", "Welches Gewebe ist nicht rot?"),
            ("pt", "Qual destes não é vermelho?"),
            ("ru", "Какая ткань не является красной?"),
            ("zh", "下列哪项不正确？"),
            ("ja", "赤ではないものはどれですか。"),
            ("ko", "빨간색이 아닌 것은 무엇입니까?"),
            ("tr", "Hangisi kırmızı değildir?"),
        ] {
            assert!(
                said("negative", Language::known(code), stem, options).is_some(),
                "{stem}"
            );
        }
        assert_eq!(
            said(
                "negative",
                Language::known("de"),
                "Warum sinkt Eis nicht?",
                options
            ),
            None
        );
    }
}

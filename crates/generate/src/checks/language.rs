//! A question in another language than its document.

use super::{Check, Severity, item::Item};
use crate::text::lexicon::Lexicon;
use examen_core::Language;

/// With fewer of its own function words, a stem is looked at more closely. With so many of another language's, and more
/// than twice as many as of its own, it is in that one: a stem may quote a phrase.
const MIN_OWN_WORDS: usize = 2;
/// Shorter texts are too short to tell a language by their letters.
const MIN_CHARS: usize = 60;

/// Finds a stem in another language than the document. Function words tell (`which of the`, `cuál de los`);
/// where there are hardly any, the letters of stem and options do, as whatlang knows them.
pub(super) const CHECK: Check = Check {
    name: "language",
    words: "in another language",
    guide: "a stem in another language than the document",
    severity: Severity::Reject,
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let (language, lexicon) = (item.question.language, item.lexicon?);
    let n_own = lexicon.only_here.count(&item.stem);
    let more = |other: &Lexicon| other.only_here.count(&item.stem) >= MIN_OWN_WORDS + 2 * n_own;
    if let Some((other, _)) = Lexicon::others(language).find(|(_, other)| more(other)) {
        return Some(format!(
            "the stem is written in `{other}`, the document in `{language}`"
        ));
    }
    if n_own >= MIN_OWN_WORDS {
        return None;
    }
    let texts: Vec<&str> = std::iter::once(&item.question.question)
        .chain(item.texts())
        .map(String::as_str)
        .collect();
    by_letters(&texts.join("\n"), language)
}

fn by_letters(text: &str, language: Language) -> Option<String> {
    if text.chars().count() < MIN_CHARS {
        return None;
    }
    let found = whatlang::detect(text)
        .filter(whatlang::Info::is_reliable)?
        .lang();
    let expected = crate::text::language::whatlang_code(language);
    (found != expected).then(|| {
        format!(
            "it is written in `{}`, the document in `{language}`",
            found.code()
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language::{English, Spanish};

    #[test]
    fn other_languages_are_told() {
        let options = ["La sangre", "El hueso", "La piel", "La uña"];
        assert_eq!(
            said(
                "language",
                English,
                "¿Cuál de los tejidos del cuerpo es de color rojo?",
                options
            )
            .as_deref(),
            Some("the stem is written in `es`, the document in `en`")
        );
        assert_eq!(
            said(
                "language",
                Spanish,
                "¿Cuál de los tejidos del cuerpo es de color rojo?",
                options
            ),
            None
        );
        let french = [
            "Le ventricule gauche",
            "Le ventricule droit",
            "L'oreillette gauche",
            "L'oreillette droite",
        ];
        let stem = "Quelle partie du cœur pompe le sang vers l'aorte et tout le corps ?";
        assert!(
            said("language", English, stem, french).is_some_and(|reason| reason.contains("`fra`"))
        );
    }
}

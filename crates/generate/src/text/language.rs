//! The language of a document.

use examen_core::Language;
use std::borrow::Cow;
use whatlang::{Detector, Lang};

/// Size of the sample of a document: so many parts, spread over it, of so many characters.
const N_PARTS: usize = 3;
const PART_CHARS: usize = 400;
/// A text of so many words is obviously in a language if each group of its commonest words has this share of them, and
/// all groups together that one: more than in a text of which a third is in that language.
const MIN_WORDS: usize = 50;
/// Fewer Latin letters are in too many languages.
const MIN_LETTERS: usize = 24;
const MIN_SHARE_OF_MARK: f64 = 0.01;
const MIN_SHARE_OF_MARKS: f64 = 0.07;

/// Language of a document, and that of the prompts used for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// The language of the prompts: the document's own where it has prompts, else English.
    pub language: Language,
    /// The document's own language (ISO 639-3) where that has no prompts; the model is told to write in it.
    pub other: Option<&'static str>,
}

/// Detects the language of `text`. Where the text is too short to tell, only languages with prompts are considered.
///
/// ```
/// use examen_core::Language;
/// use examen_generate::text::language::detect;
/// let text = "Le cœur pompe le sang dans tout le corps et bat environ soixante-dix fois par minute au repos.";
/// assert_eq!((detect(text).language, detect(text).other), (Language::English, Some("fra")));
/// ```
pub fn detect(text: &str) -> Detected {
    let sample = &*sample(text);
    if let Some(language) = obvious(sample) {
        return Detected {
            language,
            other: None,
        };
    }
    let with_prompts: Vec<Lang> = Language::ALL.into_iter().map(whatlang_code).collect();
    let is_told = tells_all(sample)
        .then(|| whatlang::detect(sample))
        .flatten();
    let found = is_told
        .filter(whatlang::Info::is_reliable)
        .map(|info| info.lang());
    let found = found
        .or_else(|| Detector::with_allowlist(with_prompts).detect_lang(sample))
        .unwrap_or(Lang::Eng);
    match Language::ALL
        .into_iter()
        .find(|&language| whatlang_code(language) == found)
    {
        Some(language) => Detected {
            language,
            other: None,
        },
        None => Detected {
            language: Language::English,
            other: Some(found.code()),
        },
    }
}

/// True if a text's letters can tell its language from all others: comparing them takes long, and files may have millions
/// of short rows.
fn tells_all(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    letters().nth(MIN_LETTERS - 1).is_some() || letters().any(|c| c > '\u{24f}')
}

/// The language that a text is full of the commonest words of: nearly all documents are told by them, in a twentieth of the
/// time that the letters take.
fn obvious(sample: &str) -> Option<Language> {
    let words: Vec<&str> = sample
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let share = |marks: &[&str]| {
        let n = words
            .iter()
            .filter(|word| marks.iter().any(|mark| word.eq_ignore_ascii_case(mark)))
            .count();
        n as f64 / words.len() as f64
    };
    Language::ALL
        .into_iter()
        .filter(|_| words.len() >= MIN_WORDS)
        .find(|&language| {
            let shares = marks(language).map(share);
            shares.iter().all(|&share| share >= MIN_SHARE_OF_MARK)
                && shares.iter().sum::<f64>() >= MIN_SHARE_OF_MARKS
        })
}

/// Common words of a language, in groups. Others have one group or another: Welsh has `y`, Dutch `of`, Catalan `el`.
fn marks(language: Language) -> [&'static [&'static str]; 3] {
    match language {
        Language::English => [&["the"], &["of"], &["and"]],
        Language::Spanish => [&["los", "las"], &["y"], &["el", "del"]],
    }
}

/// A long document may begin or end with another language: a licence, an abstract, an index.
fn sample(text: &str) -> Cow<'_, str> {
    if text.char_indices().nth(N_PARTS * PART_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    let part = |n: usize| {
        let part = &text[text.floor_char_boundary(n * text.len() / N_PARTS)..];
        part.char_indices()
            .nth(PART_CHARS)
            .map_or(part, |(end, _)| &part[..end])
    };
    Cow::Owned((0..N_PARTS).map(part).collect::<Vec<_>>().join(" "))
}

pub(crate) fn whatlang_code(language: Language) -> Lang {
    match language {
        Language::English => Lang::Eng,
        Language::Spanish => Lang::Spa,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_with_prompts_are_told_apart() {
        let english = "The heart pumps blood through the body. It beats about seventy times a minute at rest.";
        let spanish = "El corazón bombea la sangre por todo el cuerpo. Late unas setenta veces por minuto en reposo.";
        assert_eq!(
            detect(english),
            Detected {
                language: Language::English,
                other: None
            }
        );
        assert_eq!(
            detect(spanish),
            Detected {
                language: Language::Spanish,
                other: None
            }
        );
    }

    #[test]
    fn what_is_obvious_is_what_the_letters_say() {
        let english = "Each valve of the heart opens and closes about seventy times a minute, so that blood passes \
                       through all four of them while we rest. What a doctor hears at the chest is their sound, and a \
                       murmur may tell her of a stenosis. ";
        let spanish = "Las válvulas del corazón se abren y se cierran unas setenta veces por minuto, y la sangre pasa \
                       por los cuatro orificios. El sonido de los latidos se oye en el pecho y avisa al médico. ";
        let german = "Die Klappen des Herzens öffnen und schließen sich etwa siebzigmal in der Minute, und das Blut des \
                      Körpers fließt durch alle vier. Der Ton einer Klappe ist an der Brust zu hören. ";
        assert_eq!(obvious(&english.repeat(2)), Some(Language::English));
        assert_eq!(obvious(&spanish.repeat(2)), Some(Language::Spanish));
        assert_eq!(obvious(&german.repeat(2)), None);
        assert_eq!(obvious(&format!("{english}{german}{german}")), None);
        assert_eq!(obvious("The heart of the matter, and the end of it."), None);
    }

    #[test]
    fn a_few_latin_letters_are_in_a_language_with_prompts() {
        for (text, other) in [("Herz und Blut", None), ("Καρδιά και αίμα", Some("ell"))]
        {
            assert_eq!(detect(text).other, other, "{text}");
        }
    }

    #[test]
    fn a_foreign_beginning_decides_nothing() {
        let english =
            "The heart pumps blood through the body and beats about seventy times a minute. "
                .repeat(8);
        let spanish =
            "El corazón bombea la sangre por todo el cuerpo y late unas setenta veces por minuto. "
                .repeat(40);
        assert_eq!(
            detect(&format!("{english}{spanish}")).language,
            Language::Spanish
        );
    }

    #[test]
    fn a_text_without_words_is_taken_for_english() {
        for text in ["", "42", "???"] {
            assert_eq!(
                detect(text),
                Detected {
                    language: Language::English,
                    other: None
                }
            );
        }
    }
}

//! A stem whose grammar fits the answer better than a distractor.

use super::{Check, Severity, item::Item};
use crate::text::{
    lexicon::{Form, Lexicon},
    words::Words,
};

/// Finds a stem that ends with a word that must agree with the option behind it (`an`, `are`; `una`, `los`,
/// `es`), where the answer agrees and a distractor does not. Number and gender are guessed from the first letters and
/// the endings, so only plain cases are told.
///
/// Source: guideline 28d, "grammatical clues", of Haladyna, Downing and Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "grammar",
    words: "only the key fits the stem's grammar",
    guide: "a stem that ends with *an*, *are*, *una*, *los* …, which the answer agrees with and a distractor does not",
    severity: Severity::Remark,
    rules: &["grammatical_consistency"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.lexicon?;
    if item.question.question.trim_end().ends_with('?') {
        return None;
    }
    let is_gap = |word: &str| word.bytes().all(|byte| byte == b'_');
    let last = item
        .stem
        .tokens()
        .iter()
        .rev()
        .find(|token| !is_gap(item.stem.word(token)))?;
    let agreement = lexicon
        .agreements
        .iter()
        .find(|agreement| agreement.words.has(last.hash))?;
    let form = |name: &str| {
        lexicon
            .forms
            .iter()
            .find(|form| form.name == name)
            .expect("forms are named (tested)")
    };
    if !has(
        item.key(),
        &item.question.answer,
        form(&agreement.form),
        lexicon,
    ) {
        return None;
    }
    let mut distractors = item.question.distractors.iter().zip(item.distractors());
    let disagrees = |text: &str, words: &Words| {
        agreement
            .against
            .iter()
            .any(|name| has(words, text, form(name), lexicon))
    };
    let (odd, _) = distractors.find(|(text, words)| disagrees(text, words))?;
    Some(format!(
        "the stem ends with `{}`, which the distractor `{odd}` does not agree with",
        item.stem.word(last)
    ))
}

/// True if an option is seen to have the form.
fn has(option: &Words, text: &str, form: &Form, lexicon: &Lexicon) -> bool {
    let mut tokens = option.tokens().iter();
    let (Some(first), last) = (tokens.next(), option.tokens().last()) else {
        return false;
    };
    let is_acronym = text
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .filter(|c| c.is_uppercase())
        .count()
        > 1;
    if form.first.has(first.hash) {
        return true;
    }
    if is_acronym
        || first.is_number
        || lexicon.articles.has(first.hash) && form.last_ends.is_empty()
    {
        return false;
    }
    let word = option.word(first);
    let is_excepted = |word: &str, starts: bool| {
        form.except.iter().any(|other| {
            if starts {
                word.starts_with(other.as_str())
            } else {
                word.ends_with(other.as_str())
            }
        })
    };
    let starts = form
        .starts
        .iter()
        .any(|start| word.starts_with(start.as_str()))
        && !is_excepted(word, true);
    let ends =
        form.ends.iter().any(|end| word.ends_with(end.as_str())) && !is_excepted(word, false);
    let last = last.map_or("", |last| option.word(last));
    let last_ends = form
        .last_ends
        .iter()
        .any(|end| last.ends_with(end.as_str()))
        && option.tokens().len() <= 3
        && !option
            .tokens()
            .iter()
            .any(|token| is_excepted(option.word(token), false));
    starts || ends || last_ends
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn articles_and_verbs_that_give_options_away_are_told() {
        let english = |stem, options| said("grammar", Language::ENGLISH, stem, options);
        assert!(
            english(
                "The bone of the upper arm is called an",
                ["ulna", "femur", "tibia", "rib"]
            )
            .is_some()
        );
        assert_eq!(
            english(
                "The bone of the upper arm is called an",
                ["ulna", "ilium", "incus", "atlas"]
            ),
            None
        );
        assert!(
            english(
                "The organs that filter blood are the",
                ["kidneys", "liver", "heart", "spleen"]
            )
            .is_none()
        );
        assert!(
            english(
                "The organs that filter blood are",
                ["the kidneys", "a liver", "a heart", "a spleen"]
            )
            .is_some()
        );
        let spanish = |stem, options| said("grammar", Language::SPANISH, stem, options);
        assert!(
            spanish(
                "El órgano que filtra la sangre es el",
                ["riñón", "vejiga", "hígado", "bazo"]
            )
            .is_some()
        );
        assert_eq!(
            spanish(
                "El órgano que filtra la sangre es el",
                ["riñón", "corazón", "hígado", "bazo"]
            ),
            None
        );
        assert!(
            spanish(
                "Los gametos femeninos son:",
                ["los óvulos", "el polen", "la espora", "la gema"]
            )
            .is_some()
        );
    }
}

//! A text whose words are none.

use super::{Check, Severity, item::Item};
use crate::text::{
    script::Script,
    trigrams::is_unlike_words,
    words::{Words, is_word},
};

/// Signs that a tokenizer or a wrong decoding leaves: a replacement character, the marks of spaces of tokens, UTF-8 read
/// as Latin-1.
const LEFTOVERS: [&str; 10] = [
    "\u{fffd}", "Ġ", "▁", "Ċ", "<0x", "Ã©", "Ã¡", "Ã³", "â€™", "â€œ",
];
/// A sign alone may be an option (`?`, `>=`, `...`); more are none.
const MAX_SIGN: usize = 3;

/// Finds a stem or an option of which half of the letters or more are in words that no language of Latin script has (see
/// [`is_unlike_words`]), that has letters of Latin and Cyrillic in one word, the leftovers of a tokenizer or a decoding,
/// or no letter and no digit at all. What stands in the passage is left alone, and so are names in capitals, codes and
/// options that are all signs.
pub(super) const CHECK: Check = Check {
    name: "no_words",
    words: "words that are none",
    guide: "a stem or an option of words that are none: letters by accident, leftovers of a tokenizer, Latin and Cyrillic in one word, nothing but signs",
    severity: Severity::Reject,
    rules: &["clear_language"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let are_signs = item.options.iter().all(|words| words.tokens().is_empty());
    let stem = std::iter::once((&item.question.question, &item.stem));
    let mut texts = stem.chain(item.texts().zip(&item.options));
    texts.find_map(|(text, words)| {
        let is_sign = words.tokens().is_empty() && !are_signs && text.chars().count() > MAX_SIGN;
        if is_sign && !text.trim().is_empty() && !item.is_in_passage(text) && !text.contains('_') {
            return Some(format!("`{text}` has no letter and no digit"));
        }
        let leftover = LEFTOVERS.iter().find(|leftover| text.contains(**leftover));
        if let Some(leftover) = leftover.filter(|leftover| !item.is_in_passage(leftover)) {
            return Some(format!(
                "`{text}` has the leftover `{leftover}` of a tokenizer or a decoding"
            ));
        }
        let strange = strange(text, words, item)?;
        Some(format!("`{strange}` is no word of any language"))
    })
}

/// The first word that is none, if such words make up half of the text's letters.
fn strange<'a>(text: &'a str, words: &Words, item: &Item<'_>) -> Option<&'a str> {
    let (mut n_letters, mut n_strange, mut first) = (0, 0, None);
    for word in text.split(|c: char| !is_word(c) && c != '-' && c != '.') {
        let n = word.chars().filter(|c| c.is_alphabetic()).count();
        n_letters += n;
        let is_strange = (is_unlike_words(word) || is_mixed(word)) && !item.is_in_passage(word);
        if is_strange {
            n_strange += n;
            first = first.or(Some(word));
        }
    }
    let is_most = n_strange > 0 && 2 * n_strange >= n_letters && !words.tokens().is_empty();
    first.filter(|word| is_most || is_mixed(word))
}

/// True for a word of Latin and Cyrillic letters.
fn is_mixed(word: &str) -> bool {
    let has = |script| word.chars().any(|c| Script::of(c) == Some(script));
    let is_joined = word.contains(['-', '.', '_']);
    !word.is_ascii() && !is_joined && has(Script::Latin) && has(Script::Cyrillic)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    fn is_told(option: &str) -> bool {
        let found = found_after(|q| q.distractors[1] = option.to_owned());
        found.iter().any(|found| found.starts_with("no_words: "))
    }

    #[test]
    fn words_that_are_none_are_told() {
        for option in [
            "asdfgh kjhgf",
            "Xvzqwk",
            "The\u{fffd} atrium",
            "ĠtheĠatrium",
            "левый atриум",
            ".,;:.,;:",
            "CafÃ©",
        ] {
            assert!(is_told(option), "{option}");
        }
    }

    #[test]
    fn names_codes_numbers_and_other_scripts_are_left_alone() {
        for option in [
            "Azithromycin",
            "Xeljanz 5 mg",
            "HCl",
            "pH 7.4",
            "kwargs",
            "SELECT",
            "C₆H₁₂O₆",
            "ISO 9001:2015",
            "-> b",
            "...",
            "α-Helix",
            "mRNA",
            "x86_64-linux",
            "www.example.org",
            "左心室",
            "Левый желудочек",
            "البطين الأيسر",
            "Krzysztof Szczęsny",
            "Eyjafjallajökull",
            "systemctl",
            "7/8",
            "IBAN DE89 3704",
        ] {
            assert!(!is_told(option), "{option}");
        }
    }
}

//! Letters as readers see them: ligatures are letters, accents that old TeX fonts draw beside a letter are on it, words
//! that were broken at a line's end are whole.

use std::collections::HashSet;
use unicode_normalization::{UnicodeNormalization, char::compose};

/// Accents that stand alone, what they are in combination, and the letters that commonly bear them.
const ACCENTS: [(char, char, &str); 12] = [
    ('´', '\u{301}', "aeiouyAEIOUYı"),
    ('`', '\u{300}', "aeiouAEIOUı"),
    ('ˆ', '\u{302}', "aeiouAEIOUı"),
    ('˜', '\u{303}', "anoANO"),
    ('¨', '\u{308}', "aeiouyAEIOUYı"),
    ('¸', '\u{327}', "csCS"),
    ('ˇ', '\u{30c}', "cdenrstzCDENRSTZ"),
    ('˚', '\u{30a}', "auAU"),
    ('¯', '\u{304}', "aeiouAEIOU"),
    ('˘', '\u{306}', "agAG"),
    ('˙', '\u{307}', "ezgEZGI"),
    ('˝', '\u{30b}', "ouOU"),
];

/// Accents that stand alone within so many words are taken for the letters' own.
const MIN_SPLIT: usize = 2;

/// Facts about the letters of a whole document.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    /// True if accents are drawn beside their letters: they stand within words, and more often than letters with an accent
    /// on them. Elsewhere a `word` between grave accents is code.
    are_split: bool,
    /// True if an accent that could belong to the letter on either side belongs to the one before it.
    accents_follow: bool,
    /// Words with a hyphen within a line, in lower case.
    compounds: HashSet<String>,
    /// Words without one, in lower case.
    words: HashSet<String>,
}

impl Letters {
    pub(crate) fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let (mut n_before, mut n_after, mut n_split, mut n_whole) =
            (0_usize, 0_usize, 0_usize, 0_usize);
        let (mut compounds, mut whole) = (HashSet::new(), HashSet::new());
        for line in lines {
            let letters: Vec<char> = line.chars().collect();
            n_whole += letters
                .iter()
                .filter(|letter| letter.is_alphabetic() && letter.nfd().nth(1).is_some())
                .count();
            for index in 0..letters.len() {
                let is_letter = |index: usize| {
                    letters
                        .get(index)
                        .is_some_and(|letter| letter.is_alphabetic())
                };
                let is_within = index > 0 && is_letter(index - 1) && is_letter(index + 1);
                n_split += usize::from(is_within && sides(&letters, index) != (None, None));
                match sides(&letters, index) {
                    (Some(_), None) => n_after += 1,
                    (None, Some(_)) => n_before += 1,
                    _ => {}
                }
            }
            let words = line
                .split_whitespace()
                .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
            for word in words.filter(|word| !word.is_empty()) {
                let words = if word.contains('-') {
                    &mut compounds
                } else {
                    &mut whole
                };
                words.insert(word.to_lowercase());
            }
        }
        Self {
            are_split: n_split >= MIN_SPLIT && n_split > n_whole,
            accents_follow: n_after > n_before,
            compounds,
            words: whole,
        }
    }

    /// The line without ligatures, soft hyphens and accents beside their letters; NFC, one space between words.
    pub(crate) fn mend(&self, line: &str) -> String {
        let plain: Vec<char> = line.chars().flat_map(plain).collect();
        let mut mended = String::with_capacity(line.len());
        let mut index = 0;
        while index < plain.len() {
            let sides = if self.are_split {
                sides(&plain, index)
            } else {
                (None, None)
            };
            match sides {
                (Some(before), after) if self.accents_follow || after.is_none() => {
                    mended.pop();
                    mended.push(before);
                    index += 1;
                }
                (_, Some(after)) => {
                    mended.push(after);
                    index += 2;
                }
                _ => {
                    mended.push(plain[index]);
                    index += 1;
                }
            }
        }
        let words: Vec<&str> = mended.split_whitespace().collect();
        let is_broken = line.trim_end().ends_with(SOFT_HYPHEN);
        let end = is_broken.then_some(SOFT_HYPHEN);
        words.join(" ").nfc().chain(end).collect()
    }

    /// The word that is broken between the end of one line and the beginning of the next, put together, with the lengths
    /// of its two parts there; `None` where none is.
    pub(crate) fn broken_word<'a>(
        &self,
        line: &'a str,
        next: &'a str,
    ) -> Option<(String, usize, usize)> {
        let before = line.strip_suffix(['-', '\u{2010}', SOFT_HYPHEN])?;
        let head = &before[before
            .rfind(|c: char| !c.is_alphanumeric() && c != '-')
            .map_or(0, |index| {
                index + before[index..].chars().next().map_or(0, char::len_utf8)
            })..];
        let tail = &next[..next.find(char::is_whitespace).unwrap_or(next.len())];
        let is_broken = head.chars().last().is_some_and(char::is_alphabetic)
            && tail.chars().next().is_some_and(char::is_alphanumeric);
        if !is_broken {
            return None;
        }
        let whole = match line.ends_with(SOFT_HYPHEN) || !self.keeps_hyphen(head, tail) {
            true => format!("{head}{tail}"),
            false => format!("{head}-{tail}"),
        };
        Some((whole, line.len() - (before.len() - head.len()), tail.len()))
    }

    /// True if the hyphen between these is the word's own: before a name or number; where the document has the word with
    /// it elsewhere, and not without it; after a word that such words commonly begin with; or between two words that
    /// the document has, of which it has not the whole.
    fn keeps_hyphen(&self, head: &str, tail: &str) -> bool {
        let bare = |word: &str| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        };
        let (compound, whole) = (
            bare(&format!("{head}-{tail}")),
            bare(&format!("{head}{tail}")),
        );
        let (head, rest) = (bare(head), bare(tail));
        let first = head.rsplit('-').next().unwrap_or_default();
        let is_long = |word: &str| word.chars().count() >= MIN_COMPOUNDED;
        let is_word = |word: &str| is_long(word) && self.words.contains(word);
        match () {
            () if !tail.starts_with(char::is_lowercase) => true,
            () if self.compounds.contains(&compound) => true,
            () if self.words.contains(&whole) => false,
            () if SUFFIXES.contains(&rest.as_str()) => false,
            () => {
                (BEGINNINGS.contains(&first) && is_long(&rest))
                    || (is_word(first) && is_word(&rest))
            }
        }
    }
}

pub(crate) const SOFT_HYPHEN: char = '\u{ad}';
/// Parts of a compound have so many letters at least.
const MIN_COMPOUNDED: usize = 4;
/// Words that compounds with a hyphen commonly begin with, and of which few other words are made.
const BEGINNINGS: [&str; 39] = [
    "well", "self", "half", "non", "cross", "high", "low", "long", "short", "full", "real", "hard",
    "semi", "quasi", "ex", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "double",
    "single", "third", "second", "ill", "year", "wide", "state",
];
/// Ends of words that are no words.
const SUFFIXES: [&str; 20] = [
    "able", "ance", "ence", "ness", "ment", "ments", "less", "fully", "ship", "ward", "wards",
    "hood", "tion", "tions", "sion", "ings", "ally", "ible", "ious", "ized",
];

/// Ligatures as their letters, the forms of Arabic letters as the letters; no soft hyphens or control characters.
fn plain(c: char) -> impl Iterator<Item = char> {
    let is_arabic_form =
        matches!(c, '\u{fb50}'..='\u{fd3d}' | '\u{fd50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    let arabic = is_arabic_form.then(|| c.nfkc()).into_iter().flatten();
    let letters: &'static str = match c {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => "",
    };
    let is_dropped =
        matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}') || (c.is_control() && !c.is_whitespace());
    let own = (letters.is_empty() && !is_dropped && !is_arabic_form).then_some(c);
    letters.chars().chain(own).chain(arabic)
}

/// For an accent that stands alone: the letter before it and the one after it, with the accent on. Where only one of
/// them commonly bears it, the other is none.
fn sides(letters: &[char], index: usize) -> (Option<char>, Option<char>) {
    let Some((_, combining, common)) = ACCENTS.iter().find(|(alone, ..)| *alone == letters[index])
    else {
        return (None, None);
    };
    let before = index.checked_sub(1).and_then(|before| letters.get(before));
    let after = letters.get(index + 1);
    let is_common = |letter: Option<&char>| letter.is_some_and(|&letter| common.contains(letter));
    let (before, after) = match (is_common(before), is_common(after)) {
        (true, false) => (before, None),
        (false, true) => (None, after),
        _ => (before, after),
    };
    let with = |letter: Option<&char>| match *letter? {
        'ı' => compose('i', *combining),
        'ȷ' => compose('j', *combining),
        letter => compose(letter, *combining),
    };
    (with(before), with(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mended(text: &str) -> String {
        Letters::of(text.lines()).mend(text)
    }

    #[test]
    fn accents_return_to_their_letters() {
        assert_eq!(
            mended("lecci´on, espa˜nol, ping¨uino, aqu´ı, coraz´on"),
            "lección, español, pingüino, aquí, corazón"
        );
        assert_eq!(
            mended("leccio´n, espan˜ol, pingu¨ino, aquı´, corazo´n"),
            "lección, español, pingüino, aquí, corazón"
        );
        assert_eq!(mended("ma˜nana ser´a otro d´ıa"), "mañana será otro día");
        assert_eq!(
            mended("fran¸cais, ˇSkoda, ni˜no, b ˆ 2, 5´"),
            "français, Škoda, niño, b ˆ 2, 5´"
        );
    }

    #[test]
    fn accents_that_are_no_letters_stay() {
        for text in [
            "type `open` or `a`, then ˆa or ~e",
            "señor, mañana, café: 5´o ni˜no, ni˜no",
        ] {
            assert_eq!(mended(text), text);
        }
    }

    #[test]
    fn ligatures_and_invisible_characters_go() {
        assert_eq!(
            mended("eﬃcient  ﬁle\u{ad}s\u{0} e\u{301}"),
            "efficient files é"
        );
    }

    #[test]
    fn broken_words_are_whole_and_compounds_keep_their_hyphen() {
        let letters = Letters::of(["a well-known fact"].into_iter());
        let join = |line, next| letters.broken_word(line, next).map(|(word, _, _)| word);
        assert_eq!(join("it is a mus-", "cle, it"), Some("muscle,".to_owned()));
        assert_eq!(
            join("it is well-", "known here"),
            Some("well-known".to_owned())
        );
        assert_eq!(join("(consul-", "tez"), Some("consultez".to_owned()));
        assert!(join("pages 3-", "4").is_none() && join("a -", "b").is_none());
        assert_eq!(join("Jean-", "Paul"), Some("Jean-Paul".to_owned()));
        assert_eq!(join("COVID-", "19,"), Some("COVID-19,".to_owned()));
        assert_eq!(join("a mus\u{ad}", "cle"), Some("muscle".to_owned()));
    }

    #[test]
    fn a_hyphen_of_the_words_own_stays_without_the_word_elsewhere() {
        let letters = Letters::of(["the pressure of the sensor in a muscle"].into_iter());
        let join = |line, next| letters.broken_word(line, next).map(|(word, _, _)| word);
        for (line, next, word) in [
            ("it is well-", "known here", "well-known"),
            ("some twenty-", "four hours", "twenty-four"),
            ("a pressure-", "sensor here", "pressure-sensor"),
            ("the non-", "invasive kind", "non-invasive"),
            ("the mus-", "cle", "muscle"),
            ("of hard-", "ness", "hardness"),
            ("an inter-", "mittent alarm", "intermittent"),
            ("the long-", "est one", "longest"),
        ] {
            assert_eq!(join(line, next).as_deref(), Some(word));
        }
    }

    #[test]
    fn forms_of_arabic_letters_are_letters_and_others_stay() {
        assert_eq!(mended("ﻣﻀﺨﺔ ﻻ ½ ² ①"), "مضخة لا ½ ² ①");
    }

    proptest! {
        #[test]
        fn any_line_is_mended_once(line in "([a-zñıéﬁ´˜¨`\u{ad} -]|\\PC){0,40}", next in "\\PC{0,10}") {
            let letters = Letters::of([line.as_str()].into_iter());
            let _ = letters.mend(&line);
            if let Some((_, from_line, from_next)) = letters.broken_word(&line, &next) {
                prop_assert!(line.is_char_boundary(line.len() - from_line.min(line.len())));
                prop_assert!(next.is_char_boundary(from_next));
            }
        }
    }
}

//! A text as the words that are compared: NFKC, lower case, runs of letters and digits. Each character of a script without
//! spaces between words counts as one. And sets of such words.

use super::script::{is_mark, is_unspaced};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// The words of a text, joined by single spaces with one at each end, and a hash of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words {
    text: String,
    tokens: Vec<Token>,
}

/// One word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    start: u32,
    end: u32,
    /// 64 bits of [`hash`].
    pub(crate) hash: u64,
    /// True if it is written in digits.
    pub(crate) is_number: bool,
}

impl Words {
    pub(crate) fn of(original: &str) -> Self {
        let mut words = Self {
            text: String::with_capacity(original.len() + 2),
            tokens: Vec::new(),
        };
        words.text.push(' ');
        let mut start = 1;
        for_normalized(original, |c| start = words.push(start, c));
        words.end_word(start);
        words
    }

    /// Takes the next character of a word that began at `start`; where the word after it begins.
    fn push(&mut self, start: usize, c: char) -> usize {
        let start = if is_word(c) && !is_unspaced(c) {
            start
        } else {
            self.end_word(start)
        };
        if !is_word(c) {
            return start;
        }
        self.text.push(c);
        if is_unspaced(c) {
            self.end_word(start)
        } else {
            start
        }
    }

    /// Ends the word that began at `start`, if it has a character; where the next one begins.
    fn end_word(&mut self, start: usize) -> usize {
        let word = &self.text[start..];
        if word.is_empty() {
            return start;
        }
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let token = Token {
            start: start as u32,
            end: self.text.len() as u32,
            hash: hash(word),
            is_number,
        };
        self.tokens.push(token);
        self.text.push(' ');
        self.text.len()
    }

    /// ` which fluid cools it `: each word with a space before and behind it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub(crate) fn word(&self, token: &Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    pub(crate) fn has(&self, hash: u64) -> bool {
        self.tokens.iter().any(|token| token.hash == hash)
    }

    /// True if `part`'s words stand in it one after the other.
    pub(crate) fn contain(&self, part: &Self) -> bool {
        !part.tokens.is_empty() && self.text.contains(&part.text)
    }
}

/// Hands on each character in NFKC and lower case, without regard to what a word is.
pub(crate) fn for_normalized(original: &str, mut take: impl FnMut(char)) {
    if original.is_ascii() {
        original
            .bytes()
            .for_each(|byte| take(byte.to_ascii_lowercase() as char));
    } else {
        original.nfkc().flat_map(char::to_lowercase).for_each(take);
    }
}

/// Hashes of words, sorted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub(crate) struct Set(Vec<u64>);

impl Set {
    pub(crate) fn has(&self, hash: u64) -> bool {
        self.0.binary_search(&hash).is_ok()
    }

    pub(crate) fn has_any(&self, words: &Words) -> bool {
        words.tokens().iter().any(|token| self.has(token.hash))
    }

    /// Number of the set's words that a text has, each counted once.
    pub(crate) fn count(&self, words: &Words) -> usize {
        let tokens = words.tokens();
        let is_first = |index: usize| {
            !tokens[..index]
                .iter()
                .any(|earlier| earlier.hash == tokens[index].hash)
        };
        (0..tokens.len())
            .filter(|&index| self.has(tokens[index].hash) && is_first(index))
            .count()
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }
}

impl FromIterator<u64> for Set {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Self {
        let mut hashes: Vec<u64> = hashes.into_iter().collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }
}

impl From<Vec<String>> for Set {
    fn from(words: Vec<String>) -> Self {
        words.iter().map(|word| hash(word)).collect()
    }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_mark(c)
}

/// FNV-1a (Fowler, Noll, Vo), the same on every machine.
pub(crate) fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            Words::of("Which fluid cools № 17-0?").text(),
            " which fluid cools no 17 0 "
        );
        assert_eq!(Words::of("¿Qué  ÓRGANO…?").text(), " qué órgano ");
        assert_eq!(Words::of("心脏 pump").text(), " 心 脏 pump ");
        assert_eq!(Words::of("क्या हृदय?").text(), " क्या हृदय ");
        assert_eq!(Words::of(" ?! ").text(), " ");
    }

    proptest! {
        #[test]
        fn the_words_make_the_text(original in "\\PC{0,40}") {
            let words = Words::of(&original);
            let joined: String = words.tokens().iter().map(|token| format!(" {}", words.word(token))).collect();
            prop_assert_eq!(format!("{joined} "), words.text());
        }
    }
}

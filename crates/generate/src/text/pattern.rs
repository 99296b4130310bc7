//! Phrases that the checks look for, as the lexicons write them.

use super::words::{Token, Words, hash};
use serde::Deserialize;

/// Number of words that a gap spans at most.
const MAX_GAP: usize = 6;

/// A phrase: words with spaces between them, where `a|b` is either word, `#` any number, `*` any one word, `~` a gap of
/// up to six words, `~!a|b` a gap without those words, `!a|b` at the end that none of those follows (`!#`: no number),
/// `^` the beginning of the text and `$` its end.
///
/// `according to the|this text|passage` is found in "According to the passage, …".
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Start,
    End,
    Number,
    Word,
    Any(Vec<u64>),
    Gap(Vec<u64>),
    NotNext(Vec<u64>),
}

impl Pattern {
    /// The words that it is found in, if it is.
    pub(crate) fn find<'a>(&self, words: &'a Words) -> Option<&'a str> {
        let tokens = words.tokens();
        (0..tokens.len()).find_map(|from| {
            let to = end(&self.0, tokens, from)?;
            let (first, last) = (
                words.word(&tokens[from]),
                words.word(&tokens[to.checked_sub(1)?]),
            );
            let offset = |word: &str| word.as_ptr() as usize - words.text().as_ptr() as usize;
            words.text().get(offset(first)..offset(last) + last.len())
        })
    }
}

/// The words that any of `patterns` is found in.
pub(crate) fn find<'a>(patterns: &[Pattern], words: &'a Words) -> Option<&'a str> {
    patterns.iter().find_map(|pattern| pattern.find(words))
}

/// One past the last word of what matches from `at` on.
fn end(pieces: &[Piece], tokens: &[Token], at: usize) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else {
        return Some(at);
    };
    let token = tokens.get(at);
    let is = |hashes: &[u64], token: &Token| {
        hashes.contains(&token.hash) || (token.is_number && hashes.contains(&0))
    };
    match piece {
        Piece::Start => (at == 0).then(|| end(rest, tokens, at))?,
        Piece::End => (at == tokens.len()).then_some(at),
        Piece::NotNext(hashes) => (!token.is_some_and(|token| is(hashes, token))).then_some(at),
        Piece::Gap(hashes) => {
            let free = tokens[at..]
                .iter()
                .take(MAX_GAP)
                .take_while(|token| !is(hashes, token))
                .count();
            (0..=free).find_map(|width| end(rest, tokens, at + width))
        }
        Piece::Number => token
            .is_some_and(|token| token.is_number)
            .then(|| end(rest, tokens, at + 1))?,
        Piece::Word => token.is_some().then(|| end(rest, tokens, at + 1))?,
        Piece::Any(hashes) => token
            .is_some_and(|token| is(hashes, token))
            .then(|| end(rest, tokens, at + 1))?,
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        let hashes = |words: &str| -> Vec<u64> {
            words
                .split('|')
                .filter(|word| !word.is_empty())
                .map(|word| if word == "#" { 0 } else { hash(word) })
                .collect()
        };
        let piece = |text: &str| match text {
            "^" => Piece::Start,
            "$" => Piece::End,
            "#" => Piece::Number,
            "*" => Piece::Word,
            _ => match (text.strip_prefix('~'), text.strip_prefix('!')) {
                (Some(words), _) => Piece::Gap(hashes(words.trim_start_matches('!'))),
                (_, Some(words)) => Piece::NotNext(hashes(words)),
                _ => Piece::Any(hashes(text)),
            },
        };
        Self(text.split(' ').map(piece).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::from(pattern.to_owned())
            .find(&Words::of(text))
            .is_some()
    }

    #[test]
    fn each_sign_means_what_it_says() {
        assert!(found(
            "according to the|this text|passage",
            "What, according to this passage, beats?"
        ));
        assert!(!found(
            "according to the|this text|passage",
            "According to the law, what beats?"
        ));
        assert!(
            found("figure|table #", "What does Table 3 show?")
                && !found("figure|table #", "a table of three")
        );
        assert!(
            found("the|a article !#|of", "what the article says")
                && !found("the article !#|of", "the article 5")
        );
        assert!(
            found("the article !#|of", "the article")
                && !found("the article !#|of", "the article of faith")
        );
        assert!(
            found("^ true * false", "True or false: it beats") && !found("^ true", "Is it true?")
        );
        assert!(found("except $", "All beat, except:") && !found("except $", "all except one"));
        assert!(found(
            "which ~!that|who is not",
            "Which of the two is not red?"
        ));
        assert!(!found(
            "which ~!that|who is not",
            "Which leaf that is not red is green?"
        ));
        assert!(!found(
            "which ~ not",
            "which one two three four five six seven not"
        ));
    }
}

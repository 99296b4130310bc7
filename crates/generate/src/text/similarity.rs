//! Similarity of a quote to a passage, by its characters and by its words.

use crate::text::words::{for_normalized, is_word};
use std::ops::Range;

/// So many words in a row are compared.
const N_WORDS: usize = 5;

/// Measures of how much of a quote is in a passage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// The longest run of characters that is in both, over the quote's characters; 0 for an empty quote.
    pub longest_common_substring_ratio: f64,
    /// The share of the quote's sequences of five words that are in the passage, each counted once; 0 for a quote of
    /// fewer words.
    pub ngram5_containment: f64,
}

/// Compares after NFKC and lower case, with white space collapsed; words are runs of letters, digits and underscores.
///
/// ```
/// let similarity = examen_generate::text::similarity::of("The left ventricle pumps blood.", "left Ventricle  pumps air");
/// assert_eq!(similarity.longest_common_substring_ratio, 21.0 / 24.0);
/// ```
pub fn of(passage: &str, quote: &str) -> Similarity {
    let (text, part) = (characters(passage), characters(quote));
    let run = longest_run(&text, &part, |a, b| a == b);
    Similarity {
        longest_common_substring_ratio: run
            .map_or(0.0, |run| run.length as f64 / part.len() as f64),
        ngram5_containment: containment(&words(passage), &words(quote)),
    }
}

fn characters(original: &str) -> Vec<char> {
    let mut characters: Vec<char> = Vec::with_capacity(original.len());
    for_normalized(original, |c| match c.is_whitespace() {
        true if characters.last().is_none_or(|last| *last == ' ') => {}
        true => characters.push(' '),
        false => characters.push(c),
    });
    if characters.last() == Some(&' ') {
        characters.pop();
    }
    characters
}

/// A word as it is compared, and the bytes of the original that it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

pub(crate) fn words(original: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_open = false;
    for (start, c) in original.char_indices() {
        // A character may become several (½ is 1⁄2), each in a word of its own.
        for_normalized(c.encode_utf8(&mut [0; 4]), |c| {
            let end = start + original[start..].chars().next().map_or(0, char::len_utf8);
            match words.last_mut() {
                _ if !is_word(c) => is_open = false,
                Some(word) if is_open => {
                    word.text.push(c);
                    word.span.end = end;
                }
                _ => {
                    words.push(Word {
                        text: c.to_string(),
                        span: start..end,
                    });
                    is_open = true;
                }
            }
        });
    }
    words
}

fn containment(passage: &[Word], quote: &[Word]) -> f64 {
    let is_same = |a: &[Word], b: &[Word]| a.iter().zip(b).all(|(a, b)| a.text == b.text);
    let mut sequences: Vec<&[Word]> = Vec::new();
    for sequence in quote.windows(N_WORDS) {
        if !sequences.iter().any(|earlier| is_same(earlier, sequence)) {
            sequences.push(sequence);
        }
    }
    let n_found = sequences
        .iter()
        .filter(|sequence| {
            passage
                .windows(N_WORDS)
                .any(|window| is_same(window, sequence))
        })
        .count();
    if sequences.is_empty() {
        0.0
    } else {
        n_found as f64 / sequences.len() as f64
    }
}

/// A run that is in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) in_text: usize,
    pub(crate) in_part: usize,
    pub(crate) length: usize,
}

/// The first of the longest runs that `text` and `part` have in common; `None` where they have nothing. Dynamic
/// programming over two rows: time is the product of the lengths, memory the length of `part`.
pub(crate) fn longest_run<T>(
    text: &[T],
    part: &[T],
    is_same: impl Fn(&T, &T) -> bool,
) -> Option<Run> {
    let mut best = Run {
        in_text: 0,
        in_part: 0,
        length: 0,
    };
    let mut before = vec![0_usize; part.len() + 1];
    let mut row = before.clone();
    for (in_text, c) in text.iter().enumerate() {
        for (in_part, d) in part.iter().enumerate() {
            row[in_part + 1] = if is_same(c, d) {
                before[in_part] + 1
            } else {
                0
            };
            if row[in_part + 1] > best.length {
                let length = row[in_part + 1];
                best = Run {
                    in_text: in_text + 1 - length,
                    in_part: in_part + 1 - length,
                    length,
                };
            }
        }
        std::mem::swap(&mut before, &mut row);
    }
    (best.length > 0).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_where_they_stand() {
        let text = "Ångström: ½ ﬁn";
        let words: Vec<_> = words(text)
            .into_iter()
            .map(|word| (word.text, &text[word.span]))
            .collect();
        assert_eq!(
            words,
            [
                ("ångström", "Ångström"),
                ("1", "½"),
                ("2", "½"),
                ("fin", "ﬁn")
            ]
            .map(|(a, b)| (a.to_owned(), b))
        );
    }
}

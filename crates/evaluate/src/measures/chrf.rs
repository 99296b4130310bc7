//! chrF and chrF++ as sacrebleu computes them.

use super::{
    grams::{Bag, n_grams, overlap, size},
    text::words,
};

/// Longest n-gram of characters.
const CHARACTERS: usize = 6;
/// Weight of recall.
const BETA: f64 = 2.0;

/// Names of what [`chrf_counts`] counts; those of words only for chrF++.
pub const CHRF_COUNTS: [&str; 24] = [
    "reply_characters_1",
    "reference_characters_1",
    "matched_characters_1",
    "reply_characters_2",
    "reference_characters_2",
    "matched_characters_2",
    "reply_characters_3",
    "reference_characters_3",
    "matched_characters_3",
    "reply_characters_4",
    "reference_characters_4",
    "matched_characters_4",
    "reply_characters_5",
    "reference_characters_5",
    "matched_characters_5",
    "reply_characters_6",
    "reference_characters_6",
    "matched_characters_6",
    "reply_words_1",
    "reference_words_1",
    "matched_words_1",
    "reply_words_2",
    "reference_words_2",
    "matched_words_2",
];

/// Counts of one reply against its best reference, to be added up over a corpus: for each order the n-grams of the
/// reply, of the reference, and of both; characters from 1 to 6 without white space, then words from 1 to `n_words` (0 is
/// chrF, 2 is chrF++). `None` without references.
pub fn chrf_counts(reply: &str, references: &[&str], n_words: usize) -> Option<Vec<f64>> {
    let reply = Units::of(reply);
    let mut best: Option<(f64, Vec<f64>)> = None;
    for reference in references {
        let counts = reply.counts(&Units::of(reference), n_words);
        let score = chrf(&counts);
        if best.as_ref().is_none_or(|(least, _)| score > *least) {
            best = Some((score, counts));
        }
    }
    best.map(|(_, counts)| counts)
}

/// chrF of summed [`chrf_counts`], from 0 to 100: F2 of the mean precision and the mean recall over those orders that
/// both sides have. Source: M. Popović (W15-3049; chrF++ W17-4770); `CHRF` of sacrebleu.
///
/// ```
/// use examen_evaluate::measures::{chrf, chrf_counts};
/// let counts = chrf_counts("the cat sat", &["the cat sits"], 0).unwrap();
/// assert_eq!(format!("{:.2}", chrf(&counts)), "61.03");
/// ```
pub fn chrf(counts: &[f64]) -> f64 {
    let mut shares = (0.0, 0.0);
    let mut n = 0.0;
    for order in counts.chunks(3) {
        let (reply, reference, both) = (order[0], order[1], order[2]);
        if reply > 0.0 && reference > 0.0 {
            shares = (shares.0 + both / reply, shares.1 + both / reference);
            n += 1.0;
        }
    }
    if shares == (0.0, 0.0) {
        return 0.0;
    }
    let (precision, recall) = (shares.0 / n, shares.1 / n);
    let factor = BETA * BETA;
    100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall)
}

struct Units<'a> {
    characters: Vec<char>,
    words: Vec<&'a str>,
}

impl<'a> Units<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            characters: words(text).flat_map(str::chars).collect(),
            words: words(text).flat_map(parted).collect(),
        }
    }

    fn counts(&self, reference: &Self, n_words: usize) -> Vec<f64> {
        let characters = (1..=CHARACTERS).flat_map(|n| {
            three(
                &n_grams(&self.characters, n),
                &n_grams(&reference.characters, n),
            )
        });
        let words = (1..=n_words)
            .flat_map(|n| three(&n_grams(&self.words, n), &n_grams(&reference.words, n)));
        characters.chain(words).collect()
    }
}

/// Where the reference has none, those of the reply do not count.
fn three<T: std::hash::Hash + Eq>(reply: &Bag<T>, reference: &Bag<T>) -> [f64; 3] {
    let of_reply = if reference.is_empty() { 0 } else { size(reply) };
    [of_reply, size(reference), overlap(reply, reference)].map(|n| n as f64)
}

/// A word and the mark at its end, or else at its beginning; sacrebleu parts only one of them.
fn parted(word: &str) -> Vec<&str> {
    let is_mark = |c: char| c.is_ascii_punctuation();
    let mut characters = word.char_indices();
    match (characters.next(), characters.next_back()) {
        (Some(_), Some((last, mark))) if is_mark(mark) => vec![&word[..last], &word[last..]],
        (Some((_, mark)), Some(_)) if is_mark(mark) => {
            vec![&word[..mark.len_utf8()], &word[mark.len_utf8()..]]
        }
        _ => vec![word],
    }
}

//! ROUGE as Google's `rouge_score` computes it, without a stemmer.

use super::grams::{bag, n_grams, overlap, size};
use std::collections::{BTreeSet, HashMap};

/// Cells of the largest table that is computed for one pair of texts.
const MAX_CELLS: usize = 1 << 26;

/// Kind of ROUGE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rouge {
    /// Words in common.
    One,
    /// Pairs of neighbours in common.
    Two,
    /// Longest common subsequence of the words.
    L,
    /// Longest common subsequences line by line: the summary level of C.-Y. Lin (W04-1013, section 3.2).
    LSum,
}

/// F1 of the best reference, from 0 to 1. A word is a run of `a` to `z` and digits in lower case, so that letters of other
/// alphabets, and accents, part words: `rouge_score` was made for English. `None` without references, and for texts so long
/// that the table of their subsequences would not fit (64 million cells).
///
/// ```
/// use examen_evaluate::measures::{Rouge, rouge};
/// let score = |kind| rouge(kind, "the cat sat", &["the cat sat down"]).unwrap();
/// assert_eq!((score(Rouge::One), score(Rouge::Two)), (6.0 / 7.0, 0.8));
/// ```
pub fn rouge(kind: Rouge, reply: &str, references: &[&str]) -> Option<f64> {
    let scores = references.iter().map(|reference| match kind {
        Rouge::One => Some(of_n_grams(&tokens(reply), &tokens(reference), 1)),
        Rouge::Two => Some(of_n_grams(&tokens(reply), &tokens(reference), 2)),
        Rouge::L => of_subsequence(&tokens(reply), &tokens(reference)),
        Rouge::LSum => of_lines(&lines(reply), &lines(reference)),
    });
    scores
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .max_by(f64::total_cmp)
}

fn tokens(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit()));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn lines(text: &str) -> Vec<Vec<String>> {
    text.split('\n')
        .filter(|line| !line.is_empty())
        .map(tokens)
        .collect()
}

fn of_n_grams(reply: &[String], reference: &[String], n: usize) -> f64 {
    let (reply, reference) = (n_grams(reply, n), n_grams(reference, n));
    f1(overlap(&reply, &reference), size(&reply), size(&reference))
}

fn f1(n_shared: usize, n_reply: usize, n_reference: usize) -> f64 {
    let share = |n: usize| n_shared as f64 / n.max(1) as f64;
    let (precision, recall) = (share(n_reply), share(n_reference));
    match precision + recall {
        0.0 => 0.0,
        sum => 2.0 * precision * recall / sum,
    }
}

fn of_subsequence(reply: &[String], reference: &[String]) -> Option<f64> {
    let table = Table::of(reference, reply)?;
    Some(f1(
        table.at(reference.len(), reply.len()),
        reply.len(),
        reference.len(),
    ))
}

fn of_lines(reply: &[Vec<String>], reference: &[Vec<String>]) -> Option<f64> {
    let n_words = |lines: &[Vec<String>]| lines.iter().map(Vec::len).sum::<usize>();
    if n_words(reply).saturating_mul(n_words(reference)) > MAX_CELLS {
        return None;
    }
    let mut left: [HashMap<&String, usize>; 2] =
        [reply, reference].map(|lines| bag(lines.iter().flatten()));
    let mut n_hits = 0;
    for line in reference {
        let mut union = BTreeSet::new();
        for candidate in reply {
            union.extend(Table::of(line, candidate)?.subsequence(line, candidate));
        }
        for index in union {
            // A word that occurs once is hit once, as in ROUGE 1.5.5.
            let counts = left
                .each_mut()
                .map(|bag| bag.get_mut(&line[index]).filter(|n| **n > 0));
            if let [Some(in_reply), Some(in_reference)] = counts {
                n_hits += 1;
                *in_reply -= 1;
                *in_reference -= 1;
            }
        }
    }
    Some(f1(n_hits, n_words(reply), n_words(reference)))
}

/// Lengths of the longest common subsequences of all beginnings of two texts.
struct Table {
    width: usize,
    cells: Vec<u32>,
}

impl Table {
    fn of(reference: &[String], reply: &[String]) -> Option<Self> {
        let width = reply.len() + 1;
        let n_cells = width.checked_mul(reference.len() + 1)?;
        if n_cells > MAX_CELLS {
            return None;
        }
        let mut cells = vec![0; n_cells];
        for (i, word) in reference.iter().enumerate() {
            for (j, other) in reply.iter().enumerate() {
                cells[(i + 1) * width + j + 1] = if word == other {
                    cells[i * width + j] + 1
                } else {
                    cells[i * width + j + 1].max(cells[(i + 1) * width + j])
                };
            }
        }
        Some(Self { width, cells })
    }

    fn at(&self, i: usize, j: usize) -> usize {
        self.cells[i * self.width + j] as usize
    }

    /// Indices in the reference of one longest common subsequence; of several the one that `rouge_score` finds.
    fn subsequence(&self, reference: &[String], reply: &[String]) -> Vec<usize> {
        let (mut i, mut j) = (reference.len(), reply.len());
        let mut indices = Vec::new();
        while i > 0 && j > 0 {
            if reference[i - 1] == reply[j - 1] {
                indices.push(i - 1);
                (i, j) = (i - 1, j - 1);
            } else if self.at(i, j - 1) > self.at(i - 1, j) {
                j -= 1;
            } else {
                i -= 1;
            }
        }
        indices
    }
}

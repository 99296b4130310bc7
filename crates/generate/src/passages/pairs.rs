//! Which passages of a document belong together: those that share words which few others of it have.

use crate::{
    passages::Passage,
    text::{lexicon::Lexicon, words::Words},
};
use examen_core::Language;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A word that more passages of the document have says nothing about two of them.
const MOST_PASSAGES_OF_WORD: usize = 8;
/// Fewer common words are chance.
const MIN_COMMON_WORDS: usize = 2;
/// Letters from which on a word can name a thing.
const MIN_LETTERS: usize = 4;

/// At most `n` pairs of passages, the most closely related first, each passage in one pair at most. How closely is the
/// sum over their common words of ln(N/n), the words' inverse document frequency (K. Spärck Jones, 1972) with the N
/// passages of the document in place of documents. Passages that overlap are no pair. Grows with the number of words,
/// not with the square of that of the passages.
pub(crate) fn related(passages: &[Passage], language: Language, n: usize) -> Vec<(usize, usize)> {
    if n == 0 {
        return Vec::new();
    }
    let mut pairs: Vec<_> = relations(passages, language).into_iter().collect();
    pairs.retain(|((one, other), relation)| {
        let (one, other) = (&passages[*one], &passages[*other]);
        relation.n_common >= MIN_COMMON_WORDS
            && one.language == other.language
            && !overlap(one, other)
    });
    pairs.sort_by(|(a, x), (b, y)| y.weight.total_cmp(&x.weight).then(a.cmp(b)));
    let mut taken = HashSet::new();
    let is_free = |(one, other): &(usize, usize)| {
        let is_free = !taken.contains(one) && !taken.contains(other);
        if is_free {
            taken.extend([*one, *other]);
        }
        is_free
    };
    pairs
        .into_iter()
        .map(|(pair, _)| pair)
        .filter(is_free)
        .take(n)
        .collect()
}

#[derive(Debug, Default)]
struct Relation {
    n_common: usize,
    weight: f64,
}

fn relations(passages: &[Passage], language: Language) -> HashMap<(usize, usize), Relation> {
    let mut relations: HashMap<_, Relation> = HashMap::new();
    // In the order of their hashes: the sums are the same in every run.
    for indices in passages_of_words(passages, language).values() {
        if indices.len() > MOST_PASSAGES_OF_WORD {
            continue;
        }
        let weight = (passages.len() as f64 / indices.len() as f64).ln();
        for (nth, &one) in indices.iter().enumerate() {
            for &other in &indices[nth + 1..] {
                let relation = relations.entry((one, other)).or_default();
                relation.n_common += 1;
                relation.weight += weight;
            }
        }
    }
    relations
}

/// The passages that each content word is in, in order, by the word's hash.
fn passages_of_words(passages: &[Passage], language: Language) -> BTreeMap<u64, Vec<usize>> {
    let lexicon = Lexicon::or_common(language);
    let mut indices: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, passage) in passages.iter().enumerate() {
        let words = Words::of(&passage.chunk.text);
        let is_name = |word: &str| {
            word.chars().count() >= MIN_LETTERS && word.chars().any(char::is_alphabetic)
        };
        for token in lexicon
            .content(&words)
            .filter(|token| is_name(words.word(token)))
        {
            let of_word = indices.entry(token.hash).or_default();
            if of_word.last() != Some(&index) {
                of_word.push(index);
            }
        }
    }
    indices
}

fn overlap(one: &Passage, other: &Passage) -> bool {
    let (one, other) = (one.chunk.span, other.chunk.span);
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::documents::Source;
    use examen_core::{Chunk, Contents, Span};

    /// Passages of a document, one a line.
    fn passages(text: &str) -> Vec<Passage> {
        let contents = Contents {
            text: text.to_owned(),
            ..Contents::default()
        };
        let source = Source::new("a.txt".to_owned(), contents, Some(Language::ENGLISH));
        let mut start = 0;
        let passage = |line: &str| {
            let span = Span {
                start,
                end: start + line.len(),
            };
            start = span.end;
            Passage::new(&source, Chunk::new(&source.document, span))
        };
        text.split_inclusive('\n').map(passage).collect()
    }

    const TEXT: &str = "The mitral valve closes when the ventricle contracts.\n\
                        Kidneys filter the blood and keep its salts.\n\
                        A stenosis narrows an artery of the kidneys, which answer with renin.\n\
                        Rheumatic fever scars the mitral valve in children.\n\
                        Renin raises the pressure of the blood in an artery.\n";

    #[test]
    fn rare_words_in_common_make_a_pair() {
        let passages = passages(TEXT);
        assert_eq!(related(&passages, Language::ENGLISH, 5), [(0, 3), (2, 4)]);
        assert_eq!(related(&passages, Language::ENGLISH, 1), [(0, 3)]);
        assert_eq!(related(&passages, Language::ENGLISH, 0), []);
        assert_eq!(related(&passages[..2], Language::ENGLISH, 5), []);
    }

    #[test]
    fn what_overlaps_is_no_pair() {
        let mut passages = passages(TEXT);
        passages[3].chunk.span.start = 0;
        assert_eq!(related(&passages, Language::ENGLISH, 5), [(2, 4)]);
    }
}

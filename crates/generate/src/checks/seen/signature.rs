//! The signature that a question is compared by: hashes of its stem's sequences of three words, and MinHash over them.

use crate::text::{
    lexicon::Lexicon,
    words::{Token, Words, hash},
};
use examen_core::{Question, text::comparable};

/// So many words are a shingle.
const N_WORDS: usize = 3;
/// Bands and rows: of two stems whose shingles have a Jaccard similarity s, 1 − (1 − s⁴)¹⁵ share a band. At 0.8, where
/// duplicates begin, 3.7 of 10,000 are missed (1 in 9 million at 0.9); at 0.3, 11 of 100 are compared in vain, at 0.05 one of
/// 10,000. 20 bands of 5 rows miss as many and take a third more keys; 16 of 8 would miss 5 of 100.
const N_BANDS: usize = 15;
const N_ROWS: usize = 4;
/// Stems from this Jaccard similarity on are near duplicates: 4/5.
const MIN_JACCARD: (usize, usize) = (4, 5);

/// The factors and summands of the hash functions x ↦ (a·x + b) ≫ 32 (M. Dietzfelbinger, "Universal hashing and k-wise
/// independent random variables via integer arithmetic without primes", 1996).
const HASHES: [(u64, u64); N_BANDS * N_ROWS] = hashes();

const fn hashes() -> [(u64, u64); N_BANDS * N_ROWS] {
    let mut hashes = [(0, 0); N_BANDS * N_ROWS];
    let mut n = 0;
    while n < hashes.len() {
        hashes[n] = (mix(2 * n as u64 + 1) | 1, mix(2 * n as u64 + 2));
        n += 1;
    }
    hashes
}

/// The hashes and words that one question is compared by. It is made of the question alone, so that this can be done in parallel.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Hash of the document's id.
    pub(super) document: u64,
    /// Hash of the stem as [`comparable`] makes it.
    pub(super) exact: u64,
    /// The stem.
    pub(super) stem: String,
    /// Its words, and those of the key, as [`Words::text`] has them.
    pub(super) words: String,
    pub(super) key: String,
    /// Hashes of the stem's sequences of three words, sorted, each once.
    pub(super) shingles: Vec<u32>,
    pub(super) lexicon: &'static Lexicon,
    /// Hash of the quote and the key; `None` without a quote.
    pub(super) fact: Option<u64>,
    bands: [u32; N_BANDS],
}

impl Signature {
    /// The signature of a question.
    pub fn of(question: &Question) -> Self {
        let words = Words::of(&question.question);
        let exact = hash(&comparable(&question.question));
        let shingles = shingles(words.tokens(), exact);
        Self {
            document: hash(question.document_id.as_str()),
            exact,
            stem: question.question.clone(),
            words: words.text().to_owned(),
            key: Words::of(&question.answer).text().to_owned(),
            bands: bands(&shingles),
            shingles,
            fact: fact(question),
            lexicon: Lexicon::or_common(question.language),
        }
    }

    /// The keys that the index finds candidates by: the bands, the whole stem, and the fact.
    pub(super) fn keys(&self) -> impl Iterator<Item = u32> {
        let fact = self.fact.map(|fact| mix(fact) as u32);
        self.bands
            .into_iter()
            .chain([mix(self.exact) as u32])
            .chain(fact)
    }

    /// The key that the index finds the document's latest question by.
    pub(super) fn document_key(&self) -> u32 {
        mix(!self.document) as u32
    }

    /// True if the Jaccard similarity to another stem's shingles is 0.8 or more.
    pub(super) fn is_near(&self, others: impl ExactSizeIterator<Item = u32>) -> bool {
        let (n_common, n_all) = overlap(self.shingles.iter().copied(), others);
        n_common * MIN_JACCARD.1 >= n_all * MIN_JACCARD.0
    }
}

/// The sentence of the passage that the quote is in, where it was found, so that parts of one sentence are the same; else the
/// quote.
fn sentence(question: &Question) -> Option<&str> {
    let quote = question.quote.as_deref()?;
    let passage = question.passage.as_str();
    let Some(found) = question.quote_in_passage() else {
        return Some(quote);
    };
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '\n' | '。' | '।' | '؟');
    let before = passage
        .get(..found.start)?
        .trim_end_matches(char::is_whitespace);
    let start = before
        .rfind(ends)
        .map_or(0, |at| passage.ceil_char_boundary(at + 1));
    let quoted = passage.get(found.clone())?.trim_end_matches(ends);
    let behind = found.start + quoted.len();
    let end = passage[behind..]
        .find(ends)
        .map_or(passage.len(), |at| behind + at);
    Some(&passage[start.min(found.start)..end.max(behind)])
}

/// Hash of what a question is about, however it is asked: its quote, as the passage has it, and its key.
fn fact(question: &Question) -> Option<u64> {
    let lexicon = Lexicon::or_common(question.language);
    let quote = Words::of(sentence(question)?);
    let key = Words::of(&question.answer);
    let content = lexicon.content(&key).map(|token| token.hash);
    let key = content.fold(0, |hash, word| mix(hash ^ word));
    let is_told = !quote.tokens().is_empty() && key != 0;
    is_told.then(|| mix(hash(quote.text()) ^ key))
}

/// Hashes of all sequences of three words, sorted, each once; of all words where there are fewer. A stem without words
/// is its own only shingle.
fn shingles(tokens: &[Token], exact: u64) -> Vec<u32> {
    let hash =
        |tokens: &[Token]| tokens.iter().fold(0, |hash, token| mix(hash ^ token.hash)) as u32;
    let mut shingles: Vec<u32> = match tokens {
        [] => vec![exact as u32],
        _ if tokens.len() < N_WORDS => vec![hash(tokens)],
        _ => tokens.windows(N_WORDS).map(hash).collect(),
    };
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// The numbers of elements that two sorted sets have in common and in all.
fn overlap(
    one: impl ExactSizeIterator<Item = u32>,
    other: impl ExactSizeIterator<Item = u32>,
) -> (usize, usize) {
    let n_both = one.len() + other.len();
    let (mut one, mut other) = (one.peekable(), other.peekable());
    let mut n_common = 0;
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        let order = a.cmp(b);
        n_common += usize::from(order.is_eq());
        if order.is_le() {
            one.next();
        }
        if order.is_ge() {
            other.next();
        }
    }
    (n_common, n_both - n_common)
}

fn bands(shingles: &[u32]) -> [u32; N_BANDS] {
    let least = |(factor, summand): (u64, u64)| {
        let hashes = shingles.iter().map(|shingle| {
            factor
                .wrapping_mul(u64::from(*shingle))
                .wrapping_add(summand)
                >> 32
        });
        hashes.min().unwrap_or_default()
    };
    std::array::from_fn(|band| {
        let rows = &HASHES[band * N_ROWS..][..N_ROWS];
        rows.iter()
            .fold(band as u64, |hash, row| mix(hash ^ least(*row))) as u32
    })
}

/// The finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014) over the next of its states.
const fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The Jaccard similarity of the stems of two texts, as [`Signature::is_near`] has it.
#[cfg(test)]
pub(super) fn jaccard(one: &str, other: &str) -> f64 {
    let shingles = |text| shingles(Words::of(text).tokens(), 0);
    let (n_common, n_all) = overlap(shingles(one).into_iter(), shingles(other).into_iter());
    n_common as f64 / n_all as f64
}

/// The probability that two stems of Jaccard similarity `s` share a band.
#[cfg(test)]
pub(super) fn probability_of_candidate(s: f64, bands: i32, rows: i32) -> f64 {
    1.0 - (1.0 - s.powi(rows)).powi(bands)
}

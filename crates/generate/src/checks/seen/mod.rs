//! Questions that were asked before, and questions that tell each other's answers. Over all accepted questions of a run,
//! in constant memory: beyond a limit, what is remembered lies in temporary files that vanish with it.
//!
//! Near duplicates are found by MinHash and locality-sensitive hashing (A. Broder, "On the resemblance and containment of
//! documents", 1997; P. Indyk and R. Motwani, 1998): [`signature`] makes the hashes, [`index`] finds the questions that
//! share one, [`log`] keeps what candidates are verified against.

mod index;
mod log;
mod signature;

pub use signature::Signature;

use crate::{
    error::GenerateError,
    reasons::{Finding, Reason},
    text::{
        lexicon::Lexicon,
        words::{Token, Words},
    },
};
use index::Index;
use log::{Log, Record};
use std::{io, path::PathBuf};

/// Limit of the memory in bytes: about 8,000 questions.
const MEMORY: usize = 4 << 20;
/// So many of a document's latest questions are looked at for answers in stems.
const MAX_OF_DOCUMENT: usize = 200;
/// So many content words two stems have in common beside the answer before one can tell the other's answer.
const MIN_COMMON_WORDS: usize = 2;
/// Answers whose content words agree less than this are two answers (Jaccard).
const SAME_KEY: f64 = 0.5;

/// The accepted questions so far.
#[derive(Debug)]
pub struct Seen {
    index: Index,
    log: Log,
    folder: PathBuf,
    candidates: Vec<u32>,
}

impl Seen {
    /// Starts with no question. `folder` takes the temporary files; they are opened once 4 MiB are full, about 8,000 questions.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::with_memory(folder, MEMORY)
    }

    /// The same with another limit, in bytes.
    pub fn with_memory(folder: impl Into<PathBuf>, limit: usize) -> Self {
        let folder = folder.into();
        let index = Index::new(folder.clone(), limit / 2);
        Self {
            index,
            log: Log::new(folder.clone(), limit / 2),
            folder,
            candidates: Vec::new(),
        }
    }

    /// Compares a question with those accepted: at most one duplicate ([`Reason::Duplicate`]), else at most one answer
    /// in a stem ([`Reason::Cued`]).
    ///
    /// # Errors
    /// If the temporary files cannot be read.
    pub fn findings(&mut self, signature: &Signature) -> Result<Vec<Finding>, GenerateError> {
        let found = match self.duplicate(signature) {
            Ok(None) => self.cued(signature),
            found => found,
        };
        found
            .map(|finding| finding.into_iter().collect())
            .map_err(|source| self.failed(source))
    }

    /// Remembers an accepted question.
    ///
    /// # Errors
    /// If the temporary files cannot be written.
    pub fn insert(&mut self, signature: &Signature) -> Result<(), GenerateError> {
        self.try_insert(signature)
            .map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> GenerateError {
        GenerateError::Scratch {
            folder: self.folder.clone(),
            source,
        }
    }

    fn try_insert(&mut self, signature: &Signature) -> io::Result<()> {
        let previous = self.latest(signature)?;
        let index = self.log.append(signature, previous)?;
        for key in signature.keys() {
            self.index.insert(key, index)?;
        }
        self.index
            .replace(signature.document_key(), previous, index)
    }

    fn duplicate(&mut self, signature: &Signature) -> io::Result<Option<Finding>> {
        self.candidates.clear();
        for key in signature.keys() {
            self.index.get(key, &mut self.candidates)?;
        }
        self.candidates.sort_unstable();
        self.candidates.dedup();
        for index in &self.candidates {
            let record = self.log.read(*index)?;
            let how = match () {
                () if record.exact == signature.exact => "the same",
                () if signature.is_near(record.shingles())
                    && is_same_question(signature, &record) =>
                {
                    "nearly the same"
                }
                () if signature.fact.is_some()
                    && record.fact == signature.fact
                    && !differ_in_numbers(signature, &record) =>
                {
                    "the same in other words (same quote, same answer)"
                }
                () => continue,
            };
            return Ok(Some(Finding {
                reason: Reason::Duplicate,
                sentence: format!("another question asks {how}: `{}`", record.stem),
            }));
        }
        Ok(None)
    }

    fn cued(&mut self, signature: &Signature) -> io::Result<Option<Finding>> {
        let mut next = self.latest(signature)?;
        for _ in 0..MAX_OF_DOCUMENT {
            let Some(index) = next else { break };
            let record = self.log.read(index)?;
            let (stem, key, lexicon) = (&*signature.words, &*signature.key, signature.lexicon);
            let who = match () {
                () if tells(stem, record.key, record.words, lexicon) => {
                    "the stem says the answer of another question"
                }
                () if tells(record.words, key, stem, lexicon) => {
                    "the stem of another question says the answer"
                }
                () => {
                    next = record.previous;
                    continue;
                }
            };
            return Ok(Some(Finding {
                reason: Reason::Cued,
                sentence: format!("{who}: `{}`", record.stem),
            }));
        }
        Ok(None)
    }

    /// The index of the document's latest question.
    fn latest(&mut self, signature: &Signature) -> io::Result<Option<u32>> {
        self.candidates.clear();
        self.index
            .get(signature.document_key(), &mut self.candidates)?;
        let mut latest = None;
        for index in &self.candidates {
            if self.log.read(*index)?.document == signature.document {
                latest = latest.max(Some(*index));
            }
        }
        Ok(latest)
    }
}

/// True if a text has a word of a kind that another lacks.
fn beyond(words: &Words, others: &Words, is: &dyn Fn(&Token) -> bool) -> bool {
    words
        .tokens()
        .iter()
        .any(|token| is(token) && !others.has(token.hash))
}

/// True if each of two stems has a number that the other has not.
fn differ_in_numbers(signature: &Signature, record: &Record<'_>) -> bool {
    let (one, other) = (Words::of(&signature.words), Words::of(record.words));
    let lacks = |words: &Words, others: &Words| {
        let has_digit = |token: &Token| words.word(token).contains(|c: char| c.is_numeric());
        beyond(words, others, &has_digit)
    };
    lacks(&one, &other) && lacks(&other, &one)
}

/// True if two stems with nearly the same words ask the same. They do not if each has a number that the other has not, or
/// if they have different content words and different answers: "Which fluid cools pump 17?" and "… pump 18?".
fn is_same_question(signature: &Signature, record: &Record<'_>) -> bool {
    let (one, other) = (Words::of(&signature.words), Words::of(record.words));
    let lexicon = signature.lexicon;
    let differ_in_content = beyond(&one, &other, &|token| lexicon.is_content(token))
        || beyond(&other, &one, &|token| lexicon.is_content(token))
        || one == other;
    !differ_in_numbers(signature, record)
        && (!differ_in_content || is_same_key(&signature.key, record.key, lexicon))
}

/// True if two answers, as words, say about the same.
fn is_same_key(one: &str, other: &str, lexicon: &Lexicon) -> bool {
    let (one, other) = (Words::of(one), Words::of(other));
    let n_common = lexicon
        .content(&one)
        .filter(|token| other.has(token.hash))
        .count();
    let n_all = lexicon.content(&one).count() + lexicon.content(&other).count()
        - n_common.min(lexicon.content(&other).count());
    one == other || (n_all > 0 && n_common as f64 / n_all as f64 >= SAME_KEY)
}

/// True if `stem` says the answer `key` of the question `asked`, about which it is too. A number is no answer that a stem
/// could tell, and a short word none that a reader would take for one.
fn tells(stem: &str, key: &str, asked: &str, lexicon: &Lexicon) -> bool {
    if key.len() < 6 || !stem.contains(key) {
        return false;
    }
    let (stem, key, asked) = (Words::of(stem), Words::of(key), Words::of(asked));
    let says_something = lexicon
        .content(&key)
        .any(|token| !token.is_number && key.word(token).len() > 3);
    let is_common = |hash: u64| stem.has(hash) && !key.has(hash);
    let n_common = lexicon
        .content(&asked)
        .filter(|token| is_common(token.hash))
        .count();
    says_something && !asked.contain(&key) && n_common >= MIN_COMMON_WORDS
}

#[cfg(test)]
mod tests;

//! From 32-bit keys to the log's indices of the questions that have them.

use examen_files::scratch::{Entry, Pages};
use std::{io, path::PathBuf};

/// A key that so many questions have says nothing: corpora written from a template have keys that everything shares. True
/// duplicates share others, so it is taken for a key that nothing has.
const MAX_OF_KEY: usize = 16;

/// Questions by key.
#[derive(Debug)]
pub(super) struct Index {
    pages: Pages<Keyed, 8>,
}

#[derive(Debug, Clone, Copy)]
struct Keyed {
    key: u32,
    question: u32,
}

impl Entry<8> for Keyed {
    fn key(self) -> u32 {
        self.key
    }

    fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.question) << 32 | u64::from(self.key)).to_le_bytes()
    }

    fn from_bytes(bytes: [u8; 8]) -> Self {
        let number = u64::from_le_bytes(bytes);
        Self {
            key: number as u32,
            question: (number >> 32) as u32,
        }
    }
}

impl Index {
    /// An empty one. More than `limit` bytes go to a file in `folder`.
    pub(super) fn new(folder: PathBuf, limit: usize) -> Self {
        Self {
            pages: Pages::new(folder, limit),
        }
    }

    /// Adds the questions that have `key`, or another one with the same 32 bits, to `questions`.
    pub(super) fn get(&self, key: u32, questions: &mut Vec<u32>) -> io::Result<()> {
        let found = self.pages.get(key)?;
        if found.len() < MAX_OF_KEY {
            questions.extend(found.iter().map(|keyed| keyed.question));
        }
        Ok(())
    }

    /// Adds a question to those that have `key`.
    pub(super) fn insert(&mut self, key: u32, question: u32) -> io::Result<()> {
        match self.pages.get(key)?.len() < MAX_OF_KEY {
            true => self.pages.insert(Keyed { key, question }),
            false => Ok(()),
        }
    }

    /// Replaces `earlier` by `question`, or adds it where there is none.
    pub(super) fn replace(
        &mut self,
        key: u32,
        earlier: Option<u32>,
        question: u32,
    ) -> io::Result<()> {
        let is_there = match earlier {
            Some(earlier) => self
                .pages
                .replace(Keyed { key, question }, |other| other.question == earlier)?,
            None => false,
        };
        if is_there {
            Ok(())
        } else {
            self.insert(key, question)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everything_shares_says_nothing() {
        let mut index = Index::new(std::env::temp_dir(), 1 << 20);
        let mut n_found = Vec::new();
        for question in 0..18 {
            index.insert(7, question).unwrap();
            let mut found = Vec::new();
            index.get(7, &mut found).unwrap();
            n_found.push(found.len());
        }
        assert_eq!(n_found[14..], [15, 0, 0, 0]);
    }
}

//! A record of each question, one after the other: hashes that candidates are verified against, and the words of stem and
//! key.

use super::signature::Signature;
use examen_files::scratch::Tail;
use std::{io, path::PathBuf};

/// Records begin at multiples of this, so that 32 bits name a position in 64 GiB.
const ALIGNMENT: usize = 16;
/// Longer texts are cut.
const MAX_TEXT: usize = 4096;
const MAX_SHINGLES: usize = 1024;
/// Bytes before the shingles: length, previous record, document, exact hash, fact, number of shingles and three texts' lengths.
const HEADER: usize = 40;

#[derive(Debug)]
pub(super) struct Log {
    bytes: Tail,
    buffer: Vec<u8>,
}

/// The record of a question.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// The index of the same document's question before it.
    pub(super) previous: Option<u32>,
    /// As in its signature, like all that follows.
    pub(super) document: u64,
    pub(super) exact: u64,
    pub(super) fact: Option<u64>,
    shingles: &'a [u8],
    pub(super) stem: &'a str,
    pub(super) words: &'a str,
    pub(super) key: &'a str,
}

impl Record<'_> {
    /// Hashes of the stem's sequences of three words, sorted, each once.
    pub(super) fn shingles(&self) -> impl ExactSizeIterator<Item = u32> {
        self.shingles
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
    }
}

impl Log {
    /// An empty one. More than `limit` bytes go to a file in `folder`.
    pub(super) fn new(folder: PathBuf, limit: usize) -> Self {
        Self {
            bytes: Tail::new(folder, limit),
            buffer: Vec::new(),
        }
    }

    /// Writes a question and returns its index.
    pub(super) fn append(
        &mut self,
        signature: &Signature,
        previous: Option<u32>,
    ) -> io::Result<u32> {
        let texts = [&signature.stem, &signature.words, &signature.key].map(|text| cut(text));
        let shingles = &signature.shingles[..signature.shingles.len().min(MAX_SHINGLES)];
        let length =
            HEADER + 4 * shingles.len() + texts.iter().map(|text| text.len()).sum::<usize>();
        self.buffer.clear();
        self.buffer.extend((length as u32).to_le_bytes());
        self.buffer
            .extend(previous.map_or(0, |index| index + 1).to_le_bytes());
        self.buffer.extend(signature.document.to_le_bytes());
        self.buffer.extend(signature.exact.to_le_bytes());
        self.buffer
            .extend(signature.fact.unwrap_or_default().to_le_bytes());
        for n in [
            shingles.len(),
            texts[0].len(),
            texts[1].len(),
            texts[2].len(),
        ] {
            self.buffer.extend((n as u16).to_le_bytes());
        }
        self.buffer
            .extend(shingles.iter().flat_map(|shingle| shingle.to_le_bytes()));
        texts
            .iter()
            .for_each(|text| self.buffer.extend(text.bytes()));
        self.buffer.resize(length.next_multiple_of(ALIGNMENT), 0);
        let index = u32::try_from(self.bytes.len() / ALIGNMENT as u64).map_err(|_| {
            io::Error::new(io::ErrorKind::FileTooLarge, "more than 64 GiB of questions")
        })?;
        self.bytes.append(&self.buffer)?;
        Ok(index)
    }

    /// The question at an index that [`Log::append`] returned.
    pub(super) fn read(&mut self, index: u32) -> io::Result<Record<'_>> {
        let start = u64::from(index) * ALIGNMENT as u64;
        self.buffer.resize(HEADER, 0);
        self.bytes.read(start, &mut self.buffer)?;
        let length = u32::from_le_bytes(self.field(0)) as usize;
        self.buffer.resize(length, 0);
        self.bytes.read(start, &mut self.buffer)?;
        let [n_shingles, stem, words, key] =
            [32, 34, 36, 38].map(|at| usize::from(u16::from_le_bytes(self.field(at))));
        let (shingles, texts) = self.buffer[HEADER..].split_at(4 * n_shingles);
        let texts = std::str::from_utf8(texts).map_err(io::Error::other)?;
        Ok(Record {
            previous: u32::from_le_bytes(self.field(4)).checked_sub(1),
            document: u64::from_le_bytes(self.field(8)),
            exact: u64::from_le_bytes(self.field(16)),
            fact: Some(u64::from_le_bytes(self.field(24))).filter(|fact| *fact != 0),
            shingles,
            stem: &texts[..stem],
            words: &texts[stem..stem + words],
            key: &texts[stem + words..stem + words + key],
        })
    }

    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        *self.buffer[at..]
            .first_chunk()
            .expect("the header is whole")
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

//! Entries by 32 bits of a hash: a hash table of pages that doubles when it is full. Most keys are new, which a filter
//! tells without a look at their page, and what is added waits for others of its page: the disk is touched far less than
//! once an entry.

use super::{bytes::Bytes, filter::Filter};
use std::{collections::BTreeMap, io, path::PathBuf};

const PAGE: usize = 4096;
const FIRST_BITS: u32 = 3;
const MAX_BITS: u32 = 25;
/// Doubles beyond 5/8 of its entries: a page is seldom full by then.
const MAX_LOAD: (usize, usize) = (5, 8);
/// Below 1/8 it does not double for one full page, and what finds no room there is left out.
const MIN_LOAD: (usize, usize) = (1, 8);
/// Bytes that wait to be written.
const MAX_WAITING: usize = 1 << 19;

/// An entry of a table, in a fixed number of bytes.
pub trait Entry<const SIZE: usize>: Copy {
    /// The key that it is found by: 32 bits that are about equally likely.
    fn key(self) -> u32;
    /// Its bytes.
    fn to_bytes(self) -> [u8; SIZE];
    /// The entry of these bytes.
    fn from_bytes(bytes: [u8; SIZE]) -> Self;
}

/// Entries of `SIZE` bytes, several of which may have the same key. Pages are in the order of their keys' first bits.
#[derive(Debug)]
pub struct Pages<E, const SIZE: usize> {
    folder: PathBuf,
    limit: usize,
    bytes: Bytes,
    /// Number of a key's first bits that name its page.
    bits: u32,
    n_entries: usize,
    /// Entries that are written, of each page.
    written: Vec<u16>,
    /// Those that are not yet, by page; they follow the written ones.
    waiting: BTreeMap<usize, Vec<E>>,
    n_waiting: usize,
    filter: Filter,
}

impl<E: Entry<SIZE>, const SIZE: usize> Pages<E, SIZE> {
    const ENTRIES_OF_PAGE: usize = PAGE / SIZE;

    /// An empty table. Pages of more than `limit` bytes go to a file in `folder`.
    pub fn new(folder: impl Into<PathBuf>, limit: usize) -> Self {
        Self {
            folder: folder.into(),
            limit,
            bytes: Bytes::Memory(Vec::new()),
            bits: 0,
            n_entries: 0,
            written: Vec::new(),
            waiting: BTreeMap::new(),
            n_waiting: 0,
            filter: Filter::new(0),
        }
    }

    /// The entries with this key, in the order in which they were added.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn get(&self, key: u32) -> io::Result<Vec<E>> {
        if !self.filter.may_have(key) {
            return Ok(Vec::new());
        }
        let page = self.page_of(key);
        let mut entries = self.read(page)?;
        entries.extend(self.waiting.get(&page).into_iter().flatten());
        entries.retain(|entry| entry.key() == key);
        Ok(entries)
    }

    /// Adds an entry. Where hundreds have the same key and hardly any another one, it may be left out.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn insert(&mut self, entry: E) -> io::Result<()> {
        if self.bits == 0 || self.is_fuller_than(MAX_LOAD) {
            self.double()?;
        }
        let page = self.page_of(entry.key());
        let waiting = self.waiting.entry(page).or_default();
        if usize::from(self.written[page]) + waiting.len() == Self::ENTRIES_OF_PAGE {
            return self.insert_in_full_page(entry);
        }
        waiting.push(entry);
        self.filter.insert(entry.key());
        self.n_entries += 1;
        self.n_waiting += 1;
        if self.n_waiting * SIZE >= MAX_WAITING {
            self.write_waiting()
        } else {
            Ok(())
        }
    }

    /// Replaces the last entry of the same key for which `is_replaced` holds. False if there is none.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn replace(&mut self, entry: E, is_replaced: impl Fn(E) -> bool) -> io::Result<bool> {
        let key = entry.key();
        if !self.filter.may_have(key) {
            return Ok(false);
        }
        let is_replaced = |other: &E| other.key() == key && is_replaced(*other);
        let page = self.page_of(key);
        let waiting = self.waiting.get_mut(&page).into_iter().flatten();
        if let Some(other) = waiting.rev().find(|other| is_replaced(other)) {
            *other = entry;
            return Ok(true);
        }
        let Some(n) = self.read(page)?.iter().rposition(is_replaced) else {
            return Ok(false);
        };
        self.bytes
            .write((page * PAGE + n * SIZE) as u64, &entry.to_bytes())?;
        Ok(true)
    }

    /// Doubles for the sake of one page, unless nearly all others are empty: then its keys are too much alike.
    fn insert_in_full_page(&mut self, entry: E) -> io::Result<()> {
        if !self.is_fuller_than(MIN_LOAD) || self.bits == MAX_BITS {
            return Ok(());
        }
        self.double()?;
        self.insert(entry)
    }

    fn is_fuller_than(&self, (part, of): (usize, usize)) -> bool {
        self.n_entries * of >= (Self::ENTRIES_OF_PAGE << self.bits) * part
    }

    fn page_of(&self, key: u32) -> usize {
        (key >> (u32::BITS - self.bits)) as usize
    }

    /// A page's entries, without those that wait.
    fn read(&self, page: usize) -> io::Result<Vec<E>> {
        let mut bytes = [0; PAGE];
        let bytes = &mut bytes[..usize::from(self.written[page]) * SIZE];
        self.bytes.read((page * PAGE) as u64, bytes)?;
        Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| E::from_bytes(*bytes))
            .collect())
    }

    fn write(&mut self, page: usize, entries: &[E]) -> io::Result<()> {
        let start = page * PAGE + usize::from(self.written[page]) * SIZE;
        let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_bytes()).collect();
        self.bytes.write(start as u64, &bytes)?;
        self.written[page] += entries.len() as u16;
        Ok(())
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        self.n_waiting = 0;
        std::mem::take(&mut self.waiting)
            .iter()
            .try_for_each(|(page, entries)| self.write(*page, entries))
    }

    /// Twice as many pages: each becomes two, told apart by one more bit.
    fn double(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        let bits = if self.bits == 0 {
            FIRST_BITS
        } else {
            self.bits + 1
        };
        let mut doubled = Self {
            bytes: Bytes::zeros(PAGE << bits, self.limit, &self.folder)?,
            bits,
            n_entries: self.n_entries,
            written: vec![0; 1 << bits],
            filter: Filter::new(Self::ENTRIES_OF_PAGE << bits),
            ..Self::new(&self.folder, self.limit)
        };
        for page in 0..self.written.len() {
            let entries = self.read(page)?;
            entries
                .iter()
                .for_each(|entry| doubled.filter.insert(entry.key()));
            let (first, second): (Vec<_>, Vec<_>) = entries
                .into_iter()
                .partition(|entry| doubled.page_of(entry.key()) == 2 * page);
            doubled.write(2 * page, &first)?;
            doubled.write(2 * page + 1, &second)?;
        }
        *self = doubled;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Pair(u32, u32);

    impl Entry<8> for Pair {
        fn key(self) -> u32 {
            self.0
        }

        fn to_bytes(self) -> [u8; 8] {
            (u64::from(self.0) << 32 | u64::from(self.1)).to_le_bytes()
        }

        fn from_bytes(bytes: [u8; 8]) -> Self {
            let number = u64::from_le_bytes(bytes);
            Self((number >> 32) as u32, number as u32)
        }
    }

    proptest! {
        #[test]
        fn what_was_put_in_is_found(
            keys in prop::collection::vec(prop_oneof![any::<u32>(), (0_u32..8).prop_map(|n| n << 29)], 0..3000),
            limit in 0_usize..100_000,
            writes_early: bool,
        ) {
            let mut pages = Pages::new(std::env::temp_dir(), limit);
            let mut expected: BTreeMap<u32, Vec<Pair>> = BTreeMap::new();
            for (n, key) in keys.into_iter().enumerate() {
                let (pair, of_key) = (Pair(key, n as u32), expected.entry(key).or_default());
                if n % 3 == 0 && !of_key.is_empty() {
                    let last = of_key.pop().unwrap();
                    prop_assert!(pages.replace(pair, |other: Pair| other == last).unwrap());
                    of_key.push(pair);
                } else if of_key.len() < 20 {
                    pages.insert(pair).unwrap();
                    of_key.push(pair);
                }
                if writes_early && n % 7 == 0 {
                    pages.write_waiting().unwrap();
                }
            }
            for (key, of_key) in expected {
                prop_assert_eq!(pages.get(key).unwrap(), of_key);
                prop_assert!(!pages.replace(Pair(key, 0), |_| false).unwrap());
            }
        }
    }

    #[test]
    fn a_table_beyond_memory_and_waiting_is_whole() {
        let mut pages = Pages::new(std::env::temp_dir(), 1 << 16);
        let key = |n: u32| n.wrapping_mul(2_654_435_761);
        for n in 0..200_000 {
            pages.insert(Pair(key(n), n)).unwrap();
        }
        for n in (0..200_000).step_by(37) {
            assert_eq!(pages.get(key(n)).unwrap(), [Pair(key(n), n)]);
        }
        assert!(matches!(pages.bytes, Bytes::Disk(_)));
    }

    #[test]
    fn keys_that_are_all_alike_do_not_fill_the_disk() {
        let mut pages = Pages::new(std::env::temp_dir(), 1 << 16);
        for n in 0..10_000 {
            pages.insert(Pair(7, n)).unwrap();
        }
        assert!(pages.written.len() < 64);
        assert_eq!(pages.get(7).unwrap()[..2], [Pair(7, 0), Pair(7, 1)]);
    }
}

//! From 32-bit keys to the places of the questions that have them: a hash table of small pages that doubles when it is
//! full. A page is one read, in memory or on the disk.

use super::bytes::Bytes;
use std::io;

const ENTRY: usize = 8;
const PAGE: usize = 512;
const ENTRIES_OF_PAGE: usize = PAGE / ENTRY;
/// Doubles beyond 5/8 of its entries: a page is seldom full by then.
const MAX_LOAD: (usize, usize) = (5, 8);
/// Below 1/8 it does not double for one full page, and what finds no room there is left out.
const MIN_LOAD: (usize, usize) = (1, 8);
const MAX_BITS: u32 = 28;
/// A key that so many places have says nothing: corpora written from a template have keys that everything shares. True
/// duplicates share others, so it is taken for a key that nothing has.
const MAX_OF_KEY: usize = 16;
const FIRST_BITS: u32 = 6;

/// Pages in the order of their keys' first bits. An entry is a key and one more than a place; all zeros is free.
///
/// Who looks for a key often adds it next: pages that were looked at are held until [`Index::release`].
#[derive(Debug)]
pub(super) struct Index {
    pages: Bytes,
    held: Vec<(u64, Page)>,
    /// How many of a key's first bits name its page.
    bits: u32,
    n_entries: usize,
}

impl Index {
    /// An empty one that takes its bytes as `pages` does.
    pub(super) fn new(pages: Bytes) -> Self {
        Self { pages, held: Vec::new(), bits: 0, n_entries: 0 }
    }

    /// Adds the places that have `key`, or another one with the same 32 bits, to `places`.
    pub(super) fn get(&mut self, key: u32, places: &mut Vec<u32>) -> io::Result<()> {
        if self.bits == 0 {
            return Ok(());
        }
        let page = self.page(self.page_of(key))?;
        let n_before = places.len();
        places.extend(page.entries().filter(|entry| entry.key == key).map(|entry| entry.place));
        if places.len() >= n_before + MAX_OF_KEY {
            places.truncate(n_before);
        }
        Ok(())
    }

    /// Adds a place to those that have `key`.
    pub(super) fn insert(&mut self, key: u32, place: u32) -> io::Result<()> {
        if self.bits == 0 || self.is_fuller_than(MAX_LOAD) {
            self.double()?;
        }
        let number = self.page_of(key);
        let page = self.page(number)?;
        let (n, n_of_key) =
            page.entries().fold((0, 0), |(n, n_of_key), entry| (n + 1, n_of_key + usize::from(entry.key == key)));
        if n_of_key >= MAX_OF_KEY {
            return Ok(());
        }
        if n == ENTRIES_OF_PAGE {
            return self.insert_in_full_page(key, place);
        }
        self.n_entries += 1;
        self.write(number, n, Entry { key, place })
    }

    /// Doubles for the sake of one page, unless nearly all others are empty: then its keys are too much alike.
    fn insert_in_full_page(&mut self, key: u32, place: u32) -> io::Result<()> {
        if !self.is_fuller_than(MIN_LOAD) || self.bits == MAX_BITS {
            return Ok(());
        }
        self.double()?;
        self.insert(key, place)
    }

    fn is_fuller_than(&self, (part, of): (usize, usize)) -> bool {
        self.n_entries * of >= (ENTRIES_OF_PAGE << self.bits) * part
    }

    /// Puts `place` in the stead of `earlier`, or adds it where there is none.
    pub(super) fn replace(&mut self, key: u32, earlier: Option<u32>, place: u32) -> io::Result<()> {
        let number = self.page_of(key);
        let is_earlier = |entry: Entry| entry.key == key && Some(entry.place) == earlier;
        let found = self.page(number)?.entries().position(is_earlier);
        match found {
            Some(n) => self.write(number, n, Entry { key, place }),
            None => self.insert(key, place),
        }
    }

    /// Forgets the pages that are held.
    pub(super) fn release(&mut self) {
        self.held.clear();
    }

    fn page(&mut self, number: u64) -> io::Result<&Page> {
        let place = match self.held.iter().position(|(held, _)| *held == number) {
            Some(place) => place,
            None => {
                self.held.push((number, Page::read(&mut self.pages, number)?));
                self.held.len() - 1
            }
        };
        Ok(&self.held[place].1)
    }

    fn write(&mut self, page: u64, n: usize, entry: Entry) -> io::Result<()> {
        if let Some((_, held)) = self.held.iter_mut().find(|(held, _)| *held == page) {
            held.0[n * ENTRY..][..ENTRY].copy_from_slice(&entry.bytes());
        }
        self.pages.write(page * PAGE as u64 + (n * ENTRY) as u64, &entry.bytes())
    }

    fn page_of(&self, key: u32) -> u64 {
        u64::from(key >> (u32::BITS - self.bits))
    }

    /// Twice as many pages: each becomes two, told apart by one more bit.
    fn double(&mut self) -> io::Result<()> {
        let bits = if self.bits == 0 { FIRST_BITS } else { self.bits + 1 };
        let mut doubled =
            Self { pages: self.pages.zeros(PAGE << bits)?, held: Vec::new(), bits, n_entries: self.n_entries };
        let n_pages = if self.bits == 0 { 0 } else { 1_u64 << self.bits };
        for number in 0..n_pages {
            let page = Page::read(&mut self.pages, number)?;
            let mut halves = [Page([0; PAGE]), Page([0; PAGE])];
            let mut n = [0, 0];
            for entry in page.entries() {
                let half = (doubled.page_of(entry.key) - 2 * number) as usize;
                halves[half].0[n[half] * ENTRY..][..ENTRY].copy_from_slice(&entry.bytes());
                n[half] += 1;
            }
            doubled.pages.write(2 * number * PAGE as u64, &halves.map(|half| half.0).concat())?;
        }
        *self = doubled;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u32,
    place: u32,
}

impl Entry {
    fn bytes(self) -> [u8; ENTRY] {
        (u64::from(self.place + 1) << 32 | u64::from(self.key)).to_le_bytes()
    }
}

#[derive(Debug)]
struct Page([u8; PAGE]);

impl Page {
    fn read(pages: &mut Bytes, number: u64) -> io::Result<Self> {
        let mut page = Self([0; PAGE]);
        pages.read(number * PAGE as u64, &mut page.0)?;
        Ok(page)
    }

    /// Its entries, which stand at its beginning.
    fn entries(&self) -> impl Iterator<Item = Entry> {
        let (entries, _) = self.0.as_chunks::<ENTRY>();
        let numbers = entries.iter().map(|bytes| u64::from_le_bytes(*bytes)).take_while(|number| *number != 0);
        numbers.map(|number| Entry { key: number as u32, place: (number >> 32) as u32 - 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn what_was_put_in_is_found(keys in prop::collection::vec(any::<u32>(), 0..3000), limit in 0_usize..100_000) {
            let folder = tempfile::tempdir().unwrap();
            let mut index = Index::new(Bytes::new(folder.path().to_owned(), limit));
            let mut places: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (place, key) in keys.into_iter().enumerate() {
                index.insert(key, place as u32).unwrap();
                if place % 7 == 0 {
                    index.release();
                }
                places.entry(key).or_default().push(place as u32);
            }
            for (key, expected) in places {
                let mut found = Vec::new();
                index.get(key, &mut found).unwrap();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn what_everything_shares_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::new(Bytes::new(folder.path().to_owned(), 1 << 20));
        let mut n_found = Vec::new();
        for place in 0..18 {
            index.insert(7, place).unwrap();
            let mut found = Vec::new();
            index.get(7, &mut found).unwrap();
            n_found.push(found.len());
        }
        assert_eq!(n_found[14..], [15, 0, 0, 0]);
    }
}

//! Numbers by the hash of what they belong to.

use super::pages::{Entry, Pages};
use std::{io, path::PathBuf};

/// 128 bits of BLAKE3: no two of them meet.
pub type Key = [u8; 16];

/// The key of a text.
pub fn key(text: &str) -> Key {
    *blake3::hash(text.as_bytes())
        .as_bytes()
        .first_chunk()
        .expect("a hash has 32 bytes")
}

/// Largest part of a map in memory, in bytes: some 20,000 keys.
const MEMORY: usize = 1 << 20;

/// A map from the keys of texts to 96 bits. A few MB are in memory, however large it is.
#[derive(Debug)]
pub struct DiskMap {
    pages: Pages<Pair, 28>,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    key: Key,
    value: (u64, u32),
}

impl Entry<28> for Pair {
    fn key(self) -> u32 {
        let [a, b, c, d, ..] = self.key;
        u32::from_be_bytes([a, b, c, d])
    }

    fn to_bytes(self) -> [u8; 28] {
        let mut bytes = [0; 28];
        bytes[..16].copy_from_slice(&self.key);
        bytes[16..24].copy_from_slice(&self.value.0.to_le_bytes());
        bytes[24..].copy_from_slice(&self.value.1.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; 28]) -> Self {
        let part = |at: usize| bytes[at..].first_chunk().expect("there are 28");
        let value = (
            u64::from_le_bytes(*part(16)),
            u32::from_le_bytes(*bytes.last_chunk().expect("there are 28")),
        );
        Self {
            key: *bytes.first_chunk().expect("there are 28"),
            value,
        }
    }
}

impl DiskMap {
    /// An empty one, whose file will be in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            pages: Pages::new(folder, MEMORY),
            len: 0,
        }
    }

    /// The value last put under `key`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn get(&self, key: Key) -> io::Result<Option<(u64, u32)>> {
        let pairs = self.pages.get(Pair { key, value: (0, 0) }.key())?;
        Ok(pairs
            .iter()
            .find(|pair| pair.key == key)
            .map(|pair| pair.value))
    }

    /// Puts `value` under `key`; a value that is there is replaced.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn insert(&mut self, key: Key, value: (u64, u32)) -> io::Result<()> {
        let pair = Pair { key, value };
        if !self.pages.replace(pair, |other| other.key == key)? {
            self.pages.insert(pair)?;
            self.len += 1;
        }
        Ok(())
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_last_is_got() {
        let mut map = DiskMap::new(std::env::temp_dir());
        let key = |n: u64| key(&n.to_string());
        for n in 0..50_000 {
            map.insert(key(n), (n << 20, 7)).unwrap();
        }
        for n in (0..50_000).step_by(10) {
            map.insert(key(n), (n, 9)).unwrap();
        }
        assert_eq!(map.len(), 50_000);
        assert_eq!(map.get(key(40)).unwrap(), Some((40, 9)));
        assert_eq!(map.get(key(49_999)).unwrap(), Some((49_999 << 20, 7)));
        assert_eq!(map.get(key(50_000)).unwrap(), None);
    }
}

//! Temporary file for what is needed later and would fill the memory; it goes with the process.

use examen_files::scratch::Tail;
use serde::{Serialize, de::DeserializeOwned};
use std::{io, marker::PhantomData};

/// So many bytes wait in memory before they are written.
const MEMORY: usize = 1 << 18;

/// Values of one type, on the disk.
#[derive(Debug)]
pub(crate) struct Spool<T> {
    bytes: Tail,
    values: PhantomData<fn() -> T>,
}

/// Where a value waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    start: u64,
    length: u32,
}

impl<T> Default for Spool<T> {
    fn default() -> Self {
        Self {
            bytes: Tail::new(std::env::temp_dir(), MEMORY),
            values: PhantomData,
        }
    }
}

impl<T: Serialize + DeserializeOwned> Spool<T> {
    pub(crate) fn put(&mut self, value: &T) -> io::Result<Place> {
        let bytes = serde_json::to_vec(value)?;
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let place = Place {
            start: self.bytes.len(),
            length,
        };
        self.bytes.append(&bytes)?;
        Ok(place)
    }

    pub(crate) fn get(&mut self, place: Place) -> io::Result<T> {
        let mut bytes = vec![0; place.length as usize];
        self.bytes.read(place.start, &mut bytes)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_got(values in prop::collection::vec(".{0,20}", 0..20)) {
            let mut spool = Spool::default();
            let places: Vec<Place> = values.iter().map(|value| spool.put(value).unwrap()).collect();
            for (value, place) in values.iter().zip(places).rev() {
                prop_assert_eq!(&spool.get(place).unwrap(), value);
            }
        }
    }
}

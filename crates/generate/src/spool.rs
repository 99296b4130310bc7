//! What is needed later and would fill the memory waits in a temporary file, which goes with the process.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    marker::PhantomData,
};

/// Values of one type, on the disk.
#[derive(Debug)]
pub(crate) struct Spool<T> {
    file: Option<File>,
    end: u64,
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
        Self { file: None, end: 0, values: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned> Spool<T> {
    pub(crate) fn put(&mut self, value: &T) -> io::Result<Place> {
        let bytes = serde_json::to_vec(value)?;
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let file = self.file()?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(&bytes)?;
        let place = Place { start: self.end, length };
        self.end += u64::from(length);
        Ok(place)
    }

    pub(crate) fn get(&mut self, place: Place) -> io::Result<T> {
        let mut bytes = vec![0; place.length as usize];
        let file = self.file()?;
        file.seek(SeekFrom::Start(place.start))?;
        file.read_exact(&mut bytes)?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile()?);
        }
        Ok(self.file.as_mut().expect("it was just opened"))
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

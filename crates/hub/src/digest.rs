//! SHA-256 of what is on the disk or on its way there.

use crate::error::HubError;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

/// Passes bytes on to `out`, counts them and keeps their hash.
pub(crate) struct Hashing<W> {
    out: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    /// The writer, the number of bytes and their hash in hexadecimal.
    pub(crate) fn finish(self) -> (W, u64, String) {
        (self.out, self.bytes, hexadecimal(&self.hasher.finalize()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Size and hash of a file.
pub(crate) fn of_file(path: &Path) -> Result<(u64, String), HubError> {
    let hash = || {
        let mut hashing = Hashing::new(io::sink());
        // 1 MiB at a time: model files are large, and the default of 8 KiB is not.
        let mut buffer = vec![0; 1 << 20];
        let mut file = File::open(path)?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => hashing.write_all(&buffer[..n])?,
            }
        }
        let (_, bytes, sha256) = hashing.finish();
        Ok((bytes, sha256))
    };
    hash().map_err(HubError::io("read", path))
}

/// Fails if `found` is not `expected`; any case of the digits.
pub(crate) fn check(what: &str, expected: Option<&str>, found: &str) -> Result<(), HubError> {
    match expected {
        Some(expected) if !expected.eq_ignore_ascii_case(found) => Err(HubError::WrongHash {
            what: what.to_owned(),
            expected: expected.to_ascii_lowercase(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The same for a model, which has a hash if it is one file.
pub(crate) fn check_model(
    what: &str,
    expected: Option<&str>,
    found: Option<&str>,
) -> Result<(), HubError> {
    match found {
        Some(found) => check(what, expected, found),
        None if expected.is_some() => Err(HubError::NotOneFile {
            what: what.to_owned(),
        }),
        None => Ok(()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Bytes of a file of rows: from the disk, or from memory where they had to be decoded first.

use crate::{
    error::{FilesError, Result},
    regular,
};
use std::{
    io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes to read from any place on.
pub(super) trait Bytes: Read + Seek + Send + std::fmt::Debug {}

impl<T: Read + Seek + Send + std::fmt::Debug> Bytes for T {}

/// A file of text in UTF-8 or, in memory, UTF-16.
#[derive(Debug, Clone)]
pub(super) struct Input {
    path: PathBuf,
    decoded: Option<Arc<[u8]>>,
    /// First byte after a byte-order mark.
    pub(super) start: u64,
}

/// A longer file in UTF-16 is not read.
const MAX_DECODED: u64 = 256 << 20;
/// So much of the beginning tells the encoding.
const BEGINNING: u64 = 4096;

impl Input {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |error| FilesError::io("read", path)(error);
        let mut beginning = Vec::new();
        let file = regular::open(path).map_err(failed)?;
        file.take(BEGINNING)
            .read_to_end(&mut beginning)
            .map_err(failed)?;
        let start = if beginning.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        };
        let decoded = match is_big_endian(&beginning) {
            None => None,
            Some(is_big) => Some(decode(path, is_big)?),
        };
        Ok(Self {
            path: path.to_owned(),
            decoded,
            start,
        })
    }

    /// The bytes from one on.
    pub(super) fn at(&self, start: u64) -> io::Result<Box<dyn Bytes>> {
        let mut bytes: Box<dyn Bytes> = match &self.decoded {
            Some(decoded) => Box::new(Cursor::new(Arc::clone(decoded))),
            None => Box::new(regular::open(&self.path)?),
        };
        bytes.seek(SeekFrom::Start(start))?;
        Ok(bytes)
    }

    pub(super) fn buffered(&self, start: u64) -> io::Result<BufReader<Box<dyn Bytes>>> {
        Ok(BufReader::with_capacity(1 << 16, self.at(start)?))
    }

    /// The first line, and no more than a part of it where it is long.
    pub(super) fn first_line(&self, start: u64) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.buffered(start)?
            .take(1 << 16)
            .read_until(b'\n', &mut line)?;
        Ok(line)
    }
}

/// True for UTF-16 with the larger half of a unit first, false with the smaller; `None` for other text. By its mark, or
/// by NUL on one side of most units.
fn is_big_endian(beginning: &[u8]) -> Option<bool> {
    match beginning {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(false),
        [0xfe, 0xff, ..] => Some(true),
        _ => {
            let n_nul = |offset: usize| {
                beginning
                    .iter()
                    .skip(offset)
                    .step_by(2)
                    .filter(|&&byte| byte == 0)
                    .count()
            };
            let many = beginning.len() / 5;
            match (n_nul(0), n_nul(1)) {
                (0, odd) if odd > many => Some(false),
                (even, 0) if even > many => Some(true),
                _ => None,
            }
        }
    }
}

/// The file in UTF-8, without a mark.
fn decode(path: &Path, is_big: bool) -> Result<Arc<[u8]>> {
    let mut bytes = Vec::new();
    let file = regular::open(path).map_err(FilesError::io("read", path))?;
    file.take(MAX_DECODED + 1)
        .read_to_end(&mut bytes)
        .map_err(FilesError::io("read", path))?;
    if bytes.len() as u64 > MAX_DECODED {
        return Err(FilesError::Damaged {
            path: path.to_owned(),
            message: format!(
                "UTF-16 is read up to {} MB; save it as UTF-8",
                MAX_DECODED >> 20
            ),
        });
    }
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if is_big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    };
    let units: Vec<u16> = bytes.chunks_exact(2).map(unit).collect();
    let text = String::from_utf16_lossy(&units);
    Ok(text
        .strip_prefix('\u{feff}')
        .unwrap_or(&text)
        .as_bytes()
        .into())
}

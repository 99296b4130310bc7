//! The content of a large file, or of a part of it.

use crate::{
    large::{LargeFiles, files::FileRecord, xorbs::damaged},
    refusal::Answer,
    storage::if_there,
};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::PathBuf,
};
use xet_core_structures::xorb_object::deserialize_chunk;

/// Bytes that are read at a time.
const PIECE: usize = 256 * 1024;

/// Where a large file's content is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// In a file as it is.
    Plain(PathBuf),
    /// In pieces.
    Pieces(FileRecord),
}

/// Takes pieces of a content; false when it wants no more.
pub(crate) type Pieces<'a> = &'a mut dyn FnMut(Vec<u8>) -> bool;

impl LargeFiles {
    /// The content with this SHA-256, if it is here, and its length.
    pub(crate) fn content(&self, sha256: &str) -> Answer<Option<(Content, u64)>> {
        if let Some(hash) = self.xet_hash(sha256)?
            && let Some(record) = self.file(&hash)?
        {
            let size = record.size;
            return Ok(Some((Content::Pieces(record), size)));
        }
        let path = self.plain_path(sha256);
        let metadata = if_there(path.metadata())?;
        Ok(metadata.map(|metadata| (Content::Plain(path), metadata.len())))
    }
}

impl Content {
    /// Reads the bytes `range`, piece after piece.
    pub(crate) fn read(&self, large: &LargeFiles, range: Range<u64>, pieces: Pieces) -> Answer<()> {
        match self {
            Self::Plain(path) => read_file(&File::open(path)?, range, pieces),
            Self::Pieces(record) => read_record(large, record, range, pieces),
        }
    }
}

/// Reads the bytes `range` of a file, piece after piece.
pub(crate) fn read_file(mut file: &File, range: Range<u64>, pieces: Pieces) -> Answer<()> {
    file.seek(SeekFrom::Start(range.start))?;
    let mut left = range.end.saturating_sub(range.start);
    while left > 0 {
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        file.read_exact(&mut piece)?;
        left -= piece.len() as u64;
        if !pieces(piece) {
            break;
        }
    }
    Ok(())
}

fn read_record(
    large: &LargeFiles,
    record: &FileRecord,
    range: Range<u64>,
    pieces: Pieces,
) -> Answer<()> {
    for (mut at, segment) in record.segments_in(range.clone()) {
        let (xorb, mut file) = large.needed_xorb(&segment.xorb)?;
        let (first, _) = xorb
            .get_byte_offset(segment.start, segment.end)
            .map_err(damaged)?;
        file.seek(SeekFrom::Start(u64::from(first)))?;
        let mut reader = io::BufReader::with_capacity(PIECE, file);
        for _ in segment.start..segment.end {
            if at >= range.end {
                return Ok(());
            }
            let (piece, ..) = deserialize_chunk(&mut reader).map_err(damaged)?;
            let end = at + piece.len() as u64;
            if let Some(part) = overlap(piece, at, &range)
                && !pieces(part)
            {
                return Ok(());
            }
            at = end;
        }
    }
    Ok(())
}

/// The part of a piece, which begins at `at`, that is in the range.
fn overlap(mut piece: Vec<u8>, at: u64, range: &Range<u64>) -> Option<Vec<u8>> {
    let length = piece.len() as u64;
    let (from, to) = (
        range.start.saturating_sub(at).min(length),
        range.end.saturating_sub(at).min(length),
    );
    if from >= to {
        return None;
    }
    piece.truncate(to as usize);
    Some(match from {
        0 => piece,
        from => piece.split_off(from as usize),
    })
}

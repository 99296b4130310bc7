//! Files that come by Xet: a shard says which pieces make a file, and each claim of it is checked before it is believed.

use crate::{
    large::{Content, FILES, LargeFiles, SHA256, xorbs::damaged},
    refusal::{Answer, Refusal},
    storage::{git::hex, if_there},
};
use examen_files::atomic;
use futures::io::Cursor;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fs, io, ops::Range};
use xet_core_structures::{
    merklehash::{MerkleHash, file_hash},
    metadata_shard::{file_structs::MDBFileInfoView, streaming_shard::MDBMinimalShard},
    xorb_object::XorbObject,
};

/// A file that came by Xet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    pub(crate) sha256: String,
    pub(crate) size: u64,
    pub(crate) segments: Vec<Segment>,
}

/// Pieces `start..end` of a xorb, and the bytes that they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) xorb: String,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) bytes: u32,
}

impl FileRecord {
    /// The segments that have bytes of the range, each with the byte where it begins.
    pub(super) fn segments_in(&self, range: Range<u64>) -> impl Iterator<Item = (u64, &Segment)> {
        let begun = self.segments.iter().scan(0, |end, segment| {
            let start = *end;
            *end += u64::from(segment.bytes);
            Some((start, *end, segment))
        });
        let here = begun.filter(move |(start, end, _)| *end > range.start && *start < range.end);
        here.map(|(start, _, segment)| (start, segment))
    }
}

/// Xorbs that were opened for one shard.
type Opened = HashMap<MerkleHash, XorbObject>;

impl LargeFiles {
    /// Keeps the files that a shard tells of; false if all were there.
    pub(crate) fn add_shard(&self, body: Vec<u8>) -> Answer<bool> {
        let limit = body.len() as u64;
        let mut body = Cursor::new(body);
        let reading = MDBMinimalShard::from_reader_async(&mut body, true, true, Some(limit));
        // A cursor is never waited for.
        let shard = futures::executor::block_on(reading)
            .map_err(|error| Refusal::invalid(format!("this is no shard: {error}")))?;
        let (mut opened, mut is_new) = (Opened::new(), false);
        for view in (0..shard.num_files()).filter_map(|at| shard.file(at)) {
            is_new |= self.add_file(view, &mut opened)?;
        }
        Ok(is_new)
    }

    fn add_file(&self, view: &MDBFileInfoView, opened: &mut Opened) -> Answer<bool> {
        let hash = view.file_hash();
        let path = self.path(FILES, &hash.hex());
        if path.exists() {
            // Cleaning leaves alone what was sent lately.
            fs::File::open(&path)?.set_modified(std::time::SystemTime::now())?;
            return Ok(false);
        }
        let segments = self.check_file(view, opened)?;
        let size = segments
            .iter()
            .map(|segment| u64::from(segment.bytes))
            .sum();
        let mut record = FileRecord {
            sha256: String::new(),
            size,
            segments,
        };
        record.sha256 = self.sha256(&record)?;
        let claimed = view.metadata_ext().map(|known| sha256_hex(&known.sha256));
        if claimed.is_some_and(|claimed| claimed != record.sha256) {
            return Err(Refusal::invalid(
                "the file has another SHA-256 than the shard says",
            ));
        }
        let json = serde_json::to_vec(&record).map_err(io::Error::other)?;
        atomic::write_bytes(&path, &json)?;
        atomic::write_bytes(&self.path(SHA256, &record.sha256), hash.hex().as_bytes())?;
        Ok(true)
    }

    /// The segments of a file, if the xorbs are there, have these pieces, and the pieces make the file.
    fn check_file(&self, view: &MDBFileInfoView, opened: &mut Opened) -> Answer<Vec<Segment>> {
        let (mut chunks, mut segments) = (Vec::new(), Vec::new());
        for at in 0..view.num_entries() {
            let entry = view.entry(at);
            let xorb = self.opened(&entry.xorb_hash, opened)?;
            let (start, end) = (entry.chunk_index_start, entry.chunk_index_end);
            let wrong = |_| Refusal::invalid("the shard names pieces that its xorb does not have");
            let pieces = xorb.chunk_hash_sizes(start, end).map_err(wrong)?;
            let range_hash = xorb.generate_chunk_range_hash(start, end).map_err(wrong)?;
            let is_proved =
                !view.contains_verification() || view.verification(at).range_hash == range_hash;
            let bytes: u64 = pieces.iter().map(|(_, size)| size).sum();
            if !is_proved || bytes != u64::from(entry.unpacked_segment_bytes) {
                return Err(Refusal::invalid(
                    "the shard's pieces are not those of the xorb",
                ));
            }
            if at == 0
                && let Some((first, _)) = pieces.first()
            {
                self.note_chunk(first, &entry.xorb_hash)?;
            }
            chunks.extend(pieces);
            let (xorb, bytes) = (entry.xorb_hash.hex(), entry.unpacked_segment_bytes);
            segments.push(Segment {
                xorb,
                start,
                end,
                bytes,
            });
        }
        match file_hash(&chunks) == view.file_hash() {
            true => Ok(segments),
            false => Err(Refusal::invalid(
                "the pieces make another file than the shard says",
            )),
        }
    }

    fn opened<'a>(&self, hash: &MerkleHash, opened: &'a mut Opened) -> Answer<&'a XorbObject> {
        if !opened.contains_key(hash) {
            let found = self.xorb(hash)?;
            let (xorb, _) = found.ok_or_else(|| {
                Refusal::invalid("the shard names a xorb that did not come; send it first")
            })?;
            opened.insert(*hash, xorb);
        }
        opened
            .get(hash)
            .ok_or_else(|| damaged(xet_core_structures::CoreError::InvalidArguments))
    }

    fn sha256(&self, record: &FileRecord) -> Answer<String> {
        let mut hash = Sha256::new();
        let content = Content::Pieces(record.clone());
        content.read(self, 0..record.size, &mut |bytes| {
            hash.update(&bytes);
            true
        })?;
        Ok(hex(&hash.finalize()))
    }

    /// A file by its hash in Xet.
    pub(crate) fn file(&self, hash: &str) -> Answer<Option<FileRecord>> {
        let bytes = if_there(fs::read(self.path(FILES, hash)))?;
        let record = bytes
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose();
        Ok(record.map_err(io::Error::other)?)
    }

    /// The hash in Xet of the file with this SHA-256, if it came that way.
    pub(crate) fn xet_hash(&self, sha256: &str) -> Answer<Option<String>> {
        let hash = if_there(fs::read_to_string(self.path(SHA256, sha256)))?;
        Ok(hash.filter(|hash| self.path(FILES, hash).exists()))
    }
}

/// A SHA-256 in a shard is written as four numbers, whose digits are in the order of the bytes.
fn sha256_hex(hash: &MerkleHash) -> String {
    hash.hex()
}

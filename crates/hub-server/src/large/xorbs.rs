//! Xorbs: up to 64 MiB of pieces of files, each compressed for itself.

use crate::{
    large::{CHUNKS, LargeFiles, XORBS},
    refusal::{Answer, Refusal},
    storage::if_there,
};
use examen_files::atomic;
use std::{
    fs::{self, File},
    io::{self, Cursor, Read, Write},
    time::Duration,
};
use xet_core_structures::{
    CoreError,
    merklehash::{MerkleHash, compute_data_hash, xorb_hash},
    metadata_shard::{
        MDBShardInfo, hash_is_global_dedup_eligible,
        shard_in_memory::MDBInMemoryShard,
        xorb_structs::{MDBXorbInfo, XorbChunkSequenceEntry, XorbChunkSequenceHeader},
    },
    xorb_object::{
        XorbChunkHeader, XorbObject, XorbObjectInfoV1,
        constants::{MAX_CHUNK_SIZE, MAX_XORB_BYTES, MAX_XORB_CHUNKS},
        deserialize_chunk_header,
    },
};

/// Largest body that may be a xorb: its pieces, their heads, and where they begin.
pub(crate) const LARGEST_XORB: usize = 66 * 1024 * 1024;
/// Bytes that a piece may be longer when it is compressed.
const SLACK: usize = 1024;
/// How long clients may keep what they were told of pieces: the time that cleaning leaves new xorbs alone.
const TOLD_FOR: Duration = Duration::from_secs(24 * 60 * 60);

impl LargeFiles {
    /// Keeps a xorb, if it is the one that it says it is; false if it was there.
    pub(crate) fn add_xorb(&self, claimed: &MerkleHash, body: &[u8]) -> Answer<bool> {
        let path = self.path(XORBS, &claimed.hex());
        if path.exists() {
            // Cleaning leaves alone what was asked for lately.
            File::open(&path)?.set_modified(std::time::SystemTime::now())?;
            return Ok(false);
        }
        let (info, length) = read_pieces(body)
            .map_err(|fault| Refusal::invalid(format!("this is no xorb: {fault}")))?;
        if info.xorb_hash != *claimed {
            return Err(Refusal::invalid(
                "the xorb is another than its address says; send it again",
            ));
        }
        let chunks = info.chunk_hashes.clone();
        atomic::write(&path, |out| {
            out.write_all(&body[..length])?;
            let mut out = Forward(out);
            XorbObject::serialize_given_info(&mut out, info).map_err(io::Error::other)?;
            Ok(())
        })?;
        let asked_for = chunks
            .iter()
            .filter(|chunk| hash_is_global_dedup_eligible(chunk));
        asked_for
            .into_iter()
            .try_for_each(|chunk| self.note_chunk(chunk, claimed))?;
        Ok(true)
    }

    /// Notes which xorb has a piece that clients ask for.
    pub(super) fn note_chunk(&self, chunk: &MerkleHash, xorb: &MerkleHash) -> Answer<()> {
        let path = self.path(CHUNKS, &chunk.hex());
        match path.exists() {
            true => Ok(()),
            false => Ok(atomic::write_bytes(&path, xorb.hex().as_bytes())?),
        }
    }

    /// What the xorb has, and the file of it, if there is one.
    pub(crate) fn xorb(&self, hash: &MerkleHash) -> Answer<Option<(XorbObject, File)>> {
        let Some(mut file) = if_there(File::open(self.path(XORBS, &hash.hex())))? else {
            return Ok(None);
        };
        let xorb = XorbObject::deserialize(&mut file).map_err(damaged)?;
        Ok(Some((xorb, file)))
    }

    /// The xorb that a file is made of, by its hash in hexadecimal digits.
    pub(super) fn needed_xorb(&self, hash: &str) -> Answer<(XorbObject, File)> {
        let found = super::hash(hash).map(|hash| self.xorb(&hash)).transpose()?;
        let gone = || io::Error::other(format!("xorb {hash} is gone"));
        Ok(found.flatten().ok_or_else(gone)?)
    }

    /// What clients are told who have a piece that a xorb has too: all its pieces, in the form of a shard.
    pub(crate) fn xorb_of_chunk(&self, chunk: &MerkleHash) -> Answer<Option<Vec<u8>>> {
        let noted = if_there(fs::read_to_string(self.path(CHUNKS, &chunk.hex())))?;
        let Some(hash) = noted.and_then(|noted| super::hash(&noted)) else {
            return Ok(None);
        };
        let Some((xorb, file)) = self.xorb(&hash)? else {
            return Ok(None);
        };
        file.set_modified(std::time::SystemTime::now())?;
        Ok(Some(shard_of(&hash, &xorb).map_err(damaged)?))
    }
}

/// An error of what we wrote ourselves.
pub(super) fn damaged(error: CoreError) -> Refusal {
    io::Error::other(format!("a large file is damaged: {error}")).into()
}

/// `Write` of a trait object, for functions that want a type.
struct Forward<'a>(&'a mut dyn Write);

impl Write for Forward<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Where the pieces of a body begin, their hashes, and that of all; and the bytes that they take.
fn read_pieces(body: &[u8]) -> Result<(XorbObjectInfoV1, usize), String> {
    let mut info = XorbObjectInfoV1::default();
    let (mut sizes, mut reader, mut end) = (Vec::new(), Cursor::new(body), 0);
    while (reader.position() as usize) < body.len() {
        let header = match deserialize_chunk_header(&mut reader) {
            Ok(header) => header,
            // Older clients send where pieces begin as well. It is made anew.
            Err(CoreError::ChunkHeaderParse) => break,
            Err(error) => return Err(error.to_string()),
        };
        let piece = read_piece(&mut reader, &header)?;
        let hash = compute_data_hash(&piece);
        sizes.push((hash, piece.len() as u64));
        if sizes.len() > *MAX_XORB_CHUNKS {
            return Err(format!("more than {} pieces", *MAX_XORB_CHUNKS));
        }
        end = reader.position() as usize;
        let unpacked =
            info.unpacked_chunk_offsets.last().copied().unwrap_or(0) as usize + piece.len();
        if unpacked > *MAX_XORB_BYTES {
            return Err(format!("more than {} bytes", *MAX_XORB_BYTES));
        }
        info.chunk_hashes.push(hash);
        info.chunk_boundary_offsets.push(end as u32);
        info.unpacked_chunk_offsets.push(unpacked as u32);
    }
    if sizes.is_empty() {
        return Err("no pieces".to_owned());
    }
    info.xorb_hash = xorb_hash(&sizes);
    info.num_chunks = sizes.len() as u32;
    info.fill_in_boundary_offsets();
    Ok((info, end))
}

/// One piece of at most the size that pieces have.
fn read_piece(reader: &mut Cursor<&[u8]>, header: &XorbChunkHeader) -> Result<Vec<u8>, String> {
    let (packed, unpacked) = (
        header.get_compressed_length() as usize,
        header.get_uncompressed_length() as usize,
    );
    if packed > *MAX_CHUNK_SIZE + SLACK || unpacked > *MAX_CHUNK_SIZE || unpacked == 0 {
        return Err(format!(
            "a piece has more than {} bytes, or none",
            *MAX_CHUNK_SIZE
        ));
    }
    let mut bytes = vec![0; packed];
    reader
        .read_exact(&mut bytes)
        .map_err(|_| "a piece is cut off".to_owned())?;
    let scheme = header
        .get_compression_scheme()
        .map_err(|error| error.to_string())?;
    let piece = scheme
        .decompress_from_slice(&bytes)
        .map_err(|error| error.to_string())?;
    match piece.len() == unpacked {
        true => Ok(piece.into_owned()),
        false => Err("a piece has another length than its head says".to_owned()),
    }
}

fn shard_of(hash: &MerkleHash, xorb: &XorbObject) -> Result<Vec<u8>, CoreError> {
    let info = &xorb.info;
    let mut start = 0;
    let mut chunks = Vec::with_capacity(info.chunk_hashes.len());
    for (chunk, end) in info.chunk_hashes.iter().zip(&info.unpacked_chunk_offsets) {
        chunks.push(XorbChunkSequenceEntry::new(*chunk, end - start, start));
        start = *end;
    }
    let metadata = XorbChunkSequenceHeader::new(*hash, chunks.len() as u32, start);
    let mut shard = MDBInMemoryShard::default();
    shard.add_xorb_block(MDBXorbInfo { metadata, chunks })?;
    let mut bytes = Vec::new();
    MDBShardInfo::serialize_from(&mut bytes, &shard, Some(TOLD_FOR))?;
    Ok(bytes)
}

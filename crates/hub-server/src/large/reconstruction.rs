//! What a client of Xet needs to put a file together itself: which pieces of which xorbs, and where their bytes are.

use crate::{
    large::{LargeFiles, files::FileRecord, xorbs::damaged},
    refusal::Answer,
};
use serde::Serialize;
use std::{collections::BTreeMap, ops::Range};
use xet_core_structures::xorb_object::XorbObject;

/// From `start` to `end`: without the end for pieces, with it for bytes, as the protocol has them.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// Pieces that come next in the file.
#[derive(Debug, Serialize)]
pub(crate) struct Term {
    pub(crate) hash: String,
    pub(crate) unpacked_length: u32,
    pub(crate) range: Span,
}

/// Bytes of a xorb that are fetched at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetch {
    pub(crate) chunks: Span,
    pub(crate) bytes: Span,
}

/// How a part of a file is put together.
#[derive(Debug)]
pub(crate) struct Reconstruction {
    pub(crate) offset_into_first_range: u64,
    pub(crate) terms: Vec<Term>,
    pub(crate) fetches: BTreeMap<String, Vec<Fetch>>,
}

impl LargeFiles {
    /// How the bytes `range` of the file are put together.
    pub(crate) fn reconstruct(
        &self,
        record: &FileRecord,
        range: &Range<u64>,
    ) -> Answer<Reconstruction> {
        let (mut terms, mut fetches) = (Vec::new(), BTreeMap::<String, Vec<Fetch>>::new());
        let mut offset = None;
        for (at, segment) in record.segments_in(range.clone()) {
            let (xorb, _) = self.needed_xorb(&segment.xorb)?;
            let (chunks, first_byte) = trim(&xorb, segment.start..segment.end, at, range)?;
            offset.get_or_insert(range.start.saturating_sub(first_byte));
            let unpacked_length = xorb
                .uncompressed_range_length(chunks.start, chunks.end)
                .map_err(damaged)?;
            let (first, last) = xorb
                .get_byte_offset(chunks.start, chunks.end)
                .map_err(damaged)?;
            let bytes = Span {
                start: first.into(),
                end: u64::from(last) - 1,
            };
            let chunks = Span {
                start: chunks.start.into(),
                end: chunks.end.into(),
            };
            terms.push(Term {
                hash: segment.xorb.clone(),
                unpacked_length,
                range: chunks,
            });
            let fetches = fetches.entry(segment.xorb.clone()).or_default();
            fetches.push(Fetch { chunks, bytes });
        }
        fetches.values_mut().for_each(merge);
        Ok(Reconstruction {
            offset_into_first_range: offset.unwrap_or(0),
            terms,
            fetches,
        })
    }
}

/// The pieces of a segment, which begins at byte `at`, that have bytes of the range; and where the first begins.
fn trim(
    xorb: &XorbObject,
    pieces: Range<u32>,
    at: u64,
    range: &Range<u64>,
) -> Answer<(Range<u32>, u64)> {
    let (mut kept, mut first_byte, mut at) = (pieces.start..pieces.start, at, at);
    for piece in pieces {
        let end = at + u64::from(xorb.uncompressed_chunk_length(piece).map_err(damaged)?);
        if end <= range.start {
            (kept, first_byte) = (piece + 1..piece + 1, end);
        } else if at < range.end {
            kept.end = piece + 1;
        }
        at = end;
    }
    Ok((kept, first_byte))
}

/// Pieces that touch or overlap are fetched once.
fn merge(fetches: &mut Vec<Fetch>) {
    fetches.sort_by_key(|fetch| fetch.chunks.start);
    fetches.dedup_by(|next, kept| {
        let touches = next.chunks.start <= kept.chunks.end;
        if touches {
            kept.chunks.end = kept.chunks.end.max(next.chunks.end);
            kept.bytes.end = kept.bytes.end.max(next.bytes.end);
        }
        touches
    });
}

//! Plain text.

use super::{Format, bytes};
use crate::reading::{ReadError, decode::decode};
use examen_core::Contents;

/// A file that is its text: standard input in which nothing else is recognised.
pub(super) const FORMAT: Format = Format {
    name: "text",
    extensions: &["txt", "text"],
    begins: |_| false,
    read: |path| Ok(contents(&bytes(path)?)?),
};

fn contents(bytes: &[u8]) -> Result<Contents, ReadError> {
    Ok(Contents {
        text: decode(bytes)?,
        ..Contents::default()
    })
}

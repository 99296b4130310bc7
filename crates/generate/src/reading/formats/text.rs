//! Plain text.

use super::{Format, bytes};
use crate::reading::{ReadError, bulk, decode::noticed};
use examen_core::Contents;

/// A file that is its text: standard input in which nothing else is recognised.
pub(super) const FORMAT: Format = Format {
    name: "text",
    extensions: &["txt", "text"],
    begins: |_| false,
    read: |path| Ok(contents(&bytes(path)?)?),
    picture: None,
};

fn contents(bytes: &[u8]) -> Result<Contents, ReadError> {
    let (text, notice) = noticed(bytes)?;
    let (text, bulk) = bulk::without(text);
    if text.trim().is_empty() {
        return Err(ReadError::NoText);
    }
    Ok(Contents {
        text,
        notices: notice.into_iter().chain(bulk).collect(),
        ..Contents::default()
    })
}

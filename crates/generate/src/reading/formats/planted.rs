//! A format of the tests alone, which `seams` looks for wherever formats matter.

use super::{Format, bytes};
use examen_core::Contents;

/// A file whose text is one sentence for each of its bytes.
pub(crate) const FORMAT: Format = Format {
    name: "Planted",
    extensions: &["planted"],
    begins: |beginning| beginning.starts_with(b"\0planted"),
    read: |path| Ok(contents(&bytes(path)?)),
    picture: None,
};

fn contents(bytes: &[u8]) -> Contents {
    Contents {
        text: "A planted file holds bytes. ".repeat(bytes.len()),
        ..Contents::default()
    }
}

//! Kinds of documents, as those who read them are registered.

use crate::Contents;
use std::{error::Error, path::Path};

/// A kind of document.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name, for help: `EPUB`.
    pub name: &'static str,
    /// The extensions of its files, in lower case, without the dot; standard input is kept under the first.
    pub extensions: &'static [&'static str],
    /// True for the first bytes of such a file, to recognise standard input.
    pub begins: fn(&[u8]) -> bool,
    /// Reads a file. The error follows the file's name in a sentence.
    pub read: fn(&Path) -> Result<Contents, Box<dyn Error + Send + Sync>>,
    /// Shows a page, from 0, as a picture in PNG; `None` where the format has no pages that may be pictures.
    pub picture: Option<Picture>,
}

/// A page of a file as a picture. The error follows the file's name in a sentence.
pub type Picture = fn(&Path, usize) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// Formats are told apart by their names.
impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

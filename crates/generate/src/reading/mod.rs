//! From the input's files to the text of each document: which files there are, what their bytes say, in this process or
//! in one of its own.

pub(crate) mod archive;
mod bulk;
pub mod child;
pub mod decode;
pub mod documents;
mod error;
pub mod formats;
pub mod ocr;
mod requests;

pub use error::ReadError;

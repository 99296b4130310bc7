//! From documents to the passages that are asked about: what is skipped, where a document is cut, which passages belong
//! together.

pub(crate) mod boilerplate;
pub mod chunk;
pub(crate) mod context;
pub(crate) mod cut;
mod pairs;
mod passage;
pub mod sentences;
mod tables;

pub use boilerplate::Skipped;
pub(crate) use passage::{Passage, Turn};

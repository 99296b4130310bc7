//! Words, patterns, word lists, languages, and quotes in their passages: what a text says, whatever it is for.

pub mod language;
pub(crate) mod lexicon;
pub(crate) mod pattern;
pub mod quote;
pub mod similarity;
pub(crate) mod words;

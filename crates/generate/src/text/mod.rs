//! Words, patterns, word lists, languages, and quotes in their passages: what a text says, whatever it is for.

pub mod language;
pub mod languages;
pub(crate) mod lexicon;
pub(crate) mod pattern;
pub mod quote;
pub(crate) mod script;
pub mod similarity;
pub(crate) mod terms;
pub(crate) mod trigrams;
pub(crate) mod words;

pub use script::length;

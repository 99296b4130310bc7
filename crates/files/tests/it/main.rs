//! What is written is read again, by us and in the layout that Python's `datasets` and distilabel know.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod atomic;
mod distiset;
mod exam;
mod hostile;
mod journal;
mod rows;
mod table;

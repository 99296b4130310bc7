//! The merge rule case by case, the folder, the card, and what Python is given to open.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod folder;
mod interop;
mod merge;
mod records;

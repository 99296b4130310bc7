//! The engine against other programs' numbers, against itself, and against broken files.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as assertions do")]

mod broken_files;
mod chat;
mod checkpoints;
mod constraints;
mod golden;
mod scoring;
mod support;

//! The engine against other programs' numbers, against itself, and against broken files.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as assertions do")]

mod adapters;
mod broken_files;
mod chat;
mod checkpoints;
mod constraints;
mod golden;
mod parts;
mod refusals;
mod scoring;
mod support;
mod templates;
mod tokenizers;

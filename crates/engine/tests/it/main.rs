//! The engine against other programs' numbers, against itself, and against broken files.

mod broken_files;
mod chat;
mod checkpoints;
mod golden;
mod scoring;
mod support;

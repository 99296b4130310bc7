//! The binary as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cli;
mod docs;
mod interrupted;
mod original_flags;
mod server;
mod support;

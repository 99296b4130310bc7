//! The API as its clients use it, with a tiny model.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod answers;
mod guards;
mod support;

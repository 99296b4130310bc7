//! Manners of an HTTP client: how it is built, how long it waits, how much it reads, and what it tells of a refusal.
//!
//! Written once for every crate that talks to servers (`llm`, `argilla`, `hub`). Knows no vendor's API and no error of
//! theirs: it takes headers, statuses and texts, and gives durations, classes and sentences.

mod body;
mod client;
mod reason;
mod retry;

pub use body::{BodyError, beginning, text};
pub use client::{ClientOptions, Redirects, client, is_this_machine, root_cause, secret};
pub use reason::{clip, reason};
pub use retry::{MAX_RETRY_AFTER, Repeat, repeat, retry_after, retry_delay};

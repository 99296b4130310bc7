//! Manners of an HTTP client: how it is built, how long it waits, how much it reads, what it tells of a
//! refusal, and what it never shows.
//!
//! Written once for every crate that talks to servers (`llm`, `argilla`, `hub`). Knows no vendor's API and no error of
//! theirs: it takes headers, statuses and texts, and gives durations, classes and sentences.

mod body;
mod client;
mod elsewhere;
mod json;
mod reason;
mod retry;
mod secrets;

pub use body::{BodyError, beginning, text};
pub use client::{ClientOptions, client, is_this_machine, root_cause};
pub use elsewhere::target;
pub use json::{JsonError, MAX_JSON_VALUES, json, n_values};
pub use reason::{clip, reason};
pub use retry::{MAX_RETRY_AFTER, Repeat, repeat, retry_after, retry_delay};
pub use secrets::{Secrets, secret, typed_without_secrets, without_secrets};

//! The hub as its clients meet it: requests and answers, without a network.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![expect(
    clippy::too_many_lines,
    reason = "a test of a whole course of events is read from top to bottom"
)]

mod cleaning;
mod hostile;
mod large;
mod pages;
mod pushing;
mod roles;
mod support;

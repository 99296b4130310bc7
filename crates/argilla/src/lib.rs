//! Argilla's REST API, version 1, as the `argilla` 2.8.0 SDK speaks it: what servers answer ([`answers`]), what clients
//! send and how it is read ([`bodies`], [`schema`]), times as it writes them ([`Time`]), and the bodies of errors
//! ([`errors`]); and a client ([`client`]).
//!
//! Knows no database. Only the client opens connections.

pub mod answers;
pub mod bodies;
pub mod client;
pub mod errors;
pub mod schema;
mod time;

pub use client::{Client, ClientError, ClientOptions};
pub use time::Time;

/// The version of Argilla whose API this is.
pub const VERSION: &str = "2.8.0";

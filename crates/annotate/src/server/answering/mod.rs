//! Requests read, and answers written, in the page's API.

mod error;
mod extract;
pub(super) mod headers;
pub(super) mod nul;

pub(super) use error::{ApiError, RETRY_UNAVAILABLE, StoreFailed, UNAVAILABLE, answer};
pub(super) use extract::{Body, Id, Parameters};

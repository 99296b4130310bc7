//! Who may do what, how much, and what is noted of it.

mod audit;
pub(super) mod auth;
pub(super) mod limits;
pub(super) mod login;

pub(super) use audit::Audit;
pub use auth::{SESSION_COOKIE, SESSION_LENGTH};

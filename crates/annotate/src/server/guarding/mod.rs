//! Authentication, logins, limits, and the audit log.

mod audit;
pub(super) mod auth;
pub(super) mod devices;
pub(super) mod limits;
pub(super) mod login;

pub(super) use audit::Audit;
pub use auth::{SESSION_COOKIE, SESSION_LENGTH};

//! Webhooks: their routes, and telling them what happened.

mod deliver;
mod describe;
pub(super) mod routes;
mod telling;

pub(in crate::server) use describe::{last_of_dataset, last_of_records, last_of_response};
pub(in crate::server) use telling::run;
pub use telling::send_due;

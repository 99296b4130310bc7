//! Events, and the webhooks that are told of them.

mod deliveries;
mod webhooks;

pub use deliveries::{Delivery, LastSeen, Postponed};
pub(in crate::store) use deliveries::{is_wanted, note, note_gone};
pub use webhooks::Webhook;

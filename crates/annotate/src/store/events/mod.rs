//! Events, and the webhooks that are told of them.

mod deliveries;
mod event;
mod webhooks;

pub use deliveries::{Claimed, Delivery, LastSeen, Postponed};
pub(in crate::store) use deliveries::{is_wanted, note, note_gone};
pub use event::Event;
pub use webhooks::Webhook;

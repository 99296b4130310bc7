//! Reviewers' queues, and the order of what waits in them.

pub(in crate::store) mod order;
mod pages;

pub use pages::{Queue, QueuePage};

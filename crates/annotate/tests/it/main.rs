//! What the store keeps, what the loader reads, and what the server answers.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![expect(
    clippy::too_many_lines,
    reason = "a test of a whole course of events is read from top to bottom"
)]

mod accounts;
mod api;
mod argilla;
mod audit;
mod backup;
mod concurrency;
mod format;
mod golden;
mod keys;
mod kill;
mod kinds;
mod load;
mod login;
mod migrate;
mod network;
mod openapi;
mod operations;
mod page;
mod pages;
mod postgres;
mod proxy;
mod push;
mod queues;
mod remote;
mod roles;
mod store;
mod strange;
mod support;
mod webhooks;

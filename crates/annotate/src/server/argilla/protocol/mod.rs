//! Requests and answers of Argilla's API: who calls, what was sent, what is answered.

pub(super) mod caller;
pub(super) mod commands;
pub(super) mod refused;
pub(super) mod request;
pub(super) mod wire;

//! Records, searches among them, their responses and suggestions.

pub(super) mod responses;
pub(super) mod routes;
pub(super) mod search;
pub(super) mod suggestions;

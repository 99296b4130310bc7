//! Records, searches among them, their responses and suggestions.

mod pages;
pub(super) mod responses;
pub(super) mod routes;
pub(super) mod search;
pub(super) mod suggestions;

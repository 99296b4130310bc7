//! The formats of a store, step by step.

pub(super) mod postgres;
pub(super) mod sqlite;

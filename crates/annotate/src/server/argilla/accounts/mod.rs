//! Users, workspaces and tokens.

pub(super) mod token;
pub(super) mod users;
pub(super) mod workspaces;

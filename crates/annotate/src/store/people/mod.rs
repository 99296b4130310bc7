//! Users, the workspaces they belong to, and their sessions.

mod sessions;
mod users;
mod workspaces;

pub use sessions::Session;
pub use users::{NewUser, Role, User, UserUpdate};
pub use workspaces::{DEFAULT_WORKSPACE, Workspace};

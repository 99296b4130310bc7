//! Users, the workspaces they belong to, and their sessions.

mod keys;
mod leaving;
mod second_factors;
mod sessions;
mod users;
mod workspaces;

pub use keys::{Access, NamedKey};
pub(in crate::store) use leaving::name_of;
pub use second_factors::SecondFactor;
pub use sessions::{NewSession, OpenSession, Session, session_id};
pub use users::{NewUser, Role, User, UserUpdate};
pub use workspaces::{DEFAULT_WORKSPACE, Workspace};

//! Models on servers. [`Remote`] is the one implementation; `vendors/` holds what sets the vendors' APIs apart, a file
//! each, and the list of presets. Every call is one try: retries, limits and budgets are wrapped around it.

mod completions;
mod cut;
pub mod dialect;
pub mod echo;
pub mod endpoint;
mod extra;
mod offered;
mod options;
mod remote;
mod server;
mod shape;
mod usage;
mod vendor;
mod vendors;

pub use offered::Offered;
pub use options::ServerOptions;
pub use remote::{Capabilities, Remote};
pub use vendor::Api;
pub use vendors::{PRESETS, Preset};

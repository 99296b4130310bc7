//! State of the server: its settings, and what it keeps from one request to the next.

mod app_state;
mod capacity;
mod clock;
mod exports;
mod login_limiter;
mod memory;
pub(super) mod metrics;
mod readiness;
mod searches;
mod settings;
mod shares;

pub use app_state::AppState;
pub(super) use capacity::{Overload, TooLarge};
pub use clock::{Clock, SystemClock};
pub(super) use login_limiter::{Attempt, Refused};
pub(super) use memory::Held;
pub use settings::{ApiKeys, Settings};
pub(super) use shares::Client;

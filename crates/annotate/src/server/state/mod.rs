//! State of the server: its settings, and what it keeps from one request to the next.

mod app_state;
mod capacity;
mod clock;
mod login_limiter;
pub(super) mod metrics;
mod readiness;
mod settings;

pub use app_state::AppState;
pub(super) use capacity::Overload;
pub use clock::{Clock, SystemClock};
pub use settings::{ApiKeys, Settings};

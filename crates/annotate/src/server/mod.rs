//! The review server: the JSON API under `/api/review` with the page that uses it, and Argilla's API under `/api/v1`.
//!
//! [`router`] is the whole application, callable without a socket; [`serve`] runs it until told to stop.

mod answering;
mod application;
mod argilla;
mod guarding;
mod listening;
mod observe;
mod openapi;
mod operations;
mod page;
mod routes;
mod state;

pub use application::{router, serve};
pub use argilla::webhooks::send_due;
pub use guarding::{SESSION_COOKIE, SESSION_LENGTH};
pub use listening::{BasePath, Certificate, Network, NoBasePath, NoNetwork, NoOrigin, Origin};
pub use page::HAS_PAGE;
pub use state::{ApiKeys, AppState, Clock, Settings, SystemClock};

//! The review server: the JSON API under `/api/review` with the page that uses it, and Argilla's API under `/api/v1`.
//!
//! [`router`] is the whole application, callable without a socket; [`serve`] runs it until told to stop.

mod answering;
mod application;
mod argilla;
mod guarding;
mod observe;
mod openapi;
mod operations;
mod page;
mod routes;
mod state;

use examen_listening as listening;

pub use application::{router, serve};
pub use argilla::webhooks::send_due;
pub use examen_listening::{
    BasePath, Certificate, CertificateError, Network, NoBasePath, NoNetwork, NoOrigin, Origin,
};
pub use guarding::{SESSION_COOKIE, SESSION_LENGTH};
pub use page::HAS_PAGE;
pub use state::{ApiKeys, AppState, Clock, Settings, SystemClock};

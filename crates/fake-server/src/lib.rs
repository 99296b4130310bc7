//! A server that speaks OpenAI's API and answers at once, or as late and as wrongly as it is told: what tests and
//! benchmarks ask instead of a model. It writes questions about the documents of [`document`].

#[cfg(feature = "server")]
mod abilities;
#[cfg(feature = "server")]
mod choice;
#[cfg(feature = "server")]
mod counters;
mod draw;
#[cfg(feature = "server")]
mod echo;
#[cfg(feature = "server")]
mod exam;
mod facts;
#[cfg(feature = "server")]
mod faults;
#[cfg(feature = "server")]
pub mod language;
#[cfg(feature = "server")]
mod server;

#[cfg(feature = "server")]
pub use abilities::{Abilities, Echo, EchoApi};
#[cfg(feature = "server")]
pub use counters::{Asked, Counters};
pub use draw::Draw;
pub use facts::{N_FACTS, document};
#[cfg(feature = "server")]
pub use faults::{Faults, Hold};
#[cfg(feature = "server")]
pub use server::FakeServer;

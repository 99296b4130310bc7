//! Connections, their encryption, and who is at the other end.

mod connections;
mod peer;
mod tls;

pub(super) use connections::serve;
pub(super) use peer::Peer;
pub use peer::{Network, NoNetwork};
pub use tls::Certificate;

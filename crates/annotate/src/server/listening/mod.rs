//! Connections, their encryption, and who is at the other end.

mod connections;
mod network;
mod patience;
mod peer;
mod room;
mod sending;
mod tls;

pub(super) use connections::serve;
pub(super) use network::Neighbours;
pub use network::{Network, NoNetwork};
pub(super) use peer::{Peer, Spare};
pub(super) use sending::until_sent;
pub use tls::Certificate;

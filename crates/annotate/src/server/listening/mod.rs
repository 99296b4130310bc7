//! Connections, their encryption, and who is at the other end.

mod base_path;
mod connections;
mod frames;
mod network;
mod patience;
mod peer;
mod room;
mod sending;
mod tls;

pub use base_path::{BasePath, NoBasePath};
pub(super) use connections::serve;
pub use frames::{NoOrigin, Origin};
pub(super) use network::Neighbours;
pub use network::{Network, NoNetwork};
pub(super) use peer::{Peer, Spare};
pub(super) use sending::until_sent;
pub use tls::Certificate;

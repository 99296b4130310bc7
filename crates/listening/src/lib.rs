//! Connections of an HTTP server that others may reach: accepted, encrypted where there is a certificate, bounded in number
//! and in how long they may keep the server waiting, and ended; and who is at the other end. Knows no routes.

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
pub use connections::serve;
pub use frames::{NoOrigin, Origin};
pub use network::{Neighbours, Network, NoNetwork};
pub use peer::{Peer, Spare};
pub use sending::until_sent;
pub use tls::{Certificate, CertificateError};

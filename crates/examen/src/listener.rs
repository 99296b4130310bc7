//! The port of a server that a command starts.

use crate::failure::Failure;
use std::net::IpAddr;
use tokio::net::TcpListener;

/// Listens, or says why not; `hint` is what to do when another program has the port.
pub(crate) async fn listen(host: IpAddr, port: u16, hint: &str) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind((host, port)).await;
    listening.map_err(|error| {
        Failure::new(format!("could not listen on {host} port {port}: {error}")).hint(hint)
    })
}

//! Connections: accepted, encrypted where there is a certificate, served, and ended. Knows nothing of routes.

use super::{peer::Encrypted, tls::Certificate};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tower::ServiceExt;

/// Connections that are open at once; further ones wait to be accepted. Below the 1024 files that a process may usually open.
const MAX_CONNECTIONS: usize = 768;
/// Longest time for a client to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest time for the head of a request, and for an idle connection: longer than proxies keep
/// theirs, so that they end it and not we.
const HEAD: Duration = Duration::from_secs(75);
/// Most bytes of the head of a request.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Longest time for requests in flight after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` is ready, then lets requests in flight finish, for [`GRACE`] at most.
pub(in crate::server) async fn serve(
    mut listener: TcpListener,
    router: Router,
    certificate: Option<Certificate>,
    shutdown: impl Future<Output = ()>,
) {
    let (graceful, slots) = (
        GracefulShutdown::new(),
        Arc::new(Semaphore::new(MAX_CONNECTIONS)),
    );
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accept = async {
            let slot = slots
                .clone()
                .acquire_owned()
                .await
                .expect("the semaphore is never closed");
            (slot, Listener::accept(&mut listener).await)
        };
        let (slot, (stream, address)) = tokio::select! {
            accepted = accept => accepted,
            () = &mut shutdown => break,
        };
        let connection = Connection {
            router: router.clone(),
            address,
            watcher: graceful.watcher(),
        };
        let certificate = certificate.clone();
        tokio::spawn(async move {
            connection.run(stream, certificate).await;
            drop(slot);
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that were still in flight have been broken off");
    }
}

struct Connection {
    router: Router,
    address: SocketAddr,
    watcher: Watcher,
}

impl Connection {
    async fn run(self, stream: TcpStream, certificate: Option<Certificate>) {
        // Answers are written whole, so waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        let Some(certificate) = certificate else {
            return self.serve(stream, false).await;
        };
        match timeout(HANDSHAKE, certificate.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.serve(stream, true).await,
            Ok(Err(error)) => tracing::debug!(client = %self.address, %error, "no TLS"),
            Err(_) => tracing::debug!(client = %self.address, "no TLS in time"),
        }
    }

    async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        is_encrypted: bool,
    ) {
        let Self {
            router,
            address,
            watcher,
        } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            if is_encrypted {
                request.extensions_mut().insert(Encrypted);
            }
            router.clone().oneshot(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_header_size(MAX_HEAD_BYTES);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(client = %address, %error, "a connection broke");
        }
    }
}

//! Connections: accepted, encrypted where there is a certificate, served, and ended. Knows nothing of routes.

use super::{
    network::Network,
    patience::{PATIENCE, Patient},
    peer::{Encrypted, Spare},
    room::{Activity, Room},
    sending::until_sent,
    tls::Certificate,
};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use futures::TryFutureExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower::ServiceExt;

/// Longest time for a client to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest time for the head of a request, and for an idle connection: longer than proxies keep
/// theirs, so that they end it and not we.
const HEAD: Duration = Duration::from_secs(75);
/// Most bytes of the head of a request.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most bytes that wait to be written, and a head, which must fit as well.
const MAX_BUFFER_BYTES: usize = 2 * MAX_HEAD_BYTES;
/// Longest time for requests in flight after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(8);

/// Serves until `shutdown` is ready, then lets requests in flight finish, for `GRACE` at most.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    certificate: Option<Certificate>,
    trusted_proxies: Vec<Network>,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let room = Room::new(trusted_proxies);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut shutdown => break,
        };
        let place = room.admit(address.ip());
        let connection = Connection {
            router: router.clone(),
            address,
            watcher: graceful.watcher(),
            activity: place.activity.clone(),
        };
        let certificate = certificate.clone();
        tokio::spawn(async move {
            let activity = place.activity.clone();
            tokio::select! {
                () = connection.run(stream, certificate) => {}
                () = activity.is_over() => {
                    tracing::debug!(client = %address, "a connection was ended for want of room or of a request");
                }
            }
            drop(place);
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
    activity: Arc<Activity>,
}

impl Connection {
    async fn run(self, stream: TcpStream, certificate: Option<Certificate>) {
        // Answers are written whole, so waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        let stream = Patient::new(stream, self.activity.clone(), PATIENCE);
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
            activity,
        } = self;
        let is_spare = activity.is_spare;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            let extensions = request.extensions_mut();
            extensions.insert(ConnectInfo(address));
            if is_encrypted {
                extensions.insert(Encrypted);
            }
            if is_spare {
                extensions.insert(Spare);
            }
            let (answer, answering) = (router.clone().oneshot(request), activity.answering());
            answer.map_ok(|response| response.map(|body| until_sent(body, answering)))
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_header_size(MAX_HEAD_BYTES)
            .max_buf_size(MAX_BUFFER_BYTES)
            .keep_alive(!is_spare);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(client = %address, %error, "a connection broke");
        }
    }
}

//! A proxy between a store and its PostgreSQL server, which can stop forwarding without closing anything: a network that
//! drops packets.

use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Connections that nothing comes through.
#[derive(Clone, Copy, Default)]
struct Blocked {
    all: bool,
    older_than: u64,
    delay: Duration,
}

/// A proxy that runs as long as the test.
pub(crate) struct Proxy {
    /// The address of the database through the proxy.
    pub(crate) url: String,
    blocked: watch::Sender<Blocked>,
}

impl Proxy {
    /// A proxy before the server of this address.
    pub(crate) async fn before(url: &str) -> Self {
        let (user, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (blocked, seen) = watch::channel(Blocked::default());
        tokio::spawn(accept(listener, server.to_owned(), seen));
        Self {
            url: format!("{user}@{address}/{database}"),
            blocked,
        }
    }

    /// Lets everything through so much later, each way.
    pub(crate) fn delay(&self, delay: Duration) {
        self.blocked.send_modify(|blocked| blocked.delay = delay);
    }

    /// Lets nothing through until [`Self::open`].
    pub(crate) fn block(&self) {
        self.blocked.send_modify(|blocked| blocked.all = true);
    }

    /// Lets everything through again.
    pub(crate) fn open(&self) {
        self.blocked.send_modify(|blocked| blocked.all = false);
    }

    /// Lets nothing through any more on connections that are there; new ones work.
    pub(crate) fn forget(&self) {
        let next = next_number();
        self.blocked
            .send_modify(|blocked| blocked.older_than = next);
    }
}

fn next_number() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

async fn accept(listener: TcpListener, server: String, blocked: watch::Receiver<Blocked>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(&server).await.unwrap();
        let number = next_number();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(forward(from_client, to_server, number, blocked.clone()));
        tokio::spawn(forward(from_server, to_client, number, blocked.clone()));
    }
}

async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    mut blocked: watch::Receiver<Blocked>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        let passes = |blocked: &Blocked| !blocked.all && number >= blocked.older_than;
        if blocked.wait_for(passes).await.is_err() || read == 0 {
            return;
        }
        let delay = blocked.borrow().delay;
        tokio::time::sleep(delay).await;
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

//! Answers that are longer than memory: read in a thread of their own, sent as fast as the client takes them.

use crate::refusal::Answer;
use axum::body::{Body, Bytes};
use std::io;
use tokio::sync::mpsc;

/// Pieces that wait to be sent.
const WAITING: usize = 4;

/// The body that `read` gives piece by piece; it is told false when nobody wants more.
pub(crate) fn body(
    read: impl FnOnce(&mut dyn FnMut(Vec<u8>) -> bool) -> Answer<()> + Send + 'static,
) -> Body {
    let (send, receive) = mpsc::channel::<io::Result<Bytes>>(WAITING);
    tokio::task::spawn_blocking(move || {
        let read = read(&mut |piece| send.blocking_send(Ok(Bytes::from(piece))).is_ok());
        if let Err(refusal) = read {
            // The status is sent; a body that breaks off says that it is not whole.
            let _ = send.blocking_send(Err(io::Error::other(refusal.to_string())));
        }
    });
    let pieces = futures::stream::unfold(receive, async |mut receive| {
        Some((receive.recv().await?, receive))
    });
    Body::from_stream(pieces)
}

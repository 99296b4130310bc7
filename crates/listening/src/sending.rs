//! Bodies of answers that keep something until they are sent.

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Most bytes that are handed on at once: what was handed on counts as sent.
const PIECE: usize = 64 * 1024;

/// The same body, which drops `kept` when the last of it is handed on, or when nobody wants it any more.
pub fn until_sent(body: Body, kept: impl Send + Unpin + 'static) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Keeping {
        body,
        rest: Bytes::new(),
        _kept: kept,
    })
}

struct Keeping<T> {
    body: Body,
    /// The part of the last frame that was not handed on yet.
    rest: Bytes,
    _kept: T,
}

impl<T: Unpin> HttpBody for Keeping<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_large_frame_is_handed_on_in_pieces_and_what_is_kept_goes_with_the_last() {
        let kept = Arc::new(());
        let text: Vec<u8> = (0..=250).cycle().take(3 * PIECE + 7).collect();
        let body = until_sent(Body::from(text.clone()), kept.clone());
        assert_eq!(body.size_hint().exact(), Some(text.len() as u64));
        let (mut stream, mut sent) = (body.into_data_stream(), Vec::new());
        while let Some(piece) = stream.next().await {
            assert_eq!(Arc::strong_count(&kept), 2);
            sent.extend(piece.unwrap());
        }
        assert_eq!(sent, text);
        drop(stream);
        assert_eq!(Arc::strong_count(&kept), 1);
    }

    #[test]
    fn an_empty_body_keeps_nothing() {
        let kept = Arc::new(());
        let _body = until_sent(Body::empty(), kept.clone());
        assert_eq!(Arc::strong_count(&kept), 1);
    }
}

//! A stream whose client must take what is sent: it may pause, but not for long altogether.

use super::room::Activity;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// Pauses that a client may make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Longest time to take nothing. Taking something earns time for the next pause, at `rate`.
    longest: Duration,
    /// Bytes a second that a client must take in the long run.
    rate: f64,
}

/// Enough for a telephone in a tunnel.
pub(super) const PATIENCE: Patience = Patience {
    longest: Duration::from_secs(30),
    rate: 8.0 * 1024.0,
};

/// A stream that breaks when its client takes too little.
pub(super) struct Patient<S> {
    stream: S,
    activity: Arc<Activity>,
    patience: Patience,
    /// Time that the client has used of the longest pause.
    used: Duration,
    pause: Option<Pause>,
}

struct Pause {
    since: Instant,
    end: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, patience: Patience) -> Self {
        Self {
            stream,
            activity,
            patience,
            used: Duration::ZERO,
            pause: None,
        }
    }

    /// Notes what became of an attempt to write.
    fn after(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => {
                ready!(self.wait(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(result) => {
                self.go_on(*result.as_ref().unwrap_or(&0));
                Poll::Ready(result)
            }
        }
    }

    /// Ready when the client has paused too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let left = self.patience.longest.saturating_sub(self.used);
        let activity = &self.activity;
        let pause = self.pause.get_or_insert_with(|| {
            let since = Instant::now();
            activity.stalled(Some(since));
            Pause {
                since,
                end: Box::pin(sleep_until(since + left)),
            }
        });
        pause.end.as_mut().poll(cx)
    }

    fn go_on(&mut self, bytes: usize) {
        if let Some(pause) = self.pause.take() {
            self.used += pause.since.elapsed();
            self.activity.stalled(None);
        }
        let earned = Duration::from_secs_f64(bytes as f64 / self.patience.rate);
        self.used = self.used.saturating_sub(earned);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.after(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.after(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::room::Room, *};
    use std::net::IpAddr;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        time::sleep,
    };

    const SHORT: Patience = Patience {
        longest: Duration::from_millis(100),
        rate: 10_000.0,
    };

    fn pair() -> (Patient<DuplexStream>, DuplexStream) {
        let place = Room::new(Vec::new()).admit(IpAddr::from([192, 0, 2, 1]));
        let (server, client) = duplex(1024);
        (Patient::new(server, place.activity.clone(), SHORT), client)
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (mut server, _client) = pair();
        let started = Instant::now();
        let error = server.write_all(&[0; 4096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() >= SHORT.longest);
    }

    #[tokio::test]
    async fn a_client_that_drips_is_given_up_and_a_slow_one_is_not() {
        for (bytes, is_served) in [(1, false), (1000, true)] {
            let (mut server, mut client) = pair();
            let reading = tokio::spawn(async move {
                let mut buffer = vec![0; bytes];
                while client.read_exact(&mut buffer).await.is_ok() {
                    sleep(Duration::from_millis(10)).await;
                }
            });
            let written = server.write_all(&[0; 50_000]).await;
            assert_eq!(written.is_ok(), is_served, "{bytes} bytes at a time");
            reading.abort();
        }
    }
}

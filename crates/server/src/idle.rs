//! Connections on which nothing happens are ended, so that nobody can hold all of them for nothing.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// How many requests of a connection have no answer yet.
#[derive(Clone, Default)]
pub(crate) struct Unanswered(Arc<AtomicUsize>);

impl Unanswered {
    /// One more, for as long as what this returns lives.
    pub(crate) fn one_more(&self) -> impl Drop + use<> {
        struct One(Arc<AtomicUsize>);
        impl Drop for One {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        One(self.0.clone())
    }
}

/// A stream that fails when no byte came or went for `limit`, and no request waits for its answer.
///
/// Timers of the HTTP library begin with a request's first bytes: they bound neither a client that
/// connects and says nothing, nor one that does not take its answer, nor HTTP/2 without streams.
pub(crate) struct EndsIdle<S> {
    stream: S,
    limit: Duration,
    unanswered: Unanswered,
    last: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> EndsIdle<S> {
    pub(crate) fn new(stream: S, limit: Duration, unanswered: Unanswered) -> Self {
        let timer = Box::pin(sleep(limit));
        Self { stream, limit, unanswered, last: Instant::now(), timer }
    }

    /// What the stream said, unless it has nothing to say for too long.
    fn bounded<T>(
        &mut self,
        said: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if said.is_ready() {
            self.last = Instant::now();
            return said;
        }
        while self.timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            if self.unanswered.0.load(Ordering::Relaxed) > 0 {
                self.last = now;
            }
            let ends = self.last + self.limit;
            if ends <= now {
                let message = "nothing came or went on the connection for too long";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)));
            }
            self.timer.as_mut().reset(ends);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for EndsIdle<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.bounded(said, context)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for EndsIdle<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(said, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(said, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_not_waited_for() {
        let (_client, server) = duplex(64);
        let mut server = EndsIdle::new(server, LIMIT, Unanswered::default());
        let begun = Instant::now();
        let error = server.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed().as_secs()), (io::ErrorKind::TimedOut, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_take_its_answer_is_not_waited_for() {
        let (_client, server) = duplex(64);
        let mut server = EndsIdle::new(server, LIMIT, Unanswered::default());
        let error = server.write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn every_byte_begins_the_time_anew() {
        let (mut client, server) = duplex(64);
        let mut server = EndsIdle::new(server, LIMIT, Unanswered::default());
        let slow = async {
            for byte in 0..5 {
                tokio::time::sleep(Duration::from_secs(59)).await;
                client.write_u8(byte).await.unwrap();
            }
            client
        };
        let read = async {
            for byte in 0..5 {
                assert_eq!(server.read_u8().await.unwrap(), byte);
            }
            let begun = Instant::now();
            assert!(server.read_u8().await.is_err());
            assert_eq!(begun.elapsed().as_secs(), 60);
        };
        let _ = tokio::join!(slow, read);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_takes_long_is_answered() {
        let (_client, server) = duplex(64);
        let unanswered = Unanswered::default();
        let mut server = EndsIdle::new(server, LIMIT, unanswered.clone());
        let one = unanswered.one_more();
        let begun = Instant::now();
        let work = async {
            tokio::time::sleep(Duration::from_secs(1000)).await;
            drop(one);
        };
        let (read, ()) = tokio::join!(server.read_u8(), work);
        assert!(read.is_err());
        assert!((1000..=1080).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    }
}

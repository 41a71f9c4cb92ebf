//! Bodies that come too slowly are ended, so that no sender can hold a connection for nothing.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

/// How long a sender may take for [`BYTES_MIN`].
const WINDOW: Duration = Duration::from_secs(30);
/// 1 KiB a second.
const BYTES_MIN: usize = 30 * 1024;

/// The same stream, which fails when less than 30 KiB came in 30 seconds and it is not at its end.
pub(crate) fn paced<S>(body: S) -> impl Stream<Item = Result<Bytes, io::Error>> + Send
where
    S: Stream<Item = Result<Bytes, io::Error>> + Send,
{
    struct State<S> {
        body: std::pin::Pin<Box<S>>,
        window_ends: Option<Instant>,
        bytes: usize,
        failed: bool,
    }
    let state = State { body: Box::pin(body), window_ends: None, bytes: 0, failed: false };
    stream::unfold(state, |mut state| async move {
        if state.failed {
            return None;
        }
        let ends = *state.window_ends.get_or_insert_with(|| Instant::now() + WINDOW);
        let item = match timeout_at(ends, state.body.next()).await {
            Ok(None) => return None,
            Ok(Some(item)) => item,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the body came slower than 1 KiB a second over 30 seconds",
            )),
        };
        if let Ok(bytes) = &item {
            state.bytes += bytes.len();
            if state.bytes >= BYTES_MIN {
                state.bytes = 0;
                state.window_ends = None;
            }
        }
        state.failed = item.is_err();
        Some((item, state))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_ended_and_a_steady_one_is_not() {
        let trickle = |bytes: usize| {
            stream::unfold(0, move |n| async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                (n < 100).then(|| (Ok(Bytes::from(vec![0; bytes])), n + 1))
            })
        };
        let slow: Vec<_> = paced(trickle(1000)).collect().await;
        assert_eq!(slow.last().unwrap().as_ref().unwrap_err().kind(), io::ErrorKind::TimedOut);
        let steady: Vec<_> = paced(trickle(1100)).collect().await;
        assert!(steady.len() == 100 && steady.iter().all(Result::is_ok));
    }
}

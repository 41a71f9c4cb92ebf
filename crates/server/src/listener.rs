//! Connections: accepting, bounding and ending them.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    door::Door,
    idle::{EndsIdle, Unanswered},
};

/// How many connections there may be at once; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 4096;
/// How long a request's head may take, from the end of the request before.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a connection may lie idle: nothing comes, nothing goes, nothing is being worked on.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// How many requests a connection over HTTP/2 may have at once.
const STREAMS_MAX: u32 = 64;
/// How much of one request, and of all requests of a connection, HTTP/2 takes before it is read, and
/// of one answer before it is sent, in bytes.
const STREAM_BYTES_MAX: u32 = 64 * 1024;
const STREAMS_BYTES_MAX: u32 = 256 * 1024;
/// The most that a connection buffers, in bytes.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
/// The most header lines of a request.
const HEADER_LINES_MAX: usize = 100;
/// The most headers of a request over HTTP/2, in bytes.
const HEADER_LIST_BYTES_MAX: u32 = 48 * 1024;

/// Accepts connections until `stop` is cancelled; then every connection ends after the request it
/// is serving.
pub(crate) async fn run(
    listener: TcpListener,
    door: Arc<Door>,
    connections: TaskTracker,
    stop: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (door, stop) = (door.clone(), stop.clone());
                connections.spawn(async move {
                    serve(stream, peer, door, stop).await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: nothing is gained by trying at once.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, door: Arc<Door>, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(BUFFER_BYTES_MAX)
        .max_headers(HEADER_LINES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_LIST_BYTES_MAX)
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_BYTES_MAX)
        .initial_connection_window_size(STREAMS_BYTES_MAX)
        .max_send_buf_size(STREAM_BYTES_MAX as usize);
    let unanswered = Unanswered::default();
    let stream = EndsIdle::new(stream, IDLE_TIMEOUT, unanswered.clone());
    let service = service_fn(move |request| {
        let (door, one) = (door.clone(), unanswered.one_more());
        async move {
            let answer = door.answer(request, peer).await;
            drop(one);
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%peer, error, "the connection ended early");
                }
                return;
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

//! Being asked to stop.

use std::future::pending;

use tokio::{
    select,
    signal::unix::{SignalKind, signal},
};

/// Returns when the process is interrupted (Ctrl-C) or asked to terminate.
pub(crate) async fn received() {
    select! {
        () = one(SignalKind::interrupt()) => {}
        () = one(SignalKind::terminate()) => {}
    }
}

async fn one(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        // Without a handler the signal does what it always does: it ends the process.
        Err(_) => pending().await,
    }
}

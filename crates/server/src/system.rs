//! The real clock and the real source of chance: the only place that touches them.

use types::{Clock, Entropy, Timestamp};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock that is handed to everyone"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one source that is handed to everyone"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            tracing::error!(%error, "the system's random source failed; stopping rather than guess");
            std::process::abort();
        }
    }
}

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Where the time comes from. Nothing but the process that is composed at start reads a real one.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// A clock that moves when told to, for tests of expiry without waiting.
#[derive(Debug)]
pub struct ManualClock {
    milliseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `now`, to the millisecond.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { milliseconds: AtomicI64::new(now.as_millisecond()) }
    }

    /// Moves the clock, forwards or backwards.
    pub fn advance(&self, by: SignedDuration) {
        let step = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.milliseconds.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.milliseconds.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

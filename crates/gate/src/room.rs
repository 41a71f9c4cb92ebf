//! How much memory there is for bodies that are read as a whole.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many bytes of such bodies there are at once. Whoever is behind them need not have signed
/// anything yet, so without a bound any number of slow senders could fill the memory.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// The room for all bodies.
#[derive(Clone)]
pub(crate) struct Rooms(Arc<Semaphore>);

/// What one body takes of it, given back when this is dropped.
pub(crate) struct Room {
    rooms: Rooms,
    taken: Option<OwnedSemaphorePermit>,
}

/// All room is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many bodies are being read; try again later")]
pub(crate) struct Full;

impl Rooms {
    pub(crate) fn new() -> Self {
        Self::of(BYTES_MAX)
    }

    fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// Room for one body, of which nothing has come yet.
    pub(crate) fn empty(&self) -> Room {
        Room { rooms: self.clone(), taken: None }
    }
}

impl Room {
    /// Makes room for more bytes.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Full> {
        let bytes = u32::try_from(bytes).map_err(|_| Full)?;
        let more = self.rooms.0.clone().try_acquire_many_owned(bytes).map_err(|_| Full)?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            taken => *taken = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_and_given_back() {
        let rooms = Rooms::of(100);
        let (mut one, mut other) = (rooms.empty(), rooms.empty());
        for _ in 0..3 {
            one.take(20).unwrap();
        }
        assert_eq!(other.take(41), Err(Full));
        other.take(40).unwrap();
        assert_eq!(one.take(1), Err(Full));
        drop(one);
        other.take(60).unwrap();
        drop(other);
        assert_eq!(rooms.0.available_permits(), 100);
        assert_eq!(rooms.empty().take(usize::MAX), Err(Full));
    }
}

//! Slow work, off the reactor and bounded: hashing passwords, making and using RSA keys.
//!
//! One set of workers serves the whole process, so that what is slow in one service cannot take the
//! processors twice. What the work is, nobody here knows.

use std::{sync::Arc, thread::available_parallelism};

use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many pieces of work wait at most for each that runs. A sign-in takes some 25 ms of work, so
/// whoever waits longest waits about a second.
const WAITING_PER_RUNNING: usize = 32;

/// A bounded number of threads, and a bounded queue before them.
#[derive(Debug)]
pub struct Workers {
    /// A place to run or to wait.
    places: Semaphore,
    /// A place to run.
    running: Arc<Semaphore>,
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// Too much waits already.
    #[error("Too many requests are waiting; try again later.")]
    Full,
    /// The process is stopping.
    #[error("the work was stopped before it was done")]
    Stopped,
}

impl Workers {
    /// As many as there are cores, between two and four: each needs 19 MiB while it hashes.
    #[must_use]
    pub fn for_this_machine() -> Self {
        let running = available_parallelism().map_or(2, usize::from).clamp(2, 4);
        Self::new(running, running * WAITING_PER_RUNNING)
    }

    fn new(running: usize, waiting: usize) -> Self {
        Self {
            places: Semaphore::new(running + waiting),
            running: Arc::new(Semaphore::new(running)),
        }
    }

    /// Does the work on a thread that may block, as soon as one is free.
    ///
    /// # Errors
    /// [`WorkError::Full`] at once, if all places are taken; [`WorkError::Stopped`].
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let _place = self.places.try_acquire().map_err(|_| WorkError::Full)?;
        let running = self.running.clone().acquire_owned().await;
        let running = running.map_err(|_| WorkError::Stopped)?;
        // It goes along: work whose caller has gone is done all the same, and still takes its place.
        let task = spawn_blocking(move || {
            let outcome = work();
            drop(running);
            outcome
        });
        task.await.map_err(|_| WorkError::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_finds_no_place_is_refused_at_once_and_what_waits_is_done() {
        let workers = Arc::new(Workers::new(1, 1));
        let (release, gate) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let first = workers.run(move || {
            started.send(()).unwrap();
            gate.recv().unwrap();
            1
        });
        let second = async {
            has_started.await.unwrap();
            let waiting = workers.run(|| 2);
            let third = async {
                let refused = workers.run(|| 3).await;
                release.send(()).unwrap();
                refused
            };
            tokio::join!(waiting, third)
        };
        let (first, (second, third)) = tokio::join!(first, second);
        assert_eq!((first, second, third), (Ok(1), Ok(2), Err(WorkError::Full)));
        assert_eq!(workers.run(|| 4).await, Ok(4));
    }

    /// Else whoever hangs up at once could have any number of passwords hashed at the same time.
    #[tokio::test(flavor = "multi_thread")]
    async fn work_whose_caller_has_gone_still_takes_its_place() {
        let workers = Workers::new(1, 1);
        let (release, gate) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let abandoned = workers.run(move || {
            started.send(()).unwrap();
            gate.recv().unwrap();
        });
        tokio::select! {
            _ = abandoned => panic!("nothing releases it"),
            started = has_started => started.unwrap(),
        }
        assert_eq!(workers.running.available_permits(), 0);
        release.send(()).unwrap();
        assert_eq!(workers.run(|| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_frees_its_place() {
        let workers = Workers::new(1, 1);
        for _ in 0..10 {
            assert_eq!(workers.run(|| panic!("as a test")).await, Err::<(), _>(WorkError::Stopped));
        }
        assert_eq!(workers.run(|| 1).await, Ok(1));
    }
}

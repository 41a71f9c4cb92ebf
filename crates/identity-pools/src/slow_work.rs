//! RSA keys and signatures, away from the reactor.

use std::{sync::Arc, thread::available_parallelism};

use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many callers may wait for a processor; one more is told to come back.
const WAITING_MAX: usize = 512;

/// Runs what takes long on other threads: as many at once as there are processors.
pub(crate) struct SlowWork {
    waiting: Semaphore,
    running: Arc<Semaphore>,
}

/// Why it did not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SlowWorkError {
    #[error("too many requests wait for a processor, try again")]
    Full,
    #[error("the work ended without an outcome")]
    Lost,
}

impl SlowWork {
    pub(crate) fn new() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self { waiting: Semaphore::new(WAITING_MAX), running: Arc::new(Semaphore::new(processors)) }
    }

    /// The outcome of `work`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SlowWorkError> {
        let _place = self.waiting.try_acquire().map_err(|_| SlowWorkError::Full)?;
        let processor = self.running.clone().acquire_owned().await;
        let processor = processor.map_err(|_| SlowWorkError::Lost)?;
        // The permit goes along: work whose caller has gone still occupies its processor.
        let task = spawn_blocking(move || {
            let outcome = work();
            drop(processor);
            outcome
        });
        task.await.map_err(|_| SlowWorkError::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_beyond_the_places_is_refused() {
        let slow = SlowWork::new();
        assert_eq!(slow.run(|| 1 + 1).await.unwrap(), 2);
        let taken = slow.waiting.acquire_many(512).await.unwrap();
        assert!(matches!(slow.run(|| ()).await, Err(SlowWorkError::Full)));
        drop(taken);
        assert!(slow.run(|| ()).await.is_ok());
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_frees_its_processor() {
        let slow = SlowWork::new();
        for _ in 0..100 {
            assert!(matches!(slow.run(|| panic!("as a test")).await, Err(SlowWorkError::Lost)));
        }
        assert!(slow.run(|| ()).await.is_ok());
    }
}

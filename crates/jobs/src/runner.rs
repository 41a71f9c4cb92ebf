use std::{
    collections::BTreeMap, convert::Infallible, error::Error, fmt, sync::Arc, time::Duration,
};

use futures_util::{
    StreamExt,
    future::{BoxFuture, select},
    stream,
};
use store::{
    Batch, CommitError, Entry, Key, KeyRange, Records, Revision, Scan, StoreError, Version,
};
use tokio::sync::Notify;
use types::{Clock, SignedDuration, Timestamp};

use crate::{JOBS, Job};

/// How long a runner has for a job before another one may take it.
pub const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// How many jobs one runner does at the same time.
const CONCURRENT: usize = 8;
/// How many jobs are looked up in one go.
const BATCH: usize = 64;
/// How often the loop looks whether anything changed.
const TICK: Duration = Duration::from_secs(1);
/// The longest time between two attempts.
const BACKOFF_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Does the jobs of one kind.
pub trait Handler: Send + Sync + 'static {
    /// Does the work. It may have been done before, wholly or in part, by a process that ended.
    ///
    /// # Errors
    /// Any error, so that it is tried again later. The message is logged: no secret may be in it.
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<(), HandlerError>>;
}

/// Why a job was not done.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ran {
    /// Jobs that were done and are gone.
    pub done: usize,
    /// Jobs that failed and are tried again later.
    pub failed: usize,
}

/// Takes due jobs from one database, one taker for each job even with many nodes.
pub struct Runner {
    records: Arc<dyn Records>,
    clock: Arc<dyn Clock>,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    wakeup: Arc<Notify>,
}

impl Runner {
    /// A runner of the jobs in this database, which must have the space [`JOBS`].
    #[must_use]
    pub fn new(records: Arc<dyn Records>, clock: Arc<dyn Clock>) -> Self {
        Self { records, clock, handlers: BTreeMap::new(), wakeup: Arc::default() }
    }

    /// Lets this handler do all jobs of the kind.
    #[must_use]
    pub fn with(mut self, kind: &'static str, handler: Arc<dyn Handler>) -> Self {
        self.handlers.insert(kind, handler);
        self
    }

    /// What [`Runner::run`] looks up from its sleep for: notify it after a commit with a job that
    /// is due at once. Without it the job waits for up to a second.
    #[must_use]
    pub fn wakeup(&self) -> Arc<Notify> {
        Arc::clone(&self.wakeup)
    }

    /// Does everything that is due at `now`, and what this makes due.
    ///
    /// # Errors
    /// [`StoreError`], if the jobs cannot be read. A job that fails is no error here.
    pub async fn run_due(&self, now: Timestamp) -> Result<Ran, StoreError> {
        let mut ran = Ran::default();
        // A job that is taken or fails moves to a later time, so the range empties.
        while let Some(jobs) = self.due(now).await? {
            let outcomes: Vec<_> = stream::iter(jobs)
                .map(|entry| self.take(entry, now))
                .buffer_unordered(CONCURRENT)
                .collect()
                .await;
            let before = ran;
            for outcome in outcomes {
                match outcome? {
                    Outcome::Done => ran.done += 1,
                    Outcome::Failed => ran.failed += 1,
                    Outcome::TakenByAnother => {}
                }
            }
            if ran == before {
                break;
            }
        }
        Ok(ran)
    }

    /// Does what is due, for ever, as the clock goes. Dropping the future ends it at any point: what
    /// was being done is taken up again when its lease ends.
    pub async fn run(&self) -> Infallible {
        let mut seen: Option<(Revision, Option<Timestamp>)> = None;
        loop {
            let now = self.clock.now();
            let revision = self.records.freshness().revision;
            let idle =
                seen.is_some_and(|(at, next)| at == revision && next.is_none_or(|next| now < next));
            if !idle {
                seen = match self.run_due(now).await {
                    Ok(_) => self.next().await.ok().map(|next| (revision, next)),
                    Err(error) => {
                        tracing::warn!(%error, "jobs cannot be read");
                        None
                    }
                };
            }
            let tick = std::pin::pin!(tokio::time::sleep(TICK));
            select(std::pin::pin!(self.wakeup.notified()), tick).await;
        }
    }

    /// Makes due again what somebody had taken: for the start of a process that alone may work on this
    /// database, so that whoever had taken a job is gone. Returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`], if the jobs cannot be read or written.
    pub async fn release(&self, now: Timestamp) -> Result<usize, StoreError> {
        let behind = Key::new().timestamp(now);
        // A lease ends by then; what is due later was not taken.
        let end = KeyRange::within(&Key::new().timestamp(now + LEASE));
        let (mut released, mut after) = (0, None::<Vec<u8>>);
        loop {
            let range = KeyRange::all().after(after.as_deref().unwrap_or(behind.as_ref()));
            let page = self.records.scan(Scan::new(JOBS, range.through(&end), BATCH)).await?;
            after = page.entries.last().map(|(key, _)| key.to_vec());
            for (key, record) in page.entries {
                let Ok(job) = Job::read(&key, &record.value) else { continue };
                if job.attempt > 0
                    && self.move_to(&job, record.version, now, job.attempt).await?.is_some()
                {
                    released += 1;
                }
            }
            if !page.more {
                return Ok(released);
            }
        }
    }

    async fn due(&self, now: Timestamp) -> Result<Option<Vec<Entry>>, StoreError> {
        let end = KeyRange::within(&Key::new().timestamp(now));
        let range = KeyRange::all().through(&end);
        let page = self.records.scan(Scan::new(JOBS, range, BATCH)).await?;
        Ok(Some(page.entries).filter(|entries| !entries.is_empty()))
    }

    /// When the next job is due that can be read.
    async fn next(&self) -> Result<Option<Timestamp>, StoreError> {
        let page = self.records.scan(Scan::new(JOBS, KeyRange::all(), BATCH)).await?;
        let due = |(key, record): &Entry| Some(Job::read(key, &record.value).ok()?.due);
        Ok(page.entries.iter().find_map(due))
    }

    async fn take(&self, entry: Entry, now: Timestamp) -> Result<Outcome, StoreError> {
        let (key, record) = entry;
        let job = match Job::read(&key, &record.value) {
            Ok(job) => job,
            Err(error) => {
                // Left where it is: an older release must not lose what a newer one will do.
                tracing::error!(%error, key = %key.escape_ascii(), "a job is left undone");
                return Ok(Outcome::TakenByAnother);
            }
        };
        let job = self.move_to(&job, record.version, now + LEASE, job.attempt.saturating_add(1));
        let Some((job, version)) = job.await? else { return Ok(Outcome::TakenByAnother) };
        let result = match self.handlers.get(job.kind.as_str()) {
            Some(handler) => handler.run(&job).await,
            None => Err("no handler of this kind is registered".into()),
        };
        if let Err(error) = result {
            let (kind, id, attempt) = (&job.kind, &job.id, job.attempt);
            tracing::warn!(%error, kind, %id, attempt, "a job failed and is tried again later");
            self.move_to(&job, version, now + backoff(attempt), attempt).await?;
            return Ok(Outcome::Failed);
        }
        match self.records.commit(job.cancel(version, Batch::new())).await {
            // Whoever took it after the lease had ended does it again: it is idempotent.
            Ok(_) | Err(CommitError::Conflict(_)) => Ok(Outcome::Done),
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    /// Moves the job to another time, if it is still at this version.
    async fn move_to(
        &self,
        job: &Job,
        version: Version,
        due: Timestamp,
        attempt: u32,
    ) -> Result<Option<(Job, Version)>, StoreError> {
        let moved = job.postponed(due, attempt);
        match self.records.commit(moved.enqueue(job.cancel(version, Batch::new()))).await {
            Ok(revision) => Ok(Some((moved, Version(revision.0)))),
            Err(CommitError::Conflict(_)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error),
        }
    }
}

enum Outcome {
    Done,
    Failed,
    TakenByAnother,
}

/// 1 s after the first attempt, twice as long after each further one.
fn backoff(attempt: u32) -> SignedDuration {
    // 2 to the power of 12 seconds are more than the longest time.
    let seconds = 1 << attempt.saturating_sub(1).min(12);
    SignedDuration::from_secs(seconds).min(BACKOFF_MAX)
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("kinds", &self.handlers.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use serde_json::json;
    use store::SqliteRecords;
    use tempfile::TempDir;
    use types::{ManualClock, SeededEntropy};

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    struct World {
        _folder: TempDir,
        records: Arc<SqliteRecords>,
        clock: Arc<ManualClock>,
        entropy: SeededEntropy,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let clock = Arc::new(ManualClock::at(START));
            let path = folder.path().join("records.db");
            let records = SqliteRecords::open(&path, &[JOBS], clock.clone()).unwrap();
            let entropy = SeededEntropy::new(3);
            Self { _folder: folder, records: Arc::new(records), clock, entropy }
        }

        fn runner(&self, handler: &Arc<Recorder>) -> Runner {
            Runner::new(self.records.clone(), self.clock.clone()).with("kind", handler.clone())
        }

        async fn enqueue(&self, kind: &str, due: Timestamp) -> (Job, Version) {
            let job = Job::new(kind, "test.amazonaws.com", due, json!(7), &self.entropy);
            let revision = self.records.commit(job.enqueue(Batch::new())).await.unwrap();
            (job, Version(revision.0))
        }

        async fn left(&self) -> Vec<Job> {
            let page = self.records.scan(Scan::new(JOBS, KeyRange::all(), 100)).await.unwrap();
            let read = |(key, record): &Entry| Job::read(key, &record.value).unwrap();
            page.entries.iter().map(read).collect()
        }
    }

    /// Notes what it is given, and fails as often as it was told to.
    #[derive(Default)]
    struct Recorder {
        jobs: Mutex<Vec<Job>>,
        failures: AtomicUsize,
    }

    impl Handler for Recorder {
        fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<(), HandlerError>> {
            Box::pin(async move {
                self.jobs.lock().unwrap().push(job.clone());
                let fail = |left: usize| left.checked_sub(1);
                match self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fail) {
                    Ok(_) => Err("not today".into()),
                    Err(_) => Ok(()),
                }
            })
        }
    }

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[tokio::test]
    async fn a_job_is_done_once_when_it_is_due() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        let runner = world.runner(&handler);
        let (job, _) = world.enqueue("kind", seconds(10)).await;
        assert_eq!(runner.run_due(seconds(9)).await.unwrap(), Ran::default());
        assert_eq!(runner.run_due(seconds(10)).await.unwrap(), Ran { done: 1, failed: 0 });
        assert_eq!(runner.run_due(seconds(99)).await.unwrap(), Ran::default());
        let done = handler.jobs.lock().unwrap().clone();
        assert_eq!(done.len(), 1);
        assert_eq!((done[0].id, &done[0].payload, done[0].attempt), (job.id, &json!(7), 1));
        assert_eq!(done[0].principal, "test.amazonaws.com");
        assert!(world.left().await.is_empty());
    }

    #[tokio::test]
    async fn many_jobs_are_all_done_by_one_of_many_runners() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        for n in 0..BATCH * 2 + 7 {
            world.enqueue("kind", seconds(i64::try_from(n).unwrap() % 5)).await;
        }
        let runners = [(); 4].map(|()| world.runner(&handler));
        let runs = runners.iter().map(|runner| runner.run_due(seconds(5)));
        futures_util::future::try_join_all(runs).await.unwrap();
        let mut done: Vec<_> = handler.jobs.lock().unwrap().iter().map(|job| job.id).collect();
        assert_eq!(done.len(), BATCH * 2 + 7, "none is done twice");
        done.sort();
        done.dedup();
        assert_eq!(done.len(), BATCH * 2 + 7);
        assert!(world.left().await.is_empty());
    }

    #[tokio::test]
    async fn a_failed_job_is_tried_again_later_and_later() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        handler.failures.store(3, Ordering::SeqCst);
        let runner = world.runner(&handler);
        world.enqueue("kind", START).await;
        let failed = Ran { done: 0, failed: 1 };
        assert_eq!(runner.run_due(seconds(0)).await.unwrap(), failed);
        for (early, due) in [(0, 1), (2, 3)] {
            assert_eq!(runner.run_due(seconds(early)).await.unwrap(), Ran::default());
            assert_eq!(runner.run_due(seconds(due)).await.unwrap(), failed);
        }
        assert_eq!(world.left().await[0].attempt, 3);
        assert_eq!(runner.run_due(seconds(7)).await.unwrap(), Ran { done: 1, failed: 0 });
        assert!(world.left().await.is_empty());
    }

    #[tokio::test]
    async fn a_job_whose_runner_died_is_taken_over_when_its_lease_ends() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        let (job, version) = world.enqueue("kind", START).await;
        let runner = world.runner(&handler);
        // As far as a runner gets that dies in its handler.
        let taken = runner.move_to(&job, version, START + LEASE, 1).await.unwrap();
        assert!(taken.is_some());
        assert!(runner.move_to(&job, version, START + LEASE, 1).await.unwrap().is_none());
        let before = START + LEASE - SignedDuration::from_micros(1);
        assert_eq!(runner.run_due(before).await.unwrap(), Ran::default());
        assert_eq!(runner.run_due(START + LEASE).await.unwrap(), Ran { done: 1, failed: 0 });
        assert_eq!(handler.jobs.lock().unwrap()[0].attempt, 2);
    }

    #[tokio::test]
    async fn whoever_works_alone_need_not_wait_for_the_lease_of_the_dead() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        let runner = world.runner(&handler);
        let (job, version) = world.enqueue("kind", START).await;
        runner.move_to(&job, version, START + LEASE, 1).await.unwrap();
        // Never taken, only not due yet: it stays as it is.
        let (later, _) = world.enqueue("kind", seconds(60)).await;
        assert_eq!(runner.release(seconds(1)).await.unwrap(), 1);
        assert_eq!(runner.run_due(seconds(1)).await.unwrap(), Ran { done: 1, failed: 0 });
        assert_eq!(handler.jobs.lock().unwrap()[0].id, job.id);
        assert_eq!(world.left().await, [later]);
        assert_eq!(runner.release(seconds(1)).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_cancelled_job_is_not_done_and_a_taken_one_not_cancelled() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        let runner = world.runner(&handler);
        let (job, version) = world.enqueue("kind", START).await;
        world.records.commit(job.cancel(version, Batch::new())).await.unwrap();
        assert_eq!(runner.run_due(START).await.unwrap(), Ran::default());
        let (job, version) = world.enqueue("kind", START).await;
        runner.move_to(&job, version, START + LEASE, 1).await.unwrap();
        let error = world.records.commit(job.cancel(version, Batch::new())).await.unwrap_err();
        assert!(matches!(error, CommitError::Conflict(_)), "{error}");
    }

    #[tokio::test]
    async fn what_no_handler_knows_is_kept() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        let runner = world.runner(&handler);
        world.enqueue("of a newer release", START).await;
        let damaged = Key::new().timestamp(START);
        world.records.commit(Batch::new().put(JOBS, damaged.clone(), "x")).await.unwrap();
        world.enqueue("kind", START).await;
        assert_eq!(runner.run_due(START).await.unwrap(), Ran { done: 1, failed: 1 });
        assert_eq!(handler.jobs.lock().unwrap().len(), 1);
        assert!(world.records.get(JOBS, &damaged).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn the_loop_wakes_up_for_a_new_job() {
        let (world, handler) = (World::new(), Arc::new(Recorder::default()));
        let runner = world.runner(&handler);
        let wakeup = runner.wakeup();
        let work = async {
            world.enqueue("kind", START).await;
            wakeup.notify_one();
            while !world.left().await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        select(std::pin::pin!(runner.run()), std::pin::pin!(work)).await;
        assert_eq!(handler.jobs.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_time_between_attempts_grows_to_an_hour() {
        let seconds = [1, 2, 3, 12, 13, 64, 65, u32::MAX].map(|n| backoff(n).as_secs());
        assert_eq!(seconds, [1, 2, 4, 2048, 3600, 3600, 3600, 3600]);
    }
}

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

    async fn due(&self, now: Timestamp) -> Result<Option<Vec<Entry>>, StoreError> {
        let end = KeyRange::within(&Key::new().timestamp(now));
        let range = KeyRange::all().through(&end);
        let page = self.records.scan(Scan::new(JOBS, range, BATCH)).await?;
        Ok(Some(page.entries).filter(|entries| !entries.is_empty()))
    }

    /// When the next job is due.
    async fn next(&self) -> Result<Option<Timestamp>, StoreError> {
        let page = self.records.scan(Scan::new(JOBS, KeyRange::all(), 1)).await?;
        let first = page.entries.first();
        Ok(first.and_then(|(key, record)| Job::read(key, &record.value).ok()).map(|job| job.due))
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
    let seconds = 1_i64.checked_shl(attempt.saturating_sub(1)).unwrap_or(i64::MAX);
    SignedDuration::from_secs(seconds.clamp(1, BACKOFF_MAX.as_secs()))
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("kinds", &self.handlers.keys()).finish_non_exhaustive()
    }
}

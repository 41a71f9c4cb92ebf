use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::{Connection, Row, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::{Tables, statements};
use crate::{Batch, CommitError, Precondition, Revision, StoreError, Write, recent::Recent};

/// How many batches wait for the writer. The next one is told to come back later.
const QUEUE: usize = 1024;
/// How many batches share one transaction, and so one sync of the disk.
const GROUP: usize = 256;

type Reply = Result<Revision, CommitError>;

/// The thread that writes, and the queue before it.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` only while being dropped.
    queue: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

/// A database that was just opened.
pub(super) struct Opened {
    pub(super) connection: Connection,
    /// Its file was made without any sync.
    pub(super) new: bool,
    /// Where the file is, unless that is where the process is.
    pub(super) folder: Option<PathBuf>,
}

impl Opened {
    /// Puts on the disk what opening wrote, without closing a handle of the file itself: that would
    /// give up SQLite's locks.
    fn settle(&self) -> Result<(), StoreError> {
        if self.new {
            let check = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (busy, frames, moved): (i64, i64, i64) =
                self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], check)?;
            if busy != 0 || frames != moved {
                return Err(StoreError::unavailable("the new database is in use by another"));
            }
        }
        let folder = self.folder.as_deref().unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::unavailable)
    }
}

struct Waiting {
    batch: Batch,
    reply: oneshot::Sender<Reply>,
}

impl Writer {
    pub(super) fn start(
        opened: Opened,
        tables: Arc<Tables>,
        recent: Arc<Recent>,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || match opened.settle() {
                Ok(()) => Loop { connection: opened.connection, tables, recent }.run(&waiting),
                // The queue closes, so that whoever wants to commit is told.
                Err(error) => tracing::error!(%error, "the database cannot be put on the disk"),
            })
            .map_err(StoreError::unavailable)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn commit(&self, batch: Batch) -> Reply {
        let (reply, outcome) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(Waiting { batch, reply }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => stopped(),
        })?;
        outcome.await.map_err(|_| stopped())?
    }
}

fn stopped() -> StoreError {
    StoreError::unavailable("the thread that writes has stopped")
}

impl Drop for Writer {
    fn drop(&mut self) {
        // What waits is still written; then the connection closes, and the file can be opened anew.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Loop {
    connection: Connection,
    tables: Arc<Tables>,
    recent: Arc<Recent>,
}

impl Loop {
    fn run(mut self, queue: &Receiver<Waiting>) {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            group.extend(queue.try_iter().take(GROUP - 1));
            match self.commit(&group) {
                Ok(outcomes) => self.acknowledge(group, outcomes),
                Err(error) => {
                    tracing::error!(%error, batches = group.len(), "a commit failed");
                    for waiting in group {
                        let _ = waiting.reply.send(Err(again(&error).into()));
                    }
                }
            }
        }
    }

    /// Applies every batch whose preconditions hold, in one transaction.
    ///
    /// A batch is judged before it writes anything, so one that is refused needs no savepoint to
    /// leave the others alone; a write that fails after that is the disk's failure, which ends the
    /// transaction for all of them.
    fn commit(
        &mut self,
        group: &[Waiting],
    ) -> Result<Vec<Result<Revision, Precondition>>, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // From the file, not from memory: a commit that failed late may have happened all the same.
        let before: i64 = transaction
            .prepare_cached("SELECT value FROM revision")?
            .query_row([], |row| row.get(0))?;
        let before = Revision(before.cast_unsigned());
        self.recent.skip_to(before);
        let mut revision = before;
        let mut outcomes = Vec::with_capacity(group.len());
        for Waiting { batch, .. } in group {
            outcomes.push(match statements::violated(&transaction, &self.tables, batch)? {
                Some(precondition) => Err(precondition),
                None if batch.writes().is_empty() => Ok(revision),
                None => {
                    revision = Revision(revision.0 + 1);
                    statements::write(&transaction, &self.tables, batch, revision)?;
                    Ok(revision)
                }
            });
        }
        if revision > before {
            transaction
                .prepare_cached("UPDATE revision SET value = ?1")?
                .execute(params![revision.0.cast_signed()])?;
        }
        transaction.commit()?;
        Ok(outcomes)
    }

    /// Makes the commits known to caches, and only then to those who asked for them.
    fn acknowledge(&self, group: Vec<Waiting>, outcomes: Vec<Result<Revision, Precondition>>) {
        for (Waiting { batch, .. }, outcome) in group.iter().zip(&outcomes) {
            if let Ok(revision) = outcome
                && !batch.writes().is_empty()
            {
                self.recent.record(*revision, batch.writes().iter().map(Write::changed));
            }
        }
        for (waiting, outcome) in group.into_iter().zip(outcomes) {
            // Whoever asked may be gone; the commit stands all the same.
            let _ = waiting.reply.send(outcome.map_err(CommitError::Conflict));
        }
    }
}

/// The same failure for each of those it concerns.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full(cause) => StoreError::Full(cause.to_string().into()),
        other => StoreError::unavailable(other.to_string()),
    }
}

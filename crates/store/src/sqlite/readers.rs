use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::StoreError;

/// How many scans run at the same time; more would only take turns on the same disk.
const SCANS_RUNNING: usize = 4;
/// How many scans run or wait. The next one is told to come back later.
const SCANS_WAITING: usize = 256;

/// Read-only connections that are lent out, as many as are in use at the same time.
///
/// Readers in place are at most as many as reactor threads, scans at most [`SCANS_RUNNING`], so the
/// number is bounded without a rule of its own.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    statements: usize,
    /// Held for a push or a pop only.
    idle: Mutex<Vec<Connection>>,
    running: Semaphore,
    waiting: Semaphore,
}

impl Readers {
    pub(super) fn new(path: PathBuf, statements: usize) -> Self {
        Self {
            path,
            statements,
            idle: Mutex::default(),
            running: Semaphore::new(SCANS_RUNNING),
            waiting: Semaphore::new(SCANS_WAITING),
        }
    }

    /// Reads in place, on the caller's thread.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let result = read(&connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }

    /// Reads on a thread that may block.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| StoreError::Busy)?;
        let _running = self.running.acquire().await.map_err(StoreError::unavailable)?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || readers.with(read))
            .await
            .map_err(StoreError::unavailable)?
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // A small cache: the pages are in the system's cache already, and there is one of these for
        // every thread.
        connection.execute_batch(
            "PRAGMA mmap_size = 0;
             PRAGMA cache_size = -256;
             PRAGMA trusted_schema = OFF;
             PRAGMA busy_timeout = 1000;",
        )?;
        connection.set_prepared_statement_cache_capacity(self.statements);
        Ok(connection)
    }
}

//! Records in one SQLite file.
//!
//! WAL with `synchronous=FULL`: a commit is on the disk before it is acknowledged. One writer thread
//! owns the only writing connection and puts all that waits into one transaction; readers have
//! connections of their own and never wait for it.

mod readers;
mod statements;
mod writer;

use std::{
    fmt,
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use types::Clock;

use self::{
    readers::Readers,
    statements::Tables,
    writer::{Opened, Writer},
};
use crate::{
    Batch, Changes, CommitError, Freshness, Page, Records, Revision, Scan, Space, StoreError,
    Versioned, recent::Recent,
};

/// The format this release writes, kept in `PRAGMA user_version`.
const FORMAT: i64 = 1;

/// Records in one SQLite file, of which this must be the only user.
pub struct SqliteRecords {
    tables: Arc<Tables>,
    recent: Arc<Recent>,
    clock: Arc<dyn Clock>,
    // In this order they are dropped: the writer's connection closes last and folds the WAL back.
    readers: Arc<Readers>,
    writer: Writer,
}

impl SqliteRecords {
    /// Opens the database at `path`, or makes it, with these spaces. It blocks: a few milliseconds
    /// for a new file.
    ///
    /// # Errors
    /// [`StoreError::NewerFormat`] if a newer release wrote the file, or another [`StoreError`] if it
    /// cannot be opened or is not a database of ours.
    pub fn open(path: &Path, spaces: &[Space], clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        // A new file is put on the disk once and whole, by the writer before its first commit, so that
        // nobody waits for a dozen syncs to see an empty database.
        let new = fs::metadata(path).map_or(true, |file| file.len() == 0);
        if new {
            // Made here, because SQLite would let everybody read it; its other files get the same mode.
            let mut options = OpenOptions::new();
            options.create(true).append(true).mode(0o600);
            options.open(path).map_err(StoreError::unavailable)?;
        }
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", if new { "OFF" } else { "FULL" })?;
        // 8 KiB pages hold a 1 KiB body and its record well.
        connection.execute_batch(
            "PRAGMA page_size = 8192;
             PRAGMA journal_mode = WAL;
             PRAGMA mmap_size = 0;
             PRAGMA cache_size = -2048;
             PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA trusted_schema = OFF;
             PRAGMA busy_timeout = 5000;",
        )?;
        let revision = prepare(&mut connection, spaces)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let tables = Arc::new(Tables::new(spaces));
        connection.set_prepared_statement_cache_capacity(tables.statements());
        let recent = Arc::new(Recent::new(revision, clock.now()));
        let readers = Arc::new(Readers::new(path.to_owned(), tables.statements()));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let opened = Opened { connection, new, folder: folder.map(Path::to_owned) };
        let writer = Writer::start(opened, Arc::clone(&tables), Arc::clone(&recent))?;
        Ok(Self { tables, recent, clock, readers, writer })
    }

    fn read(&self, space: Space, key: &[u8]) -> Result<Option<Versioned<Bytes>>, StoreError> {
        let table = self.tables.of(space)?;
        self.readers.with(|connection| {
            Ok(connection
                .prepare_cached(&table.get)?
                .query_row([key], |row| statements::versioned(row, 0))
                .optional()?)
        })
    }
}

/// Brings the file to the present format and returns the revision it stands at.
fn prepare(connection: &mut Connection, spaces: &[Space]) -> Result<Revision, StoreError> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => {
            transaction.execute_batch(
                "CREATE TABLE revision (single INTEGER PRIMARY KEY CHECK (single = 1),
                                        value INTEGER NOT NULL) STRICT;
                 INSERT INTO revision VALUES (1, 0);",
            )?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        FORMAT => {}
        _ => return Err(StoreError::NewerFormat { found, known: FORMAT }),
    }
    for space in spaces {
        transaction.execute_batch(&statements::create_table(*space))?;
    }
    let revision: i64 =
        transaction.query_row("SELECT value FROM revision", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(Revision(revision.cast_unsigned()))
}

impl Records for SqliteRecords {
    fn get<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Versioned<Bytes>>, StoreError>> {
        Box::pin(async move { self.read(space, key) })
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(async move {
            self.tables.of(scan.space)?;
            let tables = Arc::clone(&self.tables);
            self.readers
                .run(move |connection| statements::scan(connection, tables.of(scan.space)?, &scan))
                .await
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            batch.check(self.tables.spaces())?;
            self.writer.commit(batch).await
        })
    }

    fn freshness(&self) -> Freshness {
        // In this order: what is committed up to `heard_at` is then among what is known.
        let heard_at = self.clock.now();
        Freshness { revision: self.recent.revision(), heard_at }
    }

    fn changes_since(&self, revision: Revision) -> Changes {
        self.recent.since(revision)
    }
}

impl fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteRecords")
            .field("spaces", &self.tables.spaces())
            .finish_non_exhaustive()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error.into()),
            _ => Self::Unavailable(error.into()),
        }
    }
}

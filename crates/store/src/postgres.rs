//! Records in one schema of a PostgreSQL database, shared by any number of nodes.
//!
//! Every commit first takes the schema's one `revision` row and holds it until it ends. So commits
//! are serial, their revisions are in the order they become visible, and a precondition that was
//! judged stays true; readers are never held up. What each commit changed is kept for a while in
//! `changes`, from which other nodes learn of it.

mod follow;
mod statements;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use futures_util::future::{BoxFuture, try_join_all};
use tokio_postgres::{Config, IsolationLevel, NoTls, error::SqlState};
use types::Clock;

use self::statements::Tables;
use crate::{
    Batch, Changes, CommitError, Freshness, Page, Precondition, Records, Revision, Scan, Space,
    StoreError, Version, Versioned, Write, recent::Recent,
};

/// How many connections a node has at most, besides the one that listens.
const CONNECTIONS: usize = 8;
/// How long to wait for one of them, or for a new one.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of how many commits the database remembers what they changed.
const REMEMBERED: u64 = 4096;

/// Records in one schema of a PostgreSQL database.
///
/// The connection is plain: a Unix socket, or TCP where the network is trusted.
pub struct PostgresRecords {
    pool: Pool,
    config: Config,
    tables: Tables,
    recent: Recent,
    clock: Arc<dyn Clock>,
}

impl PostgresRecords {
    /// Opens the schema, or makes it, with these spaces. `url` is a connection URL or string as libpq
    /// takes it; `schema` has 1 to 40 lower-case letters, digits and `_`.
    ///
    /// The instance learns of other nodes' commits while someone drives [`PostgresRecords::follow`].
    ///
    /// # Errors
    /// [`StoreError::NewerFormat`] if a newer release made the schema, or another [`StoreError`] if the
    /// database cannot be reached or the schema not be made.
    pub async fn open(
        url: &str,
        schema: &str,
        spaces: &[Space],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !(1..=40).contains(&schema.len()) || !schema.bytes().all(legal) {
            let message = format!("{schema:?} is not a schema's name (1 to 40 of a-z, 0-9 and _)");
            return Err(StoreError::unavailable(message));
        }
        let mut config: Config = url.parse()?;
        // What is acknowledged is on the disk; a node that hangs does not hold up the others for ever.
        let own = "-c synchronous_commit=on -c lock_timeout=5s -c statement_timeout=30s \
                   -c idle_in_transaction_session_timeout=10s";
        let options = config.get_options().map_or(own.to_owned(), |given| format!("{given} {own}"));
        config.options(options).application_name("cloakroom").connect_timeout(PATIENCE);
        // A network that swallows everything must be noticed too.
        config.tcp_user_timeout(2 * PATIENCE).keepalives_idle(PATIENCE);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), NoTls, recycling);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(StoreError::unavailable)?;
        let tables = Tables::new(schema, spaces);
        let asked_at = clock.now();
        let revision = tables.prepare(&mut *pool.get().await?).await?;
        Ok(Self { pool, config, tables, recent: Recent::new(revision, asked_at), clock })
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// Applies the batch; the revision if it holds, else what does not.
    async fn apply(&self, batch: &Batch) -> Result<Result<Revision, Precondition>, StoreError> {
        let mut connection = self.connection().await?;
        // Each query sees what was committed before it, so also what was while the row was waited for.
        let isolation = IsolationLevel::ReadCommitted;
        let transaction = connection.build_transaction().isolation_level(isolation).start().await?;
        let take = transaction.prepare_cached(&self.tables.take_revision).await?;
        let next: i64 = transaction.query_one(&take, &[]).await?.get(0);
        let next = Revision(next.cast_unsigned());
        // From here on nobody else commits. The queries go out together and are answered in order.
        let judged = batch.preconditions().iter().map(|p| self.tables.holds(&transaction, p));
        let judged = try_join_all(judged).await?;
        let failed = batch.preconditions().iter().zip(judged).find(|(_, holds)| !holds);
        if let Some((precondition, _)) = failed {
            transaction.rollback().await?;
            return Ok(Err(precondition.clone()));
        }
        if batch.writes().is_empty() {
            transaction.rollback().await?;
            return Ok(Ok(Revision(next.0 - 1)));
        }
        // Only the last write to each key, so that it does not matter in which order they arrive.
        let writes: BTreeMap<_, _> = batch.writes().iter().map(|w| (w.target(), w)).collect();
        let writes = writes.into_values().map(|write| self.tables.write(&transaction, write, next));
        try_join_all(writes).await?;
        self.tables.announce(&transaction, batch, next).await?;
        transaction.commit().await?;
        Ok(Ok(next))
    }
}

impl Records for PostgresRecords {
    fn get<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Versioned<Bytes>>, StoreError>> {
        Box::pin(async move {
            let table = self.tables.of(space)?;
            let connection = self.connection().await?;
            let statement = connection.prepare_cached(&table.get).await?;
            let row = connection.query_opt(&statement, &[&key]).await?;
            row.map(|row| statements::versioned(&row, 0)).transpose()
        })
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(async move { self.tables.scan(&*self.connection().await?, &scan).await })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            batch.check(self.tables.spaces())?;
            let asked_at = self.clock.now();
            let revision = match self.apply(&batch).await? {
                Ok(revision) => revision,
                Err(precondition) => {
                    // Another node may be the reason: caches must not answer the next try from before.
                    self.catch_up().await?;
                    return Err(CommitError::Conflict(precondition));
                }
            };
            // Caches know of it before the caller does; also of what came before it from other nodes.
            if self.recent.record(revision, batch.writes().iter().map(Write::changed)) {
                self.recent.heard(asked_at);
            } else {
                self.catch_up().await?;
            }
            Ok(revision)
        })
    }

    fn freshness(&self) -> Freshness {
        // In this order: what was committed by `heard_at` is then among what is known.
        let heard_at = self.recent.heard_at();
        Freshness { revision: self.recent.revision(), heard_at }
    }

    fn changes_since(&self, revision: Revision) -> Changes {
        self.recent.since(revision)
    }
}

impl fmt::Debug for PostgresRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the configuration: it has the password.
        f.debug_struct("PostgresRecords")
            .field("spaces", &self.tables.spaces())
            .finish_non_exhaustive()
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if *code == SqlState::DISK_FULL => Self::Full(error.into()),
            Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => Self::Busy,
            _ => Self::Unavailable(error.into()),
        }
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => Self::Busy,
            other => Self::Unavailable(other.into()),
        }
    }
}

/// A version as PostgreSQL has it.
fn version(number: i64) -> Version {
    Version(number.cast_unsigned())
}

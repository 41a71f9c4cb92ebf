use bytes::Bytes;
use deadpool_postgres::{ClientWrapper, GenericClient, Transaction};
use tokio_postgres::Row;

use super::{REMEMBERED, version};
use crate::{
    Batch, Direction, Key, KeyRange, KeyReader, PAGE_BYTES_MAX, Page, Precondition, Revision, Scan,
    Space, StoreError, Versioned, Write, batch::check_space,
};

/// What brings a schema from each format to the next; `$SCHEMA` stands for its quoted name. Only ever
/// appended to.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE $SCHEMA.revision (
        single integer PRIMARY KEY CHECK (single = 1), value bigint NOT NULL);
    INSERT INTO $SCHEMA.revision VALUES (1, 0);
    CREATE TABLE $SCHEMA.changes (revision bigint PRIMARY KEY, keys bytea NOT NULL);
"];

/// The statements of a schema. Names are quoted, and neither a [`Space`] nor the schema's name has a
/// character that could end a quotation.
#[derive(Debug)]
pub(super) struct Tables {
    schema: String,
    spaces: Vec<Space>,
    each: Vec<Table>,
    pub(super) take_revision: String,
    pub(super) revision: String,
    pub(super) changes: String,
    /// The channel on which a commit is announced.
    pub(super) channel: String,
}

#[derive(Debug)]
pub(super) struct Table {
    name: String,
    pub(super) get: String,
    version: String,
    put: String,
    delete: String,
}

impl Tables {
    pub(super) fn new(schema: &str, spaces: &[Space]) -> Self {
        let tables = spaces.iter().map(|space| {
            let name = format!("\"{schema}\".\"space_{space}\"");
            Table {
                get: format!("SELECT version, value FROM {name} WHERE key = $1"),
                version: format!("SELECT version FROM {name} WHERE key = $1"),
                put: format!(
                    "INSERT INTO {name} (key, version, value) VALUES ($1, $2, $3)
                     ON CONFLICT (key) DO UPDATE
                     SET version = excluded.version, value = excluded.value"
                ),
                delete: format!("DELETE FROM {name} WHERE key = $1"),
                name,
            }
        });
        Self {
            schema: format!("\"{schema}\""),
            each: tables.collect(),
            spaces: spaces.to_vec(),
            take_revision: format!(
                "UPDATE \"{schema}\".revision SET value = value + 1 RETURNING value"
            ),
            revision: format!("SELECT value FROM \"{schema}\".revision"),
            changes: format!(
                "SELECT revision, keys FROM \"{schema}\".changes WHERE revision > $1
                 ORDER BY revision LIMIT {REMEMBERED}"
            ),
            channel: format!("cloakroom_{schema}"),
        }
    }

    pub(super) fn spaces(&self) -> &[Space] {
        &self.spaces
    }

    pub(super) fn of(&self, space: Space) -> Result<&Table, StoreError> {
        check_space(&self.spaces, space)?;
        let index = self.spaces.iter().position(|declared| *declared == space);
        index.and_then(|index| self.each.get(index)).ok_or(StoreError::UnknownSpace(space))
    }

    /// Brings the schema to the present format, one node at a time, and returns its revision.
    pub(super) async fn prepare(&self, client: &mut ClientWrapper) -> Result<Revision, StoreError> {
        let schema = &self.schema;
        let transaction = client.transaction().await?;
        // Any number will do that nothing else locks: "cloakroom" in hexadecimal digits, shortened.
        let lock = "SELECT pg_advisory_xact_lock(6010915137364881261)";
        transaction.batch_execute(lock).await?;
        let exists = "SELECT EXISTS (SELECT FROM information_schema.tables
                                     WHERE table_schema = $1 AND table_name = 'format')";
        let bare = schema.trim_matches('"');
        let found: i64 = if transaction.query_one(exists, &[&bare]).await?.get(0) {
            transaction.query_one(&format!("SELECT value FROM {schema}.format"), &[]).await?.get(0)
        } else {
            let create = format!(
                "CREATE SCHEMA IF NOT EXISTS {schema};
                 CREATE TABLE {schema}.format (value bigint NOT NULL);
                 INSERT INTO {schema}.format VALUES (0);"
            );
            transaction.batch_execute(&create).await?;
            0
        };
        let known = i64::try_from(MIGRATIONS.len()).map_err(StoreError::unavailable)?;
        let done = usize::try_from(found).ok().filter(|done| *done <= MIGRATIONS.len());
        let done = done.ok_or(StoreError::NewerFormat { found, known })?;
        for migration in MIGRATIONS.iter().skip(done) {
            transaction.batch_execute(&migration.replace("$SCHEMA", schema)).await?;
        }
        if found < known {
            let update = format!("UPDATE {schema}.format SET value = $1");
            transaction.execute(&update, &[&known]).await?;
        }
        for Table { name, .. } in &self.each {
            let create = format!(
                "CREATE TABLE IF NOT EXISTS {name} (
                     key bytea PRIMARY KEY, version bigint NOT NULL, value bytea NOT NULL)"
            );
            transaction.batch_execute(&create).await?;
        }
        let revision: i64 = transaction.query_one(&self.revision, &[]).await?.get(0);
        transaction.commit().await?;
        Ok(Revision(revision.cast_unsigned()))
    }

    /// Whether the precondition holds now.
    pub(super) async fn holds(
        &self,
        transaction: &Transaction<'_>,
        precondition: &Precondition,
    ) -> Result<bool, StoreError> {
        let table = self.of(precondition.space())?;
        let at = async |key: &Bytes| {
            let statement = transaction.prepare_cached(&table.version).await?;
            let row = transaction.query_opt(&statement, &[&key.as_ref()]).await?;
            Ok::<_, StoreError>(row.map(|row| version(row.get(0))))
        };
        Ok(match precondition {
            Precondition::Absent { key, .. } => at(key).await?.is_none(),
            Precondition::AtVersion { key, version, .. } => at(key).await? == Some(*version),
            Precondition::Empty { range, .. } => {
                let query =
                    format!("SELECT EXISTS (SELECT FROM {} WHERE {})", table.name, within(range));
                let statement = transaction.prepare_cached(&query).await?;
                let row = match range.end.as_ref() {
                    Some(end) => transaction.query_one(&statement, &[&range.start, end]).await?,
                    None => transaction.query_one(&statement, &[&range.start]).await?,
                };
                !row.get::<_, bool>(0)
            }
        })
    }

    /// Makes one write, as of the revision.
    pub(super) async fn write(
        &self,
        transaction: &Transaction<'_>,
        write: &Write,
        revision: Revision,
    ) -> Result<(), StoreError> {
        match write {
            Write::Put { space, key, value } => {
                let statement = transaction.prepare_cached(&self.of(*space)?.put).await?;
                let version = revision.0.cast_signed();
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                    [&key.as_ref(), &version, &value.as_ref()];
                transaction.execute(&statement, &values).await?;
            }
            Write::Delete { space, key } => {
                let statement = transaction.prepare_cached(&self.of(*space)?.delete).await?;
                transaction.execute(&statement, &[&key.as_ref()]).await?;
            }
        }
        Ok(())
    }

    /// Remembers what the commit changed, and wakes those who follow once it is done.
    pub(super) async fn announce(
        &self,
        transaction: &Transaction<'_>,
        batch: &Batch,
        revision: Revision,
    ) -> Result<(), StoreError> {
        let schema = &self.schema;
        let insert = format!("INSERT INTO {schema}.changes (revision, keys) VALUES ($1, $2)");
        let statement = transaction.prepare_cached(&insert).await?;
        let keys = batch.writes().iter().fold(Key::new(), |keys, write| {
            let (space, key) = write.target();
            keys.text(space.name()).bytes(key)
        });
        let keys: &[u8] = &keys;
        transaction.execute(&statement, &[&revision.0.cast_signed(), &keys]).await?;
        if revision.0.is_multiple_of(256) {
            let forget = format!("DELETE FROM {schema}.changes WHERE revision <= $1");
            let oldest = revision.0.saturating_sub(REMEMBERED).cast_signed();
            transaction.execute(&forget, &[&oldest]).await?;
        }
        let notify = transaction.prepare_cached("SELECT pg_notify($1, '')").await?;
        transaction.query_one(&notify, &[&self.channel]).await?;
        Ok(())
    }

    /// The keys of a row of `changes`, as far as their spaces are declared here.
    pub(super) fn changed(&self, keys: &[u8]) -> Vec<(Space, Bytes)> {
        let mut reader = KeyReader::new(keys);
        let mut changed = Vec::new();
        while let (Ok(name), Ok(key)) = (reader.text(), reader.bytes()) {
            if let Some(space) = self.spaces.iter().find(|space| space.name() == name) {
                changed.push((*space, key.into()));
            }
        }
        changed
    }

    pub(super) async fn scan(
        &self,
        client: &ClientWrapper,
        scan: &Scan,
    ) -> Result<Page, StoreError> {
        let table = self.of(scan.space)?;
        let order = match scan.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        // The page ends in the database, so that large values behind its end do not travel.
        let query = format!(
            "SELECT key, version, value, found FROM (
                 SELECT key, version, value, count(*) OVER () AS found,
                        coalesce(sum(octet_length(key) + octet_length(value)) OVER (
                            ORDER BY key {order}
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
                 FROM (SELECT key, version, value FROM {} WHERE {} ORDER BY key {order}
                       LIMIT ({} + 1)) AS candidates) AS page
             WHERE before < {PAGE_BYTES_MAX} ORDER BY key {order}",
            table.name,
            within(&scan.range),
            scan.limit,
        );
        let statement = client.prepare_cached(&query).await?;
        let rows = match scan.range.end.as_ref() {
            Some(end) => client.query(&statement, &[&scan.range.start, end]).await?,
            None => client.query(&statement, &[&scan.range.start]).await?,
        };
        let found = rows.first().map_or(0, |row| row.get::<_, i64>("found"));
        let entries = rows.iter().take(scan.limit).map(|row| {
            let key: &[u8] = row.try_get(0)?;
            Ok((Bytes::copy_from_slice(key), versioned(row, 1)?))
        });
        let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
        let more = usize::try_from(found).is_ok_and(|found| entries.len() < found);
        Ok(Page { entries, more })
    }
}

/// The condition that a key is in the range: `$1` is its start, `$2` its end, if it has one.
fn within(range: &KeyRange) -> &'static str {
    if range.end.is_some() { "key >= $1 AND key < $2" } else { "key >= $1" }
}

/// The version and the value that stand at column `first` and the one behind it.
pub(super) fn versioned(row: &Row, first: usize) -> Result<Versioned<Bytes>, StoreError> {
    let value: &[u8] = row.try_get(first + 1)?;
    Ok(Versioned { version: version(row.try_get(first)?), value: Bytes::copy_from_slice(value) })
}

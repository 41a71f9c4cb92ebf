use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    Batch, Direction, KeyRange, PAGE_BYTES_MAX, Page, Precondition, Revision, Scan, Space,
    StoreError, Version, Versioned, Write, batch::check_space,
};

/// The statements of every declared space.
#[derive(Debug)]
pub(super) struct Tables {
    spaces: Vec<Space>,
    tables: Vec<Table>,
}

#[derive(Debug)]
pub(super) struct Table {
    name: String,
    pub(super) get: String,
    version: String,
    put: String,
    delete: String,
}

/// A space's table. The name is quoted, and a [`Space`] has no character that could end a quotation.
///
/// It has a rowid: values up to 1 MiB in the leaves of a `WITHOUT ROWID` table would make its keys
/// far apart and its inner pages deep.
pub(super) fn create_table(space: Space) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS \"space_{space}\" (
             key BLOB NOT NULL PRIMARY KEY, version INTEGER NOT NULL, value BLOB NOT NULL) STRICT"
    )
}

impl Tables {
    pub(super) fn new(spaces: &[Space]) -> Self {
        let tables = spaces.iter().map(|space| {
            let name = format!("\"space_{space}\"");
            Table {
                get: format!("SELECT version, value FROM {name} WHERE key = ?1"),
                version: format!("SELECT version FROM {name} WHERE key = ?1"),
                put: format!(
                    "INSERT INTO {name} (key, version, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key) DO UPDATE
                     SET version = excluded.version, value = excluded.value"
                ),
                delete: format!("DELETE FROM {name} WHERE key = ?1"),
                name,
            }
        });
        Self { tables: tables.collect(), spaces: spaces.to_vec() }
    }

    pub(super) fn spaces(&self) -> &[Space] {
        &self.spaces
    }

    /// How many statements a connection can come to prepare.
    pub(super) fn statements(&self) -> usize {
        self.tables.len() * 6 + 4
    }

    pub(super) fn of(&self, space: Space) -> Result<&Table, StoreError> {
        check_space(&self.spaces, space)?;
        let index = self.spaces.iter().position(|declared| *declared == space);
        index.and_then(|index| self.tables.get(index)).ok_or(StoreError::UnknownSpace(space))
    }
}

/// The version and the value that stand at column `first` and the one behind it.
pub(super) fn versioned(row: &Row<'_>, first: usize) -> rusqlite::Result<Versioned<Bytes>> {
    let version: i64 = row.get(first)?;
    let value: Vec<u8> = row.get(first + 1)?;
    Ok(Versioned { version: Version(version.cast_unsigned()), value: value.into() })
}

pub(super) fn scan(
    connection: &Connection,
    table: &Table,
    scan: &Scan,
) -> Result<Page, StoreError> {
    let mut statement = connection.prepare_cached(&range_query(
        "key, version, value",
        &table.name,
        &scan.range,
        scan.direction,
    ))?;
    let end = scan.range.end.as_deref();
    let mut rows = match end {
        Some(end) => statement.query(params![scan.range.start, end])?,
        None => statement.query(params![scan.range.start])?,
    };
    let mut page = Page::default();
    let mut length = 0;
    while let Some(row) = rows.next()? {
        if page.entries.len() >= scan.limit || length >= PAGE_BYTES_MAX {
            page.more = true;
            break;
        }
        let key: Vec<u8> = row.get(0)?;
        let record = versioned(row, 1)?;
        length += key.len() + record.value.len();
        page.entries.push((key.into(), record));
    }
    Ok(page)
}

/// The rows are taken one by one, so no limit is needed; `?2` is there only if the range has an end.
fn range_query(columns: &str, table: &str, range: &KeyRange, direction: Direction) -> String {
    let end = if range.end.is_some() { " AND key < ?2" } else { "" };
    let order = match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    format!("SELECT {columns} FROM {table} WHERE key >= ?1{end} ORDER BY key {order}")
}

/// The first precondition that does not hold.
pub(super) fn violated(
    connection: &Connection,
    tables: &Tables,
    batch: &Batch,
) -> Result<Option<Precondition>, StoreError> {
    for precondition in batch.preconditions() {
        let table = tables.of(precondition.space())?;
        let version = |key: &Bytes| -> rusqlite::Result<Option<Version>> {
            let mut statement = connection.prepare_cached(&table.version)?;
            let found =
                statement.query_row([key.as_ref()], |row| row.get::<_, i64>(0)).optional()?;
            Ok(found.map(|version| Version(version.cast_unsigned())))
        };
        let holds = match precondition {
            Precondition::Absent { key, .. } => version(key)?.is_none(),
            Precondition::AtVersion { key, version: wanted, .. } => version(key)? == Some(*wanted),
            Precondition::Empty { range, .. } => {
                let query = range_query("1", &table.name, range, Direction::Ascending);
                let mut statement = connection.prepare_cached(&query)?;
                match range.end.as_deref() {
                    Some(end) => !statement.exists(params![range.start, end])?,
                    None => !statement.exists(params![range.start])?,
                }
            }
        };
        if !holds {
            return Ok(Some(precondition.clone()));
        }
    }
    Ok(None)
}

/// Makes the batch's writes, as those of `revision`.
pub(super) fn write(
    connection: &Connection,
    tables: &Tables,
    batch: &Batch,
    revision: Revision,
) -> Result<(), StoreError> {
    for write in batch.writes() {
        match write {
            Write::Put { space, key, value } => connection
                .prepare_cached(&tables.of(*space)?.put)?
                .execute(params![key.as_ref(), revision.0.cast_signed(), value.as_ref()])?,
            Write::Delete { space, key } => connection
                .prepare_cached(&tables.of(*space)?.delete)?
                .execute(params![key.as_ref()])?,
        };
    }
    Ok(())
}

//! Rows of `keys`: who may use the API, and who may ping by a check's slug.

use rusqlite::{Connection, Row, params};

use crate::clock::wall_time;
use crate::store::managed::keys::{KeyKind, KeyRow};

/// Adds a key.
pub(in crate::store) fn insert(
    connection: &Connection,
    kind: KeyKind,
    prefix: &str,
    digest: &[u8; 32],
    created: jiff::Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO keys (kind, prefix, digest, wall_created) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![kind.word(), prefix, digest, created.as_microsecond()])?;
    Ok(())
}

/// Forgets a key; returns whether it was there.
pub(in crate::store) fn delete(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    let deleted = connection.prepare_cached("DELETE FROM keys WHERE id = ?1")?.execute([id])?;
    Ok(0 < deleted)
}

/// Reads every key, oldest first.
pub(in crate::store) fn all(connection: &Connection) -> rusqlite::Result<Vec<KeyRow>> {
    connection
        .prepare_cached("SELECT id, kind, prefix, digest, wall_created FROM keys ORDER BY id")?
        .query_map([], from_row)?
        .filter_map(Result::transpose)
        .collect()
}

/// Reads a key, or `None` if it is of a kind that is not known.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<KeyRow>> {
    let kind: String = row.get(1)?;
    let Some(kind) = KeyKind::from_word(&kind) else { return Ok(None) };
    Ok(Some(KeyRow {
        id: row.get(0)?,
        kind,
        prefix: row.get(2)?,
        digest: row.get(3)?,
        created: wall_time(row.get(4)?),
    }))
}

//! Rows of `changes`: who changed what of a check.

use domain::id::CheckId;
use rusqlite::{Connection, params};

use crate::clock::wall_time;

/// A change as the database has it, in words.
pub(in crate::store) struct ChangeRow {
    pub(in crate::store) at: jiff::Timestamp,
    pub(in crate::store) author: String,
    pub(in crate::store) deed: String,
    pub(in crate::store) fields: String,
}

/// Adds a change, and forgets all but the latest `most` of its check.
pub(in crate::store) fn insert(
    connection: &Connection,
    check: CheckId,
    row: &ChangeRow,
    most: usize,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO changes (check_id, wall_at, author, deed, fields) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![check.number(), row.at.as_microsecond(), row.author, row.deed, row.fields])?;
    connection
        .prepare_cached(
            "DELETE FROM changes WHERE check_id = ?1 AND id <=
                 (SELECT id FROM changes WHERE check_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute(params![check.number(), most])?;
    Ok(())
}

/// Reads the latest changes of a check, latest first.
pub(in crate::store) fn latest(
    connection: &Connection,
    check: CheckId,
    most: usize,
) -> rusqlite::Result<Vec<ChangeRow>> {
    connection
        .prepare_cached(
            "SELECT wall_at, author, deed, fields FROM changes WHERE check_id = ?1 ORDER BY id DESC LIMIT ?2",
        )?
        .query_map(params![check.number(), most], |row| {
            Ok(ChangeRow {
                at: wall_time(row.get(0)?),
                author: row.get(1)?,
                deed: row.get(2)?,
                fields: row.get(3)?,
            })
        })?
        .collect()
}

/// Forgets what was changed of a check; returns how many rows there were, at most `most`.
pub(in crate::store) fn delete_of(
    connection: &Connection,
    check: CheckId,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE check_id = ?1 LIMIT ?2)",
        )?
        .execute(params![check.number(), most])
}

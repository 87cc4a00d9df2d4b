//! Rows of `ping_batches`, `pulses`, `history` and `fold`: pings on their way from the log to their place.

use domain::id::CheckId;
use rusqlite::{Connection, OptionalExtension, params};

/// How far sorting has come; see the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct FoldRow {
    pub(in crate::store) batch: i64,
    pub(in crate::store) check: u32,
}

impl FoldRow {
    /// Tells whether the pings of a check in a batch are in the history.
    pub(in crate::store) fn has(self, batch: i64, check: CheckId) -> bool {
        batch <= self.batch && check.number() <= self.check
    }
}

/// Appends a batch to the log.
pub(in crate::store) fn append_batch(
    connection: &Connection,
    id: i64,
    payload: &[u8],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO ping_batches (id, payload) VALUES (?1, ?2)")?
        .execute(params![id, payload])?;
    Ok(())
}

/// Calls `each` with every batch of the log after `after`, up to `until`, oldest first, until it says stop.
pub(in crate::store) fn each_batch(
    connection: &Connection,
    after: i64,
    until: i64,
    mut each: impl FnMut(i64, &[u8]) -> bool,
) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("SELECT id, payload FROM ping_batches WHERE ?1 < id AND id <= ?2 ORDER BY id")?;
    let mut rows = statement.query([after, until])?;
    while let Some(row) = rows.next()? {
        if !each(row.get(0)?, row.get_ref(1)?.as_blob()?) {
            break;
        }
    }
    Ok(())
}

/// Calls `each` with every batch of the log, latest first, until it says stop.
pub(in crate::store) fn each_batch_from_behind(
    connection: &Connection,
    mut each: impl FnMut(&[u8]) -> bool,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT payload FROM ping_batches ORDER BY id DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !each(row.get_ref(0)?.as_blob()?) {
            break;
        }
    }
    Ok(())
}

/// Returns the latest batch up to `until`, or `None` if the log is empty.
pub(in crate::store) fn latest_batch(
    connection: &Connection,
    until: i64,
) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT payload FROM ping_batches WHERE id <= ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([until], |row| row.get(0))
        .optional()
}

/// Forgets up to `most` of the oldest batches up to `until`; returns how many there were.
pub(in crate::store) fn delete_batches(
    connection: &Connection,
    until: i64,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM ping_batches
             WHERE id IN (SELECT id FROM ping_batches WHERE id <= ?1 ORDER BY id LIMIT ?2)",
        )?
        .execute(params![until, most])
}

/// Reads one batch, or `None` if it is not in the log any more.
pub(in crate::store) fn batch(connection: &Connection, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT payload FROM ping_batches WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

/// Returns the number of the oldest batch, or `None` if the log is empty.
pub(in crate::store) fn first_batch(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached("SELECT min(id) FROM ping_batches")?.query_row([], |row| row.get(0))
}

/// Returns the number of the latest batch, or 0.
pub(in crate::store) fn last_batch(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM ping_batches")?
        .query_row([], |row| row.get(0))
}

/// Reads how far sorting has come.
pub(in crate::store) fn fold(connection: &Connection) -> rusqlite::Result<FoldRow> {
    connection
        .prepare_cached("SELECT batch, check_id FROM fold WHERE one = 1")?
        .query_row([], |row| Ok(FoldRow { batch: row.get(0)?, check: row.get(1)? }))
}

/// Writes how far sorting has come.
pub(in crate::store) fn save_fold(connection: &Connection, fold: FoldRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE fold SET batch = ?1, check_id = ?2 WHERE one = 1")?
        .execute(params![fold.batch, fold.check])?;
    Ok(())
}

/// Reads every page of last pings.
pub(in crate::store) fn pulses(
    connection: &Connection,
    mut each: impl FnMut(usize, &[u8]),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT page, payload FROM pulses ORDER BY page")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get_ref(1)?.as_blob()?);
    }
    Ok(())
}

/// Writes a page of last pings.
pub(in crate::store) fn save_pulse(
    connection: &Connection,
    page: usize,
    payload: &[u8],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO pulses (page, payload) VALUES (?1, ?2)")?
        .execute(params![page, payload])?;
    Ok(())
}

/// Reads the pings of one check in one hour.
pub(in crate::store) fn hour(
    connection: &Connection,
    wall_hour: i64,
    check: CheckId,
) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT payload FROM history WHERE wall_hour = ?1 AND check_id = ?2")?
        .query_row(params![wall_hour, check.number()], |row| row.get(0))
        .optional()
}

/// Returns the latest hour of the history, or `None` if it is empty.
pub(in crate::store) fn latest_hour(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT max(wall_hour) FROM history", [], |row| row.get(0))
}

/// Returns the earliest hour of the history, or `None` if it is empty.
pub(in crate::store) fn earliest_hour(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT min(wall_hour) FROM history", [], |row| row.get(0))
}

/// Calls `each` with every hour of every check's pings.
pub(in crate::store) fn each_hour(
    connection: &Connection,
    mut each: impl FnMut(i64, CheckId, &[u8]),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT wall_hour, check_id, payload FROM history")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, CheckId::new(row.get(1)?), row.get_ref(2)?.as_blob()?);
    }
    Ok(())
}

/// Writes the pings of one check in one hour.
pub(in crate::store) fn save_hour(
    connection: &Connection,
    wall_hour: i64,
    check: CheckId,
    payload: &[u8],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO history (wall_hour, check_id, payload) VALUES (?1, ?2, ?3)")?
        .execute(params![wall_hour, check.number(), payload])?;
    Ok(())
}

/// Forgets up to `most` rows of history from before `wall_hour`; returns how many there were.
pub(in crate::store) fn delete_hours_before(
    connection: &Connection,
    wall_hour: i64,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM history WHERE (wall_hour, check_id) IN
                 (SELECT wall_hour, check_id FROM history WHERE wall_hour < ?1 ORDER BY wall_hour LIMIT ?2)",
        )?
        .execute(params![wall_hour, most])
}

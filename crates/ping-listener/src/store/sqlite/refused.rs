//! Rows of `refused_recipients`: who cannot be reached.

use domain::time::Timestamp;
use rusqlite::{Connection, params};

/// Marks a recipient as refused for good.
pub(in crate::store) fn mark(
    connection: &Connection,
    recipient: &str,
    now: Timestamp,
    answer: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO refused_recipients (recipient, refused_at, answer) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![recipient, now.as_micros(), answer])?;
    Ok(())
}

/// Takes a recipient's mark away, because a mail was accepted.
pub(in crate::store) fn unmark(connection: &Connection, recipient: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM refused_recipients WHERE recipient = ?1")?.execute([recipient])?;
    Ok(())
}

/// Counts the recipients that are marked as refused.
pub(in crate::store) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached("SELECT count(*) FROM refused_recipients")?.query_row([], |row| row.get(0))
}

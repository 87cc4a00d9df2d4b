//! Rows of `tallies`: how often declared checks have pinged, as of what is sorted.

use rusqlite::{Connection, OptionalExtension, params};

/// Reads every page.
pub(in crate::store) fn each(
    connection: &Connection,
    mut each: impl FnMut(usize, &[u8]),
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare("SELECT page, payload FROM tallies WHERE 0 <= page ORDER BY page")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get_ref(1)?.as_blob()?);
    }
    Ok(())
}

/// Reads a page, or returns `None` if nobody of it was ever counted.
pub(in crate::store) fn find(connection: &Connection, page: usize) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT payload FROM tallies WHERE page = ?1")?
        .query_row([page], |row| row.get(0))
        .optional()
}

/// Writes a page.
pub(in crate::store) fn save(connection: &Connection, page: usize, payload: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO tallies (page, payload) VALUES (?1, ?2)")?
        .execute(params![page, payload])?;
    Ok(())
}

/// Takes away the mark that the history of an older version is not counted; returns whether it was there.
pub(in crate::store) fn take_mark(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(0 < connection.execute("DELETE FROM tallies WHERE page < 0", [])?)
}

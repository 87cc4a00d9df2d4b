//! Rows of `settings`: the few things the server has to remember of itself.

use rusqlite::{Connection, OptionalExtension, params};

/// Reads a setting, or `None` if it was never written.
pub(in crate::store) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Writes a setting.
pub(in crate::store) fn save(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(())
}

/// Forgets a setting.
pub(in crate::store) fn delete(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM settings WHERE name = ?1")?.execute([name])?;
    Ok(())
}

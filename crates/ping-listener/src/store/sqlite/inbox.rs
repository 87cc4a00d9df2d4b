//! Rows of `inbox`: mails that stay on this machine.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::wall_time;
use crate::store::view::{InboxLine, InboxMail};

/// Adds a mail and forgets those beyond the latest `kept`.
pub(in crate::store) fn insert(
    connection: &Connection,
    received: jiff::Timestamp,
    mail: &InboxMail,
    kept: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO inbox (wall_received, recipient, subject, text, html, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            received.as_microsecond(),
            mail.line.recipient,
            mail.line.subject,
            mail.text,
            mail.html,
            mail.raw
        ])?;
    let latest = connection.last_insert_rowid();
    connection.prepare_cached("DELETE FROM inbox WHERE id <= ?1")?.execute([latest - kept])?;
    Ok(())
}

/// Reads up to `most` lines before number `before`, latest first.
pub(in crate::store) fn lines(
    connection: &Connection,
    before: i64,
    most: usize,
) -> rusqlite::Result<Vec<InboxLine>> {
    connection
        .prepare_cached(
            "SELECT id, wall_received, recipient, subject FROM inbox WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        )?
        .query_map(params![before, most], line)?
        .collect()
}

/// Reads one mail, or `None` if there is none of that number.
pub(in crate::store) fn find(connection: &Connection, number: i64) -> rusqlite::Result<Option<InboxMail>> {
    connection
        .prepare_cached(
            "SELECT id, wall_received, recipient, subject, text, html, raw FROM inbox WHERE id = ?1",
        )?
        .query_row([number], |row| {
            Ok(InboxMail { line: line(row)?, text: row.get(4)?, html: row.get(5)?, raw: row.get(6)? })
        })
        .optional()
}

fn line(row: &Row<'_>) -> rusqlite::Result<InboxLine> {
    Ok(InboxLine {
        number: row.get(0)?,
        received: wall_time(row.get(1)?),
        recipient: row.get(2)?,
        subject: row.get(3)?,
    })
}

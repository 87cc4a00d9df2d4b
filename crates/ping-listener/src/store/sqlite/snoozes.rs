//! Rows of `snoozes`: until when no mail about a check goes out.

use std::collections::BTreeMap;

use domain::id::CheckId;
use domain::time::Timestamp;
use rusqlite::{Connection, params};

use super::database::schema_version;
use super::planted;

/// The first schema that has snoozes.
const SINCE: i64 = 4;

/// Reads every snooze. The schema may be an older one, which has none.
pub(in crate::store) fn all(connection: &Connection) -> rusqlite::Result<BTreeMap<CheckId, Timestamp>> {
    if schema_version(connection)? < SINCE {
        return Ok(BTreeMap::new());
    }
    planted::distort_snoozes(connection)?;
    connection
        .prepare("SELECT check_id, until FROM snoozes")?
        .query_map([], |row| Ok((CheckId::new(row.get(0)?), Timestamp::from_micros(row.get(1)?))))?
        .collect()
}

/// Writes until when a check is snoozed, and lets what waits about it wait for that.
pub(in crate::store) fn save(
    connection: &Connection,
    check: CheckId,
    until: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO snoozes (check_id, until) VALUES (?1, ?2)")?
        .execute(params![check.number(), until.as_micros()])?;
    release(connection, check, until)
}

/// Forgets a snooze that ends at `end`, and lets what it held go then.
pub(in crate::store) fn delete(
    connection: &Connection,
    check: CheckId,
    end: Timestamp,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM snoozes WHERE check_id = ?1")?.execute([check.number()])?;
    release(connection, check, end)
}

fn release(connection: &Connection, check: CheckId, at: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&planted::releasing(
            "UPDATE outbox INDEXED BY outbox_open SET due_at = max(wanted_at, ?2), released_at = ?2
             WHERE check_id = ?1 AND state IN ('queued', 'leased') AND state = 'queued'",
        ))?
        .execute(params![check.number(), at.as_micros()])?;
    Ok(())
}

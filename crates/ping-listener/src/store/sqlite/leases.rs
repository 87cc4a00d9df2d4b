//! Rows of `outbox` on their way out: what may be sent, and who is sending it.

use domain::time::Timestamp;
use rusqlite::{Connection, params};

use super::outbox::{COLUMNS, HELD, OutboxRow, from_row};
use super::planted;

/// What of the queue may be sent: a row behind another that is being sent to the same recipient about the same check
/// may not, nor one to a recipient at whom four mails hang. A lease that ends by `?1` is of a mail that hangs.
const IS_FREE: &str = "state = 'queued'
                       AND recipient NOT IN (SELECT recipient FROM outbox WHERE state = 'leased' AND lease_until <= ?1
                                             GROUP BY recipient HAVING 4 <= count(DISTINCT lease_token))
                       AND NOT EXISTS (SELECT 1 FROM outbox AS ahead
                                       WHERE ahead.check_id = outbox.check_id AND ahead.recipient = outbox.recipient
                                             AND ahead.state = 'leased')";

/// Returns the queued rows that may be sent now, oldest first.
pub(in crate::store) fn due(
    connection: &Connection,
    hangs_until: Timestamp,
    now: Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE {IS_FREE} AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3"
        ))?
        .query_map(params![hangs_until.as_micros(), now.as_micros(), most], from_row)?
        .collect()
}

/// Returns the earliest instant at which there is something to do: a row may be sent, or a lease ends.
pub(in crate::store) fn next_to_do(
    connection: &Connection,
    hangs_until: Timestamp,
) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached(&format!(
            "SELECT min(at) FROM (SELECT * FROM (SELECT due_at AS at FROM outbox WHERE {IS_FREE} ORDER BY due_at LIMIT 1)
                                  UNION ALL
                                  SELECT lease_until FROM outbox WHERE state = 'leased')"
        ))?
        .query_row([hangs_until.as_micros()], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp::from_micros)))
}

/// Returns the queued rows of a digest, and whether each may be sent now.
pub(in crate::store) fn queued_of_digest(
    connection: &Connection,
    hangs_until: Timestamp,
    digest: i64,
    now: Timestamp,
) -> rusqlite::Result<Vec<(OutboxRow, bool)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, {IS_FREE} AND due_at <= ?3 AS may_be_sent
             FROM outbox WHERE digest = ?2 AND state = 'queued' ORDER BY id"
        ))?
        .query_map(params![hangs_until.as_micros(), digest, now.as_micros()], |row| {
            Ok((from_row(row)?, row.get("may_be_sent")?))
        })?
        .collect()
}

/// Leases a row.
pub(in crate::store) fn lease(
    connection: &Connection,
    id: i64,
    token: i64,
    until: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET state = 'leased', lease_token = ?2, lease_until = ?3 WHERE id = ?1",
        )?
        .execute(params![id, token, until.as_micros()])?;
    Ok(())
}

/// Returns the rows that a lease still holds.
pub(in crate::store) fn leased(connection: &Connection, token: i64) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE lease_token = ?1 AND state = 'leased' ORDER BY id"
        ))?
        .query_map([token], from_row)?
        .collect()
}

/// Returns the rows whose lease ended before `now`.
pub(in crate::store) fn expired(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE state = 'leased' AND lease_until <= ?1 ORDER BY id"
        ))?
        .query_map([now.as_micros()], from_row)?
        .collect()
}

/// Voids a lease: the row is free again.
pub(in crate::store) fn void_lease(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    let held = planted::held(HELD);
    connection
        .prepare_cached(&format!(
            "UPDATE outbox SET state = 'queued', lease_token = NULL, lease_until = NULL,
                    due_at = max(due_at, coalesce({held}, due_at)), released_at = coalesce({held}, released_at)
             WHERE id = ?1",
        ))?
        .execute([id])?;
    Ok(())
}

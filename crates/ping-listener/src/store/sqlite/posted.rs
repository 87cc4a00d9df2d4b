//! Rows of `outbox` as pages read them: a part of them at a time, and how many there are.

use domain::id::CheckId;
use domain::time::Timestamp;
use rusqlite::{Connection, params};

use super::outbox::{COLUMNS, OutboxRow, from_row};
use crate::store::view::RowState;

/// Counts the rows in each state.
pub(in crate::store) fn counts(connection: &Connection) -> rusqlite::Result<Vec<(RowState, u64)>> {
    let mut counts = connection.prepare_cached("SELECT count(*) FROM outbox WHERE state = ?1")?;
    RowState::ALL
        .into_iter()
        .map(|state| Ok((state, counts.query_row([state.word()], |row| row.get(0))?)))
        .collect()
}

/// Returns when any mail was last accepted.
pub(in crate::store) fn last_accepted(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT max(settled_at) FROM (SELECT settled_at FROM outbox WHERE state = 'sent' ORDER BY id DESC LIMIT 100)")?
        .query_row([], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp::from_micros)))
}

/// Reads the latest rows, latest first.
pub(in crate::store) fn latest(connection: &Connection, most: usize) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM outbox ORDER BY id DESC LIMIT ?1"))?
        .query_map([most], from_row)?
        .collect()
}

/// Reads rows of one state, or of all, with lower numbers than `before`, latest first.
pub(in crate::store) fn before(
    connection: &Connection,
    state: Option<RowState>,
    before: i64,
    most: usize,
) -> rusqlite::Result<Vec<OutboxRow>> {
    let of_state = "outbox INDEXED BY outbox_of_state WHERE state = ?1 AND";
    let from = if state.is_some() { of_state } else { "outbox WHERE ?1 IS NULL AND" };
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {from} id < ?2 ORDER BY id DESC LIMIT ?3"))?
        .query_map(params![state.map(RowState::word), before, most], from_row)?
        .collect()
}

/// Returns the numbers of given-up rows after `after`, in order.
pub(in crate::store) fn given_up_after(
    connection: &Connection,
    after: i64,
    most: usize,
) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT id FROM outbox INDEXED BY outbox_of_state
             WHERE state = 'given up' AND ?1 < id ORDER BY id LIMIT ?2",
        )?
        .query_map(params![after, most], |row| row.get(0))?
        .collect()
}

/// Reads the rows about a check that are dated between two instants of wall-clock time.
pub(in crate::store) fn of_check_between(
    connection: &Connection,
    check: CheckId,
    from: jiff::Timestamp,
    until: jiff::Timestamp,
) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_dated
             WHERE check_id = ?1 AND ?2 <= wall_dated AND wall_dated < ?3 ORDER BY id"
        ))?
        .query_map(params![check.number(), from.as_microsecond(), until.as_microsecond()], from_row)?
        .collect()
}

/// Reads the latest rows about a check that are dated at an instant of wall-clock time or later, latest first.
pub(in crate::store) fn latest_of_check(
    connection: &Connection,
    check: CheckId,
    from: jiff::Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_dated
             WHERE check_id = ?1 AND ?2 <= wall_dated ORDER BY wall_dated DESC, id DESC LIMIT ?3"
        ))?
        .query_map(params![check.number(), from.as_microsecond(), most], from_row)?
        .collect()
}

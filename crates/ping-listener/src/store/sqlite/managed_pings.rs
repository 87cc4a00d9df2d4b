//! Rows of `managed_pings`: the latest pings of managed checks, with all that came with them.

use std::net::IpAddr;

use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::store::log::LoggedPing;

/// A ping of a managed check without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct PingRow {
    pub(in crate::store) n: u64,
    pub(in crate::store) at: Timestamp,
    pub(in crate::store) wall_micros: i64,
    pub(in crate::store) signal: Signal,
    pub(in crate::store) scheme: Box<str>,
    pub(in crate::store) method: Box<str>,
    pub(in crate::store) user_agent: Box<str>,
    pub(in crate::store) remote_addr: Option<IpAddr>,
    pub(in crate::store) rid: Option<Uuid>,
    pub(in crate::store) exit_status: Option<u8>,
    pub(in crate::store) body_bytes: usize,
}

/// Writes a ping; one that is there already is the same.
pub(in crate::store) fn save(connection: &Connection, ping: &LoggedPing<'_>) -> rusqlite::Result<()> {
    let Some(detail) = ping.detail else { return Ok(()) };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO managed_pings (check_id, n, at, wall_at, signal, scheme, method, user_agent,
                 remote_addr, rid, exit_status, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            ping.check.number(),
            detail.n,
            ping.at.as_micros(),
            ping.wall_micros,
            signal_word(detail.signal),
            detail.scheme,
            detail.method,
            detail.user_agent,
            detail.remote_addr.map(|address| address.to_string()),
            detail.rid.map(Uuid::into_bytes),
            detail.exit_status,
            Some(detail.body).filter(|body| !body.is_empty()),
        ])?;
    Ok(())
}

/// Returns the pings of a check from number `from` on, in order.
pub(in crate::store) fn of_check(
    connection: &Connection,
    check: CheckId,
    from: u64,
) -> rusqlite::Result<Vec<PingRow>> {
    connection
        .prepare_cached(
            "SELECT n, at, wall_at, signal, scheme, method, user_agent, remote_addr, rid, exit_status,
                 coalesce(length(body), 0)
             FROM managed_pings WHERE check_id = ?1 AND ?2 <= n ORDER BY n",
        )?
        .query_map(params![check.number(), from], read)?
        .collect()
}

/// Returns the number of the latest ping of a check, or 0.
pub(in crate::store) fn latest(connection: &Connection, check: CheckId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(max(n), 0) FROM managed_pings WHERE check_id = ?1")?
        .query_row([check.number()], |row| row.get(0))
}

/// Returns the body of a ping, or `None` if it has none, or is none.
pub(in crate::store) fn body(
    connection: &Connection,
    check: CheckId,
    n: u64,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let body = connection
        .prepare_cached("SELECT body FROM managed_pings WHERE check_id = ?1 AND n = ?2")?
        .query_row(params![check.number(), n], |row| row.get(0))
        .optional()?;
    Ok(body.flatten())
}

/// Forgets up to `most` of the oldest pings of a check before number `before`; returns how many there were.
pub(in crate::store) fn delete_before(
    connection: &Connection,
    check: CheckId,
    before: u64,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM managed_pings WHERE (check_id, n) IN
                 (SELECT check_id, n FROM managed_pings WHERE check_id = ?1 AND n < ?2 ORDER BY n LIMIT ?3)",
        )?
        .execute(params![check.number(), before, most])
}

/// Forgets up to `most` pings of a check from before an instant of wall-clock time; returns how many there were.
pub(in crate::store) fn delete_older(
    connection: &Connection,
    check: CheckId,
    wall_micros: i64,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM managed_pings WHERE (check_id, n) IN
                 (SELECT check_id, n FROM managed_pings WHERE check_id = ?1 AND wall_at < ?2 ORDER BY n LIMIT ?3)",
        )?
        .execute(params![check.number(), wall_micros, most])
}

/// Returns the oldest ping of the first check after `after` that has any: the check, and the ping's wall-clock time.
pub(in crate::store) fn oldest_after(
    connection: &Connection,
    after: CheckId,
) -> rusqlite::Result<Option<(CheckId, i64)>> {
    connection
        .prepare_cached(
            "SELECT check_id, wall_at FROM managed_pings WHERE ?1 < check_id ORDER BY check_id, n LIMIT 1",
        )?
        .query_row([after.number()], |row| Ok((CheckId::new(row.get(0)?), row.get(1)?)))
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<PingRow> {
    let signal = signal_of(row.get_ref(3)?.as_str()?);
    let address: Option<String> = row.get(7)?;
    let rid: Option<[u8; 16]> = row.get(8)?;
    Ok(PingRow {
        n: row.get(0)?,
        at: Timestamp::from_micros(row.get(1)?),
        wall_micros: row.get(2)?,
        signal: signal
            .ok_or_else(|| rusqlite::Error::InvalidColumnType(3, "signal".to_owned(), Type::Text))?,
        scheme: row.get(4)?,
        method: row.get(5)?,
        user_agent: row.get(6)?,
        remote_addr: address.and_then(|address| address.parse().ok()),
        rid: rid.map(Uuid::from_bytes),
        exit_status: row.get(9)?,
        body_bytes: row.get(10)?,
    })
}

fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::Success => "success",
        Signal::Start => "start",
        Signal::Fail => "fail",
        Signal::Log => "log",
        Signal::Ignored => "ignored",
    }
}

fn signal_of(word: &str) -> Option<Signal> {
    match word {
        "success" => Some(Signal::Success),
        "start" => Some(Signal::Start),
        "fail" => Some(Signal::Fail),
        "log" => Some(Signal::Log),
        "ignored" => Some(Signal::Ignored),
        _ => None,
    }
}

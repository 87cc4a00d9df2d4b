//! Rows of `checks`: everything that is known of a check but its last ping.

use domain::check::{Check, Incident, LastAlert, Policy, Revised, State};
use domain::gap::Deadline;
use domain::id::CheckId;
use domain::schedule::Schedule;
use domain::time::{Span, Timestamp};
use rusqlite::{Connection, Row, params};

use super::database;

/// The first schema that has `revised_latest`.
const REVISED_LATEST_SINCE: i64 = 2;

/// Counts the checks. Their ids count from 1 without a hole.
pub(in crate::store) fn count(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("SELECT coalesce(max(id), 0) FROM checks", [], |row| row.get(0))
}

/// Calls `each` with the name of every check, the check without its last ping, and when it was archived, in the order
/// of their ids: the place in that order is the identity. The schema may be an older one, where nothing may be changed.
pub(in crate::store) fn each(
    connection: &Connection,
    mut each: impl FnMut(&str, &Check, Option<Timestamp>),
) -> rusqlite::Result<()> {
    let latest = if database::schema_version(connection)? < REVISED_LATEST_SINCE {
        "revised_due + period + grace"
    } else {
        "revised_latest"
    };
    let mut statement = connection.prepare(&format!(
        "SELECT name, period, grace, is_monitored, remind_every, refresh_on_ping, notify_recovery, anchor,
                archived_at, incidents, down_deadline, down_extended, down_allowance_spent, down_alerts,
                revised_at, revised_due, {latest}, alerted_at, pinged_since_alert
         FROM checks ORDER BY id"
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get_ref(0)?.as_str()?, &from_row(row)?, instant(row, 8)?);
    }
    Ok(())
}

/// Adds a check.
pub(in crate::store) fn insert(connection: &Connection, id: CheckId, name: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO checks (id, name, period, grace, is_monitored, remind_every, refresh_on_ping,
                                 notify_recovery, anchor, incidents, down_extended, down_allowance_spent,
                                 down_alerts, pinged_since_alert)
             VALUES (?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
        )?
        .execute(params![id.number(), name])?;
    Ok(())
}

/// Writes everything that may change in a check.
pub(in crate::store) fn save(
    connection: &Connection,
    id: CheckId,
    check: &Check,
    archived_at: Option<Timestamp>,
) -> rusqlite::Result<()> {
    let Policy { schedule: Schedule::Every(period), grace, .. } = check.policy;
    let incident = match check.state {
        State::Down(incident) => Some(incident),
        State::New | State::Up => None,
    };
    let deadline = incident.map(|incident| incident.deadline);
    connection
        .prepare_cached(
            "UPDATE checks SET period = ?2, grace = ?3, is_monitored = ?4, remind_every = ?5, refresh_on_ping = ?6,
                    notify_recovery = ?7, anchor = ?8, archived_at = ?9, incidents = ?10, down_deadline = ?11,
                    down_extended = ?12, down_allowance_spent = ?13, down_alerts = ?14, revised_at = ?15,
                    revised_due = ?16, revised_latest = ?17, alerted_at = ?18, pinged_since_alert = ?19
             WHERE id = ?1",
        )?
        .execute(params![
            id.number(),
            period.as_micros(),
            grace.as_micros(),
            check.policy.is_monitored,
            check.policy.remind_every.as_micros(),
            check.policy.refresh_on_ping,
            check.policy.notify_recovery,
            check.anchor.as_micros(),
            archived_at.map(Timestamp::as_micros),
            check.incidents,
            deadline.map(|deadline| deadline.at.as_micros()),
            deadline.map_or(0, |deadline| deadline.extended.as_micros()),
            deadline.is_some_and(|deadline| deadline.is_allowance_spent),
            incident.map_or(0, |incident| incident.alerts),
            check.revised.map(|revised| revised.at.as_micros()),
            check.revised.map(|revised| revised.due.as_micros()),
            check.revised.map(|revised| revised.latest.as_micros()),
            check.last_alert.map(|alert| alert.at.as_micros()),
            check.last_alert.is_some_and(|alert| alert.pinged_since),
        ])?;
    Ok(())
}

/// Reads a check. By the places of the columns: to find each by its name takes longer than all the rest of a start.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Check> {
    let incidents = row.get(9)?;
    let state = match instant(row, 10)? {
        None => State::New,
        Some(at) => State::Down(Incident {
            number: incidents,
            deadline: Deadline { at, extended: span(row, 11)?, is_allowance_spent: row.get(12)? },
            alerts: row.get(13)?,
        }),
    };
    let revised = match (instant(row, 14)?, instant(row, 15)?, instant(row, 16)?) {
        (Some(at), Some(due), Some(latest)) => Some(Revised { at, due, latest }),
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    let pinged_since = row.get(18)?;
    Ok(Check {
        policy: Policy {
            schedule: Schedule::Every(span(row, 1)?),
            grace: span(row, 2)?,
            is_monitored: row.get(3)?,
            remind_every: span(row, 4)?,
            refresh_on_ping: row.get(5)?,
            notify_recovery: row.get(6)?,
        },
        state,
        anchor: Timestamp::from_micros(row.get(7)?),
        last_ping: None,
        revised,
        last_alert: instant(row, 17)?.map(|at| LastAlert { at, pinged_since }),
        incidents,
    })
}

fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
}

fn span(row: &Row<'_>, column: usize) -> rusqlite::Result<Span> {
    Ok(Span::from_micros(row.get(column)?))
}

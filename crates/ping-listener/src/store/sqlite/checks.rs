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

/// A check as the database has it. Ids count from 1 without a hole, so its place in the list is its identity.
pub(in crate::store) struct CheckRow {
    pub(in crate::store) name: String,
    pub(in crate::store) check: Check,
    pub(in crate::store) archived_at: Option<Timestamp>,
}

/// Reads every check, in the order of their ids. The schema may be an older one, where nothing may be changed.
pub(in crate::store) fn all(connection: &Connection) -> rusqlite::Result<Vec<CheckRow>> {
    let latest = if database::schema_version(connection)? < REVISED_LATEST_SINCE {
        "revised_due + period + grace"
    } else {
        "revised_latest"
    };
    connection
        .prepare(&format!(
            "SELECT name, period, grace, is_monitored, remind_every, refresh_on_ping, notify_recovery, anchor,
                    archived_at, incidents, down_deadline, down_extended, down_allowance_spent, down_alerts,
                    revised_at, revised_due, {latest} AS revised_latest, alerted_at, pinged_since_alert
             FROM checks ORDER BY id"
        ))?
        .query_map([], from_row)?
        .collect()
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

fn from_row(row: &Row<'_>) -> rusqlite::Result<CheckRow> {
    let instant = |column: &str| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    let span = |column: &str| -> rusqlite::Result<Span> { Ok(Span::from_micros(row.get(column)?)) };
    let incidents = row.get("incidents")?;
    let state = match instant("down_deadline")? {
        None => State::New,
        Some(at) => State::Down(Incident {
            number: incidents,
            deadline: Deadline {
                at,
                extended: span("down_extended")?,
                is_allowance_spent: row.get("down_allowance_spent")?,
            },
            alerts: row.get("down_alerts")?,
        }),
    };
    let revised = match (instant("revised_at")?, instant("revised_due")?, instant("revised_latest")?) {
        (Some(at), Some(due), Some(latest)) => Some(Revised { at, due, latest }),
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    let pinged_since = row.get("pinged_since_alert")?;
    let last_alert = instant("alerted_at")?.map(|at| LastAlert { at, pinged_since });
    let check = Check {
        policy: Policy {
            schedule: Schedule::Every(span("period")?),
            grace: span("grace")?,
            is_monitored: row.get("is_monitored")?,
            remind_every: span("remind_every")?,
            refresh_on_ping: row.get("refresh_on_ping")?,
            notify_recovery: row.get("notify_recovery")?,
        },
        state,
        anchor: Timestamp::from_micros(row.get("anchor")?),
        last_ping: None,
        revised,
        last_alert,
        incidents,
    };
    Ok(CheckRow { name: row.get("name")?, check, archived_at: instant("archived_at")? })
}

//! Rows of `managed` and `managed_states`: what is asked of each managed check, and how it stands.

use std::sync::Arc;

use domain::flip::Reason;
use domain::id::CheckId;
use domain::managed::kind::Kind;
use domain::managed::{Incident, Managed, Plan, Run, State, Word};
use domain::time::{Span, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{changes, flips};
use crate::store::managed::settings::Settings;
use crate::store::managed::shelf::Slot;

/// The first schema that has managed checks.
pub(in crate::store) const SINCE: i64 = 3;

/// A check as the database has it.
pub(in crate::store) struct ManagedRow {
    pub(in crate::store) id: CheckId,
    pub(in crate::store) uuid: Uuid,
    pub(in crate::store) badge_key: Uuid,
    pub(in crate::store) settings: Settings,
    /// With a plan of nobody.
    pub(in crate::store) check: Managed,
}

/// Returns the highest number that a managed check ever had, or `None` if there was none.
pub(in crate::store) fn highest(connection: &Connection) -> rusqlite::Result<Option<CheckId>> {
    let highest: Option<u32> = connection
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'managed'", [], |row| row.get(0))
        .optional()?;
    Ok(highest.map(CheckId::new))
}

/// Calls `each` with every check, in the order of their ids. `plan` stands in for the plans, which follow from the
/// settings.
pub(in crate::store) fn each(
    connection: &Connection,
    plan: &Arc<Plan>,
    mut each: impl FnMut(ManagedRow),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT managed.id, uuid, badge_key, name, slug, tags, description, kind, timeout, grace, schedule, tz,
                max_runtime, is_post_only, manual_resume, filter_subject, filter_body, filter_http_body,
                filter_default_fail, start_kw, success_kw, failure_kw, is_told,
                created, state, incidents, down_number, down_since, down_reason, down_extended,
                down_allowance_spent, pings, last_ping, last_start, last_start_rid, last_duration, runs
         FROM managed JOIN managed_states ON managed_states.id = managed.id ORDER BY managed.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(ManagedRow {
            id: CheckId::new(row.get(0)?),
            uuid: Uuid::from_bytes(row.get(1)?),
            badge_key: Uuid::from_bytes(row.get(2)?),
            settings: settings_from(row)?,
            check: state_from(row, plan)?,
        });
    }
    Ok(())
}

/// Returns the zones that schedules by the clock are meant in, the most frequent first.
pub(in crate::store) fn zones(connection: &Connection, most: usize) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(
            "SELECT tz FROM managed WHERE kind <> 'simple' GROUP BY tz ORDER BY count(*) DESC, tz LIMIT ?1",
        )?
        .query_map([most], |row| row.get(0))?
        .collect()
}

/// Writes what is asked of a check; one that is new is added.
pub(in crate::store) fn save_settings(
    connection: &Connection,
    id: CheckId,
    slot: &Slot,
) -> rusqlite::Result<()> {
    let settings = &*slot.settings;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO managed (id, uuid, badge_key, name, slug, tags, description, kind, timeout,
                 grace, schedule, tz, max_runtime, is_post_only, manual_resume, filter_subject, filter_body,
                 filter_http_body, filter_default_fail, start_kw, success_kw, failure_kw, is_told)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                     ?21, ?22, ?23)",
        )?
        .execute(params![
            id.number(),
            slot.uuid.as_bytes(),
            slot.badge_key.as_bytes(),
            settings.name,
            settings.slug,
            settings.tags,
            settings.desc,
            kind_word(settings.kind),
            settings.timeout,
            settings.grace,
            settings.schedule,
            settings.tz,
            settings.max_runtime,
            settings.is_post_only,
            settings.manual_resume,
            settings.filter_subject,
            settings.filter_body,
            settings.filter_http_body,
            settings.filter_default_fail,
            settings.start_kw,
            settings.success_kw,
            settings.failure_kw,
            settings.is_told,
        ])?;
    Ok(())
}

/// Writes how a check stands.
pub(in crate::store) fn save_state(
    connection: &Connection,
    id: CheckId,
    check: &Managed,
) -> rusqlite::Result<()> {
    let incident = match check.state {
        State::Down(incident) => Some(incident),
        State::New | State::Up | State::Paused => None,
    };
    let mut runs = Vec::with_capacity(RUN_BYTES * check.runs.len());
    for run in &check.runs {
        runs.extend(run.at.as_micros().to_le_bytes());
        runs.extend(run.rid.unwrap_or_default().as_bytes());
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO managed_states (id, created, state, incidents, down_number, down_since,
                 down_reason, down_extended, down_allowance_spent, pings, last_ping, last_start, last_start_rid,
                 last_duration, runs)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            id.number(),
            check.created.as_micros(),
            state_word(check.state.word()),
            check.incidents,
            incident.map_or(0, |incident| incident.number),
            incident.map(|incident| incident.since.as_micros()),
            incident.map(|incident| flips::reason_word(incident.reason)),
            incident.map_or(0, |incident| incident.extended.as_micros()),
            incident.is_some_and(|incident| incident.is_allowance_spent),
            check.pings,
            check.last_ping.map(Timestamp::as_micros),
            check.last_start.map(|run| run.at.as_micros()),
            check.last_start.and_then(|run| run.rid).map(Uuid::into_bytes),
            check.last_duration.map(Span::as_micros),
            runs,
        ])?;
    Ok(())
}

/// Deletes a check, and leaves a mark that rows of it are left: in the log up to `batch`.
pub(in crate::store) fn delete(connection: &Connection, id: CheckId, batch: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM managed WHERE id = ?1")?.execute([id.number()])?;
    connection.prepare_cached("DELETE FROM managed_states WHERE id = ?1")?.execute([id.number()])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO managed_deleted (id, batch) VALUES (?1, ?2)")?
        .execute(params![id.number(), batch])?;
    Ok(())
}

/// Returns a deleted check of which rows may be left, and the last batch of the log that may have pings of it.
pub(in crate::store) fn deleted(connection: &Connection) -> rusqlite::Result<Option<(CheckId, i64)>> {
    connection
        .prepare_cached("SELECT id, batch FROM managed_deleted ORDER BY batch LIMIT 1")?
        .query_row([], |row| Ok((CheckId::new(row.get(0)?), row.get(1)?)))
        .optional()
}

/// Takes away the mark of a deleted check.
pub(in crate::store) fn forget_deleted(connection: &Connection, id: CheckId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM managed_deleted WHERE id = ?1")?.execute([id.number()])?;
    Ok(())
}

/// Deletes up to `most` rows of a deleted check from each table that has any; returns how many there were.
pub(in crate::store) fn delete_left(
    connection: &Connection,
    id: CheckId,
    most: usize,
) -> rusqlite::Result<usize> {
    let pings = connection
        .prepare_cached(
            "DELETE FROM managed_pings WHERE (check_id, n) IN
                 (SELECT check_id, n FROM managed_pings WHERE check_id = ?1 LIMIT ?2)",
        )?
        .execute(params![id.number(), most])?;
    let flips = connection
        .prepare_cached("DELETE FROM flips WHERE id IN (SELECT id FROM flips WHERE check_id = ?1 LIMIT ?2)")?
        .execute(params![id.number(), most])?;
    Ok(pings + flips + changes::delete_of(connection, id, most)?)
}

const WORDS: [Word; 4] = [Word::New, Word::Up, Word::Down, Word::Paused];

/// Returns the word for a state.
pub(in crate::store) fn state_word(word: Word) -> &'static str {
    match word {
        Word::New => "new",
        Word::Up => "up",
        Word::Down => "down",
        Word::Paused => "paused",
    }
}

/// Returns the state that a word stands for, or `None` if it stands for none.
pub(in crate::store) fn state_of(found: &str) -> Option<Word> {
    WORDS.into_iter().find(|word| state_word(*word) == found)
}

const KINDS: [Kind; 3] = [Kind::Simple, Kind::Cron, Kind::OnCalendar];

pub(in crate::store) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Simple => "simple",
        Kind::Cron => "cron",
        Kind::OnCalendar => "oncalendar",
    }
}

const RUN_BYTES: usize = 24;

fn settings_from(row: &Row<'_>) -> rusqlite::Result<Settings> {
    let kind = row.get_ref(7)?.as_str()?;
    Ok(Settings {
        name: row.get(3)?,
        slug: row.get(4)?,
        tags: row.get(5)?,
        desc: row.get(6)?,
        kind: KINDS.into_iter().find(|known| kind_word(*known) == kind).unwrap_or(Kind::Simple),
        timeout: row.get(8)?,
        grace: row.get(9)?,
        schedule: row.get(10)?,
        tz: row.get(11)?,
        max_runtime: row.get(12)?,
        is_post_only: row.get(13)?,
        manual_resume: row.get(14)?,
        filter_subject: row.get(15)?,
        filter_body: row.get(16)?,
        filter_http_body: row.get(17)?,
        filter_default_fail: row.get(18)?,
        start_kw: row.get(19)?,
        success_kw: row.get(20)?,
        failure_kw: row.get(21)?,
        is_told: row.get(22)?,
    })
}

fn state_from(row: &Row<'_>, plan: &Arc<Plan>) -> rusqlite::Result<Managed> {
    let instant =
        |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros));
    let mut check = Managed::new(plan.clone(), Timestamp::from_micros(row.get(23)?));
    check.state = match (state_of(row.get_ref(24)?.as_str()?), instant(27)?) {
        (Some(Word::Down), Some(since)) => {
            let reason: Option<String> = row.get(28)?;
            State::Down(Incident {
                number: row.get(26)?,
                since,
                reason: reason.as_deref().and_then(flips::reason_of).unwrap_or(Reason::Silence),
                extended: Span::from_micros(row.get(29)?),
                is_allowance_spent: row.get(30)?,
            })
        }
        (Some(Word::Up), _) => State::Up,
        (Some(Word::Paused), _) => State::Paused,
        (Some(Word::New | Word::Down) | None, _) => State::New,
    };
    check.incidents = row.get(25)?;
    check.pings = row.get(31)?;
    check.last_ping = instant(32)?;
    let rid = row.get::<_, Option<[u8; 16]>>(34)?.map(Uuid::from_bytes);
    check.last_start = instant(33)?.map(|at| Run { rid, at });
    check.last_duration = row.get::<_, Option<i64>>(35)?.map(Span::from_micros);
    check.runs = row.get_ref(36)?.as_blob()?.as_chunks::<RUN_BYTES>().0.iter().map(run_from).collect();
    Ok(check)
}

fn run_from(bytes: &[u8; RUN_BYTES]) -> Run {
    let (at, rid) = bytes.split_at(8);
    let at = at.try_into().map_or(0, i64::from_le_bytes);
    Run { rid: rid.try_into().ok().map(Uuid::from_bytes), at: Timestamp::from_micros(at) }
}

//! Rows of `flips`: when checks went down and came back.

use domain::flip::{Direction, Flip, Reason};
use domain::id::CheckId;
use domain::managed::{self, Word};
use domain::time::Timestamp;
use jiff::Timestamp as WallTime;
use rusqlite::{Connection, OptionalExtension, params};

use super::managed::{state_of, state_word};
use crate::clock::wall_time;
use crate::store::managed::viewing::ManagedFlipView;
use crate::store::view::FlipView;

/// Adds a flip.
pub(in crate::store) fn insert(
    connection: &Connection,
    check: CheckId,
    flip: Flip,
    wall_at: WallTime,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO flips (check_id, at, wall_at, is_down, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            check.number(),
            flip.at.as_micros(),
            wall_at.as_microsecond(),
            flip.to == Direction::Down,
            reason_word(flip.reason)
        ])?;
    Ok(())
}

/// Adds a flip of a managed check.
pub(in crate::store) fn insert_managed(
    connection: &Connection,
    check: CheckId,
    flip: managed::Flip,
    wall_at: WallTime,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO flips (check_id, at, wall_at, is_down, reason, came_from, led_to)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            check.number(),
            flip.at.as_micros(),
            wall_at.as_microsecond(),
            flip.to == Word::Down,
            reason_word(flip.reason),
            state_word(flip.from),
            state_word(flip.to)
        ])?;
    Ok(())
}

/// Reads the flips of a check between two instants of wall-clock time, the latest recorded first. What is not written
/// of those of declared checks is what it was most likely.
pub(in crate::store) fn latest_first(
    connection: &Connection,
    check: CheckId,
    (from, until): (Option<WallTime>, Option<WallTime>),
) -> rusqlite::Result<Vec<ManagedFlipView>> {
    connection
        .prepare_cached(
            "SELECT wall_at, is_down, reason, came_from, led_to FROM flips
             WHERE check_id = ?1 AND ?2 <= wall_at AND wall_at < ?3 ORDER BY id DESC",
        )?
        .query_map(
            params![
                check.number(),
                from.map_or(i64::MIN, WallTime::as_microsecond),
                until.map_or(i64::MAX, WallTime::as_microsecond)
            ],
            |row| {
                let is_down: bool = row.get(1)?;
                let (from, to) = if is_down { (Word::Up, Word::Down) } else { (Word::Down, Word::Up) };
                let word = |column| {
                    Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str_or_null()?.and_then(state_of))
                };
                Ok(ManagedFlipView {
                    at: wall_time(row.get(0)?),
                    from: word(3)?.unwrap_or(from),
                    to: word(4)?.unwrap_or(to),
                    reason: known_word(row.get_ref(2)?.as_str()?),
                })
            },
        )?
        .collect()
}

/// Returns when a check last came back at `at` or after it, by the wall clock, or `None` if it did not.
pub(in crate::store) fn last_return_after(
    connection: &Connection,
    check: CheckId,
    at: Timestamp,
) -> rusqlite::Result<Option<WallTime>> {
    connection
        .prepare_cached(
            "SELECT wall_at FROM flips
             WHERE check_id = ?1 AND ?2 <= at AND is_down = 0 AND coalesce(led_to, 'up') = 'up'
             ORDER BY at DESC LIMIT 1",
        )?
        .query_row(params![check.number(), at.as_micros()], |row| Ok(wall_time(row.get(0)?)))
        .optional()
}

/// Reads the flips of a check between two instants of wall-clock time.
pub(in crate::store) fn between(
    connection: &Connection,
    check: CheckId,
    from: WallTime,
    until: WallTime,
) -> rusqlite::Result<Vec<FlipView>> {
    connection
        .prepare_cached(
            "SELECT wall_at, is_down, reason FROM flips
             WHERE check_id = ?1 AND ?2 <= wall_at AND wall_at < ?3 ORDER BY at, id",
        )?
        .query_map(params![check.number(), from.as_microsecond(), until.as_microsecond()], |row| {
            let reason: String = row.get(2)?;
            Ok(FlipView { at: wall_time(row.get(0)?), is_down: row.get(1)?, reason: known_word(&reason) })
        })?
        .collect()
}

/// A change of state, as far as it says from when on a check was down.
pub(in crate::store) struct FlipRow {
    pub(in crate::store) wall_micros: i64,
    pub(in crate::store) is_down: bool,
}

/// Reads the flips of a check from `since` on, and the one before, in order.
pub(in crate::store) fn from_before(
    connection: &Connection,
    check: CheckId,
    since: Timestamp,
) -> rusqlite::Result<Vec<FlipRow>> {
    connection
        .prepare_cached(
            "SELECT wall_at, is_down FROM flips
             WHERE check_id = ?1 AND coalesce((SELECT max(at) FROM flips WHERE check_id = ?1 AND at < ?2), ?2) <= at
             ORDER BY at, id",
        )?
        .query_map(params![check.number(), since.as_micros()], |row| {
            Ok(FlipRow { wall_micros: row.get(0)?, is_down: row.get(1)? })
        })?
        .collect()
}

/// Looks at the `most` oldest flips and forgets those from before `wall`, by service time too: what a wrong clock dated
/// says which silence has ended. Returns how many there were.
pub(in crate::store) fn delete_before(
    connection: &Connection,
    wall: WallTime,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM flips WHERE id IN
                 (SELECT id FROM (SELECT id, wall_at, at FROM flips ORDER BY id LIMIT ?2)
                  WHERE wall_at < ?1 AND at < ?1)",
        )?
        .execute(params![wall.as_microsecond(), most])
}

const REASONS: [Reason; 9] = [
    Reason::Silence,
    Reason::Ping,
    Reason::MonitorOff,
    Reason::Revised,
    Reason::Archived,
    Reason::Overrun,
    Reason::Fail,
    Reason::Paused,
    Reason::Resumed,
];

/// Returns the word for a reason.
pub(in crate::store) fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Silence => "silence",
        Reason::Ping => "ping",
        Reason::MonitorOff => "monitor off",
        Reason::Revised => "schedule changed",
        Reason::Archived => "archived",
        Reason::Overrun => "overrun",
        Reason::Fail => "fail",
        Reason::Paused => "paused",
        Reason::Resumed => "resumed",
    }
}

/// Returns the reason that a word stands for, or `None` if it stands for none.
pub(in crate::store) fn reason_of(found: &str) -> Option<Reason> {
    REASONS.into_iter().find(|reason| reason_word(*reason) == found)
}

fn known_word(found: &str) -> &'static str {
    reason_of(found).map_or("unknown", reason_word)
}

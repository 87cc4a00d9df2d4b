//! Rows of `flips`: when checks went down and came back.

use domain::flip::{Direction, Flip, Reason};
use domain::id::CheckId;
use domain::time::Timestamp;
use jiff::Timestamp as WallTime;
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::wall_time;
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
            word(flip.reason)
        ])?;
    Ok(())
}

/// Returns when a check last came back at `at` or after it, by the wall clock, or `None` if it did not.
pub(in crate::store) fn last_return_after(
    connection: &Connection,
    check: CheckId,
    at: Timestamp,
) -> rusqlite::Result<Option<WallTime>> {
    connection
        .prepare_cached(
            "SELECT wall_at FROM flips WHERE check_id = ?1 AND ?2 <= at AND is_down = 0 ORDER BY at DESC LIMIT 1",
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

fn word(reason: Reason) -> &'static str {
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

fn known_word(found: &str) -> &'static str {
    Reason::ALL.into_iter().map(word).find(|&known| known == found).unwrap_or("unknown")
}

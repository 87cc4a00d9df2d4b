//! Rows of `stamp`, `wall_offsets` and `gaps`: what the server knows of its own clock and its own absences.

use domain::gap::Gap;
use domain::time::{Span, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::Stamp;

/// Reads the last sign of life, or `None` in a new database.
pub(in crate::store) fn stamp(connection: &Connection) -> rusqlite::Result<Option<Stamp>> {
    connection
        .query_row(
            "SELECT boot_id, boot, service, wall_offset, gap_since, untrusted FROM stamp WHERE one = 1",
            [],
            |row| {
                Ok(Stamp {
                    boot_id: row.get(0)?,
                    boot: Span::from_micros(row.get(1)?),
                    service: Timestamp::from_micros(row.get(2)?),
                    wall_offset_micros: row.get(3)?,
                    gap_since: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_micros),
                    untrusted: Span::from_micros(row.get(5)?),
                })
            },
        )
        .optional()
}

/// Writes a sign of life.
pub(in crate::store) fn save_stamp(connection: &Connection, stamp: &Stamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO stamp (one, boot_id, boot, service, wall_offset, gap_since, untrusted)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            stamp.boot_id,
            stamp.boot.as_micros(),
            stamp.service.as_micros(),
            stamp.wall_offset_micros,
            stamp.gap_since.map(Timestamp::as_micros),
            stamp.untrusted.as_micros()
        ])?;
    Ok(())
}

/// Notes that an absence may have begun at `since` that nobody has seen yet.
pub(in crate::store) fn suspect_gap(connection: &Connection, since: Timestamp) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE stamp SET gap_since = ?1")?.execute([since.as_micros()])?;
    Ok(())
}

/// Returns when the gap ended that began at `since` and was open at `service`, or `None` if it has not: a shorter one
/// may have begun at the same instant.
pub(in crate::store) fn end_of_gap(
    connection: &Connection,
    since: Timestamp,
    service: Timestamp,
) -> rusqlite::Result<Option<Timestamp>> {
    let until: Option<i64> = connection
        .prepare_cached("SELECT max(until) FROM gaps WHERE since = ?1 AND ?2 <= until")?
        .query_row([since.as_micros(), service.as_micros()], |row| row.get(0))?;
    Ok(until.map(Timestamp::from_micros))
}

/// Reads where the wall clock stood from when on, oldest first.
pub(in crate::store) fn wall_offsets(connection: &Connection) -> rusqlite::Result<Vec<(Timestamp, i64)>> {
    connection
        .prepare("SELECT since, wall_offset FROM wall_offsets ORDER BY since")?
        .query_map([], |row| Ok((Timestamp::from_micros(row.get(0)?), row.get(1)?)))?
        .collect()
}

/// Notes where the wall clock stands from `since` on.
pub(in crate::store) fn save_wall_offset(
    connection: &Connection,
    since: Timestamp,
    offset_micros: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO wall_offsets (since, wall_offset) VALUES (?1, ?2)")?
        .execute(params![since.as_micros(), offset_micros])?;
    Ok(())
}

/// Forgets where the wall clock stood before `instant`, but for the note that holds at it.
pub(in crate::store) fn delete_wall_offsets_before(
    connection: &Connection,
    instant: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM wall_offsets WHERE since < (SELECT max(since) FROM wall_offsets WHERE since <= ?1)",
        )?
        .execute([instant.as_micros()])?;
    Ok(())
}

/// A gap with its cause.
#[derive(Clone, Debug)]
pub(in crate::store) struct GapRow {
    pub(in crate::store) gap: Gap,
    pub(in crate::store) cause: String,
}

/// Reads every gap, oldest first.
pub(in crate::store) fn gaps(connection: &Connection) -> rusqlite::Result<Vec<GapRow>> {
    connection
        .prepare("SELECT since, until, cause FROM gaps ORDER BY until, since")?
        .query_map([], gap)?
        .collect()
}

/// Reads the latest gaps, latest first.
pub(in crate::store) fn latest_gaps(connection: &Connection, most: usize) -> rusqlite::Result<Vec<GapRow>> {
    connection
        .prepare_cached("SELECT since, until, cause FROM gaps ORDER BY id DESC LIMIT ?1")?
        .query_map([most], gap)?
        .collect()
}

/// Reads the gaps that touch a stretch of time, oldest first.
pub(in crate::store) fn gaps_between(
    connection: &Connection,
    from: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<Vec<GapRow>> {
    connection
        .prepare_cached(
            "SELECT since, until, cause FROM gaps WHERE since < ?2 AND ?1 <= until ORDER BY since",
        )?
        .query_map([from.as_micros(), until.as_micros()], gap)?
        .collect()
}

/// Adds a gap that has ended.
pub(in crate::store) fn insert_gap(connection: &Connection, gap: Gap, cause: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO gaps (since, until, cause) VALUES (?1, ?2, ?3)")?
        .execute(params![gap.from.as_micros(), gap.until.as_micros(), cause])?;
    Ok(())
}

/// Forgets the gaps that ended before `instant`.
pub(in crate::store) fn delete_gaps_before(
    connection: &Connection,
    instant: Timestamp,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM gaps WHERE until < ?1")?.execute([instant.as_micros()])?;
    Ok(())
}

fn gap(row: &Row<'_>) -> rusqlite::Result<GapRow> {
    let instant = |column| Ok::<_, rusqlite::Error>(Timestamp::from_micros(row.get(column)?));
    Ok(GapRow { gap: Gap { from: instant(0)?, until: instant(1)? }, cause: row.get(2)? })
}

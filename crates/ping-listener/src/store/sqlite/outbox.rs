//! Rows of `outbox`: notifications.

use domain::id::CheckId;
use domain::notification::Kind;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::planted;
use crate::clock::wall_time;
use crate::store::facts::{Facts, UnreadableFacts};
use crate::store::view::RowState;

const KINDS: [Kind; 4] = [Kind::FirstAlert, Kind::Reminder, Kind::Recovery, Kind::Notice];

/// A notification that is to be queued.
pub(in crate::store) struct NewRow<'a> {
    pub(in crate::store) check: Option<CheckId>,
    pub(in crate::store) incident: u32,
    pub(in crate::store) number: u32,
    pub(in crate::store) kind: Kind,
    pub(in crate::store) recipient: &'a str,
    pub(in crate::store) channel: &'a str,
    pub(in crate::store) facts: &'a Facts,
    pub(in crate::store) message_key: &'a str,
    pub(in crate::store) dated: jiff::Timestamp,
    pub(in crate::store) decided_at: Timestamp,
    pub(in crate::store) pass: Timestamp,
    pub(in crate::store) digest: Option<i64>,
    pub(in crate::store) due_at: Timestamp,
}

/// A notification as the database has it.
#[derive(Clone, Debug)]
pub(in crate::store) struct OutboxRow {
    pub(in crate::store) id: i64,
    pub(in crate::store) check: Option<CheckId>,
    pub(in crate::store) incident: u32,
    pub(in crate::store) number: u32,
    pub(in crate::store) kind: Kind,
    pub(in crate::store) recipient: String,
    pub(in crate::store) facts: Facts,
    pub(in crate::store) message_key: String,
    pub(in crate::store) dated: jiff::Timestamp,
    pub(in crate::store) decided_at: Timestamp,
    pub(in crate::store) digest: Option<i64>,
    pub(in crate::store) state: RowState,
    pub(in crate::store) is_withdrawn: bool,
    pub(in crate::store) attempts: u32,
    pub(in crate::store) refusals: u32,
    pub(in crate::store) answer: Option<String>,
    pub(in crate::store) settled_at: Option<Timestamp>,
    pub(in crate::store) due_at: Timestamp,
    /// The end of the last snooze that held it.
    pub(in crate::store) released_at: Option<Timestamp>,
}

/// Until when a row has to wait because its check is snoozed.
pub(super) const HELD: &str = "(SELECT until FROM snoozes WHERE snoozes.check_id = outbox.check_id)";

pub(super) const COLUMNS: &str =
    "id, check_id, incident, number, kind, recipient, facts, message_key, wall_dated, decided_at,
                       digest, state, is_withdrawn, attempts, refusals, answer, settled_at, due_at, released_at,
                       coalesce((SELECT name FROM checks WHERE checks.id = outbox.check_id),
                                (SELECT name FROM managed WHERE managed.id = outbox.check_id)) AS check_name";

/// Queues a notification and returns the number of its row, or `None` if there was one with its key already, which then
/// stays as it is.
pub(in crate::store) fn insert(connection: &Connection, row: &NewRow<'_>) -> rusqlite::Result<Option<i64>> {
    let held = planted::held_from_now("(SELECT until FROM snoozes WHERE check_id = ?1)");
    let inserted = connection
        .prepare_cached(&format!(
            "INSERT INTO outbox (check_id, incident, number, kind, recipient, channel, facts, message_key, wall_dated,
                                 decided_at, pass, state, wanted_at, digest, due_at, released_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'queued', ?12, ?13,
                    max(?12, coalesce(held, ?12)), held
             FROM (SELECT {held} AS held) WHERE true
             ON CONFLICT DO NOTHING",
        ))?
        .execute(params![
            row.check.map(CheckId::number),
            row.incident,
            row.number,
            row.kind.word(),
            row.recipient,
            row.channel,
            facts_json(row.facts),
            row.message_key,
            row.dated.as_microsecond(),
            row.decided_at.as_micros(),
            row.pass.as_micros(),
            row.due_at.as_micros(),
            row.digest
        ])?;
    Ok((0 < inserted).then(|| connection.last_insert_rowid()))
}

/// Reads what is neither sent nor otherwise done with about a check.
pub(in crate::store) fn open_of_check(
    connection: &Connection,
    check: CheckId,
) -> rusqlite::Result<Vec<OutboxRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_open
             WHERE check_id = ?1 AND state IN ('queued', 'leased') ORDER BY id"
        ))?
        .query_map([check.number()], from_row)?
        .collect()
}

/// Writes the facts, and with them the silence and the kind that a row stands for.
pub(in crate::store) fn save_facts(connection: &Connection, row: &OutboxRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET facts = ?2, incident = ?3, number = ?4, kind = ?5 WHERE id = ?1")?
        .execute(params![row.id, facts_json(&row.facts), row.incident, row.number, row.kind.word()])?;
    Ok(())
}

/// Returns the word for the kind of a row, known or not.
pub(in crate::store) fn kind_as_written(connection: &Connection, id: i64) -> rusqlite::Result<String> {
    connection.query_row("SELECT substr(kind, 1, 40) FROM outbox WHERE id = ?1", [id], |row| row.get(0))
}

/// Counts what was given up and is of no kind that is known.
pub(in crate::store) fn count_unknown(connection: &Connection) -> rusqlite::Result<u64> {
    let known = KINDS.map(|kind| format!("'{}'", kind.word())).join(", ");
    connection.query_row(
        &format!("SELECT count(*) FROM outbox WHERE state = 'given up' AND kind NOT IN ({known})"),
        [],
        |row| row.get(0),
    )
}

/// Ends a row in a final state.
pub(in crate::store) fn finish(
    connection: &Connection,
    row: &OutboxRow,
    state: RowState,
    now: Timestamp,
    answer: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, settled_at = ?3, answer = ?4, attempts = ?5, lease_token = NULL,
                 lease_until = NULL
             WHERE id = ?1",
        )?
        .execute(params![row.id, state.word(), now.as_micros(), answer, row.attempts])?;
    Ok(())
}

/// Puts a row that was being sent back into the queue.
pub(in crate::store) fn queue_again(
    connection: &Connection,
    row: &OutboxRow,
    due_at: Timestamp,
    answer: &str,
) -> rusqlite::Result<()> {
    let held = planted::held(HELD);
    connection
        .prepare_cached(&format!(
            "UPDATE outbox SET state = 'queued', wanted_at = ?2, due_at = max(?2, coalesce({held}, ?2)),
                    released_at = coalesce({held}, released_at), answer = ?3, attempts = ?4, refusals = ?5,
                    lease_token = NULL, lease_until = NULL
             WHERE id = ?1",
        ))?
        .execute(params![row.id, due_at.as_micros(), answer, row.attempts, row.refusals])?;
    Ok(())
}

/// Lets the queued rows of a kind about a check wait until `due_at`.
pub(in crate::store) fn hold(
    connection: &Connection,
    check: CheckId,
    recipient: &str,
    kind: Kind,
    due_at: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET wanted_at = max(wanted_at, ?4), due_at = max(due_at, ?4)
             WHERE check_id = ?1 AND recipient = ?2 AND state = 'queued' AND kind = ?3",
        )?
        .execute(params![check.number(), recipient, kind.word(), due_at.as_micros()])?;
    Ok(())
}

/// Marks what is being sent about a check as withdrawn: it is not tried again.
pub(in crate::store) fn withdraw_leased(connection: &Connection, check: CheckId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET is_withdrawn = 1 WHERE check_id = ?1 AND state = 'leased'")?
        .execute([check.number()])?;
    Ok(())
}

/// Returns when an alert about a check was last accepted for a recipient.
pub(in crate::store) fn last_alert_accepted_of(
    connection: &Connection,
    check: CheckId,
    recipient: &str,
    channel: &str,
) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached(
            "SELECT max(settled_at) FROM outbox
             WHERE check_id = ?1 AND recipient = ?2 AND channel = ?3 AND state = 'sent'
                   AND kind IN ('alert', 'reminder')",
        )?
        .query_row(params![check.number(), recipient, channel], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp::from_micros))
        })
}

/// Returns who was told of an incident, or is just being told.
pub(in crate::store) fn told_of(
    connection: &Connection,
    check: CheckId,
    incident: u32,
) -> rusqlite::Result<Vec<String>> {
    let mut told: Vec<String> = connection
        .prepare_cached(
            "SELECT recipient FROM outbox
             WHERE check_id = ?1 AND incident = ?2 AND kind IN ('alert', 'reminder') AND state IN ('sent', 'leased')",
        )?
        .query_map(params![check.number(), incident], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    told.sort_unstable();
    told.dedup();
    Ok(told)
}

/// Gathers what a crash left of a pass, or what was decided with one answer of a mail server, if it is more than `over`
/// for one recipient, into mails that list at most `most` each. Whoever is told that a check is back is told of it
/// alone.
pub(in crate::store) fn gather(
    connection: &Connection,
    pass: Timestamp,
    over: u32,
    most: u32,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&planted::gathering(
            "UPDATE outbox SET digest = gathered.first
             FROM (SELECT id, min(id) OVER (PARTITION BY recipient, place / ?3) AS first
                   FROM (SELECT id, recipient,
                                row_number() OVER (PARTITION BY recipient ORDER BY id) - 1 AS place,
                                count(*) OVER (PARTITION BY recipient) AS total
                         FROM outbox INDEXED BY outbox_ungathered
                         WHERE state = 'queued' AND pass = ?1 AND digest IS NULL AND attempts = 0
                               AND check_id IS NOT NULL AND kind <> 'recovery')
                   WHERE ?2 < total) AS gathered
             WHERE outbox.id = gathered.id",
        ))?
        .execute(params![pass.as_micros(), over, most])?;
    Ok(())
}

/// Returns the passes that have queued alerts which were never tried and are in no digest.
pub(in crate::store) fn ungathered_passes(connection: &Connection) -> rusqlite::Result<Vec<Timestamp>> {
    connection
        .prepare(
            "SELECT DISTINCT pass FROM outbox WHERE state = 'queued' AND digest IS NULL AND attempts = 0
                    AND kind IN ('alert', 'reminder')",
        )?
        .query_map([], |row| Ok(Timestamp::from_micros(row.get(0)?)))?
        .collect()
}

/// Puts a row into a digest, if it still waits and was never tried.
pub(in crate::store) fn put_into_digest(
    connection: &Connection,
    id: i64,
    digest: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET digest = ?2 WHERE id = ?1 AND state = 'queued' AND digest IS NULL AND attempts = 0",
        )?
        .execute([id, digest])?;
    Ok(())
}

/// Gives a row to another digest.
pub(in crate::store) fn save_digest(connection: &Connection, id: i64, digest: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE outbox SET digest = ?2 WHERE id = ?1")?.execute([id, digest])?;
    Ok(())
}

/// Returns the earliest instant at which a queued row becomes due.
pub(in crate::store) fn next_due(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT min(due_at) FROM outbox WHERE state = 'queued'")?
        .query_row([], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp::from_micros)))
}

/// Sends what waits by another channel.
pub(in crate::store) fn move_to_channel(connection: &Connection, channel: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE OR IGNORE outbox SET channel = ?1 WHERE state IN ('queued', 'leased') AND channel <> ?1",
        [channel],
    )?;
    Ok(())
}

/// Reads one row.
pub(in crate::store) fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<OutboxRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1"))?
        .query_row([id], from_row)
        .optional()
}

/// Rows that are looked through for old ones, the oldest first: a look through all of them would keep pings waiting.
const LOOKED_THROUGH_MAX: usize = 10_000;

/// Forgets up to `most` finished rows from before `wall`, by service time too: what a wrong clock dated is as young as
/// it is, and says how lately somebody was told. Returns how many there were.
pub(in crate::store) fn delete_finished_before(
    connection: &Connection,
    wall: jiff::Timestamp,
    most: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM outbox WHERE id IN
                 (SELECT id FROM (SELECT id, wall_dated, settled_at, state FROM outbox ORDER BY id LIMIT ?3)
                  WHERE wall_dated < ?1 AND settled_at < ?1 AND state NOT IN ('queued', 'leased') LIMIT ?2)",
        )?
        .execute(params![wall.as_microsecond(), most, LOOKED_THROUGH_MAX])
}

fn facts_json(facts: &Facts) -> String {
    serde_json::to_string(facts).expect("facts are plain data with text keys")
}

/// Returns all that can be said of a row whose facts make no sense.
fn unreadable(row: &Row<'_>) -> rusqlite::Result<Facts> {
    Ok(Facts::Unreadable(UnreadableFacts {
        check: row.get("check_name")?,
        decided: wall_time(row.get("wall_dated")?),
    }))
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let damaged = |column: &str| {
        rusqlite::Error::FromSqlConversionFailure(
            0,
            rusqlite::types::Type::Text,
            format!("outbox.{column} holds something unknown").into(),
        )
    };
    let (kind, state, facts): (String, String, String) =
        (row.get("kind")?, row.get("state")?, row.get("facts")?);
    let instant =
        |column: &str| -> rusqlite::Result<Timestamp> { Ok(Timestamp::from_micros(row.get(column)?)) };
    Ok(OutboxRow {
        id: row.get("id")?,
        check: row.get::<_, Option<u32>>("check_id")?.map(CheckId::new),
        incident: row.get("incident")?,
        number: row.get("number")?,
        kind: KINDS.into_iter().find(|&known| known.word() == kind).unwrap_or(Kind::Unknown),
        recipient: row.get("recipient")?,
        // One row that makes no sense must keep no other mail back, and is still said as well as can be.
        facts: serde_json::from_str(&facts).or_else(|_| unreadable(row))?,
        message_key: row.get("message_key")?,
        dated: wall_time(row.get("wall_dated")?),
        decided_at: instant("decided_at")?,
        digest: row.get("digest")?,
        state: RowState::from_word(&state).ok_or_else(|| damaged("state"))?,
        is_withdrawn: row.get("is_withdrawn")?,
        attempts: row.get("attempts")?,
        refusals: row.get("refusals")?,
        answer: row.get("answer")?,
        settled_at: row.get::<_, Option<i64>>("settled_at")?.map(Timestamp::from_micros),
        due_at: instant("due_at")?,
        released_at: row.get::<_, Option<i64>>("released_at")?.map(Timestamp::from_micros),
    })
}

//! Bugs in rows, to see that the simulator finds them; without the feature of `faults` all of this is nothing.

use std::borrow::Cow;

use faults::bugs::{Bug, is_planted};
use rusqlite::Connection;

/// Returns the statement that gathers alerts into digests.
#[inline]
pub(super) fn gathering(statement: &str) -> Cow<'_, str> {
    if is_planted(Bug::DigestMixesRecipients) {
        Cow::Owned(statement.replace("PARTITION BY recipient", "PARTITION BY 1"))
    } else {
        Cow::Borrowed(statement)
    }
}

/// Distorts what a start reads of snoozes.
#[inline]
pub(super) fn distort_snoozes(connection: &Connection) -> rusqlite::Result<()> {
    if is_planted(Bug::SnoozeForgottenAtRestart) {
        connection.execute("DELETE FROM snoozes", [])?;
    }
    Ok(())
}

/// Returns the statement that lets what waits about a check wait for the end of a snooze.
#[inline]
pub(super) fn releasing(statement: &str) -> Cow<'_, str> {
    if is_planted(Bug::SnoozeNeverLifted) {
        Cow::Owned(statement.replace("max(wanted_at, ?2)", "max(due_at, ?2)"))
    } else {
        Cow::Borrowed(statement)
    }
}

/// Returns what says until when a row that comes back into the queue is held by a snooze.
#[inline]
pub(super) fn held(statement: &'static str) -> &'static str {
    if is_planted(Bug::SnoozeForgetsMailInHand) { "NULL" } else { statement }
}

/// Returns what says until when a new row is held by a snooze.
#[inline]
pub(super) fn held_from_now(statement: &'static str) -> &'static str {
    if is_planted(Bug::SnoozeLetsNewThrough) { "NULL" } else { statement }
}

//! Copies the log of changes into the database before it grows long, and lets no failure of that pass unheard.
//!
//! SQLite does it by itself too, but swallows what goes wrong: after a failed sync the kernel may have dropped what was
//! to be written, the next sync succeeds all the same, and the log that still had it is written over.

use std::path::{Path, PathBuf};

use faults::pace;
use faults::points::{self, Point};
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, ffi};

use crate::store::disk;

/// The log is copied when it has so many pages: 16 MB.
const LOG_PAGES: i64 = 4_000;

/// Copies what the log holds, and empties it.
///
/// After a crash nobody knows which part of the log the disk really has: what a failed sync dropped is still read from
/// memory. Nothing new is to stand behind such a hole.
pub(super) fn begin_anew(connection: &Connection, folder: &Path) -> rusqlite::Result<()> {
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    unless_full(emptied, folder)
}

/// From now on the log is copied whenever it has grown long. The commit after which that fails fails with it.
pub(super) fn keep_log_short(connection: &mut Connection, folder: PathBuf) -> rusqlite::Result<()> {
    connection.wal_hook(Some(move |log: &mut Wal, pages| {
        if i64::from(pages) < pace::quickened(LOG_PAGES) {
            return Ok(());
        }
        points::reach(Point::BeforeCheckpoint);
        unless_full(log.checkpoint(), &folder).inspect_err(|error| {
            tracing::error!("the log of the database cannot be copied into it: {error}");
        })?;
        points::reach(Point::AfterCheckpoint);
        Ok(())
    }))
}

/// Nothing is lost when the database cannot grow: the log still has it all.
fn unless_full(outcome: rusqlite::Result<()>, folder: &Path) -> rusqlite::Result<()> {
    outcome.or_else(|error| {
        let is_write =
            error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_WRITE);
        let is_full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
        if is_full || is_write && disk::is_over_quota(folder) { Ok(()) } else { Err(error) }
    })
}

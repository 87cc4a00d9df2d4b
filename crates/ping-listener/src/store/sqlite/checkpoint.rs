//! Copies the log of changes into the database before it grows long, and lets no failure of that pass unheard.
//!
//! SQLite does it by itself too, but swallows what goes wrong: after a failed sync the kernel may have dropped what was
//! to be written, the next sync succeeds all the same, and the log that still had it is written over.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use faults::pace;
use faults::points::{self, Point};
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, ffi};

use super::copier::{Desk, State};
use crate::store::disk;

/// The log is copied when it has so many pages, 4 MB: a sync of more would keep that of a commit waiting.
const LOG_PAGES: i64 = 1_000;

/// When it has so many, nothing more is written until it is copied: 64 MB.
const LOG_PAGES_MAX: i64 = 16 * LOG_PAGES;

/// Where a reader kept it from being copied, that is tried again after so many pages.
const AGAIN_PAGES: i64 = LOG_PAGES / 2;

/// Copies what the log holds, and empties it.
///
/// After a crash nobody knows which part of the log the disk really has: what a failed sync dropped is still read from
/// memory. Nothing new is to stand behind such a hole.
pub(super) fn begin_anew(connection: &Connection, folder: &Path) -> rusqlite::Result<()> {
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    unless_full(emptied, (), folder)
}

/// From now on the log is copied whenever it has grown long: by the thread that is asked at the `desk`, or else by the
/// writer. The commit after which that fails fails with it.
pub(super) fn keep_log_short(
    connection: &mut Connection,
    folder: PathBuf,
    desk: Arc<Desk>,
) -> rusqlite::Result<()> {
    let mut asks_at = 0;
    connection.wal_hook(Some(move |log: &mut Wal, pages| {
        let pages = i64::from(pages);
        let is_short = pages < pace::quickened(LOG_PAGES);
        if is_short {
            asks_at = 0;
        }
        let mut state = desk.state();
        if state == State::Copying && pace::quickened(LOG_PAGES_MAX) <= pages {
            state = desk.wait();
        }
        match state {
            State::Copying => Ok(()),
            State::Failed => Err(rusqlite::Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_IOERR),
                Some("its log could not be copied into it".to_owned()),
            )),
            State::Alone | State::Idle | State::Closed if is_short => Ok(()),
            // The log has begun anew meanwhile.
            State::Nearly if is_short => {
                desk.set(State::Idle);
                Ok(())
            }
            State::Idle if pages < pace::quickened(LOG_PAGES_MAX) => {
                if asks_at <= pages {
                    asks_at = pages + pace::quickened(AGAIN_PAGES);
                    desk.set(State::Copying);
                }
                Ok(())
            }
            State::Nearly | State::Idle => copy(log, &folder).inspect(|()| desk.set(State::Idle)),
            State::Alone | State::Closed => copy(log, &folder),
        }
    }))
}

/// After a failure nothing is copied any more, not even by closing the database: it would pass for done.
pub(in crate::store) fn never_again(connection: &Connection) {
    // One that does not take the setting is damaged, and its end is the process's all the same.
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

fn copy(log: &mut Wal, folder: &Path) -> rusqlite::Result<()> {
    points::reach(Point::BeforeCheckpoint);
    unless_full(log.checkpoint(), (), folder).inspect_err(say_failed)?;
    points::reach(Point::AfterCheckpoint);
    Ok(())
}

/// Says why the log could not be copied.
pub(super) fn say_failed(error: &rusqlite::Error) {
    tracing::error!("the log of the database cannot be copied into it: {error}");
}

/// Nothing is lost when the database cannot grow: the log still has it all.
pub(super) fn unless_full<T>(
    outcome: rusqlite::Result<T>,
    otherwise: T,
    folder: &Path,
) -> rusqlite::Result<T> {
    outcome.or_else(|error| {
        let is_write =
            error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_WRITE);
        let is_full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
        if is_full || is_write && disk::is_over_quota(folder) { Ok(otherwise) } else { Err(error) }
    })
}

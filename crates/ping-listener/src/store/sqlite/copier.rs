//! Copies the log of changes into the database on a thread of its own, so that no ping waits for it.
//!
//! While changes go on, a copy never reaches the end of the log: the thread copies all but what has come meanwhile, and
//! the writer copies that little rest after a commit, with which the log begins anew.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use faults::points::{self, Point};
use rusqlite::{Connection, OpenFlags};

use super::checkpoint;

/// Copying goes round again while more pages than this have come meanwhile: what is left is a millisecond of the
/// writer's time.
const REST_PAGES_MAX: i64 = 128;

/// But only so often, if they come as fast as they are copied.
const ROUNDS_MAX: u32 = 4;

/// Told when the log could not be copied.
pub(in crate::store) type OnFailure = Box<dyn Fn() + Send>;

/// The thread, as its owner holds it; it ends when this is dropped.
pub(in crate::store) struct Copier {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// What the writer and the thread tell each other.
#[derive(Default)]
pub(in crate::store) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

/// How far copying is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) enum State {
    /// Nobody copies, and the writer has to do it by itself.
    #[default]
    Alone,
    /// The thread waits to be asked.
    Idle,
    /// The thread is asked to copy, or copies.
    Copying,
    /// All but a little is copied.
    Nearly,
    /// It failed, and nobody may try again: a retry would lie.
    Failed,
    /// The thread is to end.
    Closed,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how far copying is; who asks the thread to copy makes it so.
    pub(super) fn state(&self) -> State {
        *self.lock()
    }

    /// Says how far copying is.
    pub(super) fn set(&self, state: State) {
        *self.lock() = state;
        self.changed.notify_all();
    }

    /// Waits until the thread does not copy, and returns what came of it.
    pub(super) fn wait(&self) -> State {
        let copying = |state: &mut State| *state == State::Copying;
        *self.changed.wait_while(self.lock(), copying).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the thread is asked to copy; returns false if it is to end instead.
    fn is_asked(&self) -> bool {
        let waits = |state: &mut State| *state != State::Copying && *state != State::Closed;
        let state = self.changed.wait_while(self.lock(), waits).unwrap_or_else(PoisonError::into_inner);
        *state == State::Copying
    }

    /// Says what came of copying, unless the thread is to end and all is well.
    fn finish(&self, outcome: State) {
        let mut state = self.lock();
        if *state == State::Copying || outcome == State::Failed {
            *state = outcome;
        }
        self.changed.notify_all();
    }
}

impl Copier {
    /// Starts the thread, which is asked by the writer of the same `desk`.
    pub(super) fn start(
        desk: Arc<Desk>,
        file: &Path,
        folder: PathBuf,
        on_failure: OnFailure,
    ) -> io::Result<Self> {
        let connection = open(file).map_err(io::Error::other)?;
        desk.set(State::Idle);
        let asked = desk.clone();
        let copy = move || {
            let mut end = End { desk: asked, on_failure, state: State::Failed };
            while end.desk.is_asked() {
                points::reach(Point::BeforeCheckpoint);
                let copied = copy(&connection);
                points::reach(Point::AfterCheckpoint);
                match checkpoint::unless_full(copied, State::Idle, &folder) {
                    Ok(state) => end.desk.finish(state),
                    Err(error) => return checkpoint::say_failed(&error),
                }
            }
            end.state = State::Closed;
        };
        let thread = thread::Builder::new().name("copier".to_owned()).spawn(copy)?;
        Ok(Self { desk, thread: Some(thread) })
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        self.desk.set(State::Closed);
        // One that has panicked has said so.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The end of the thread, a panic too: whoever did not close it hears that nobody copies any more.
struct End {
    desk: Arc<Desk>,
    on_failure: OnFailure,
    state: State,
}

impl Drop for End {
    fn drop(&mut self) {
        if self.state == State::Failed {
            self.desk.finish(State::Failed);
            (self.on_failure)();
        }
    }
}

/// Opens a connection that only copies.
fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")?;
    Ok(connection)
}

/// Copies what the log holds, and what has come meanwhile, until that is little.
fn copy(connection: &Connection) -> rusqlite::Result<State> {
    let mut before = 0;
    for _ in 0..ROUNDS_MAX {
        let (logged, copied): (i64, i64) =
            connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))?;
        if copied < logged {
            // A reader still looks at what was before.
            return Ok(State::Idle);
        }
        if logged - before <= REST_PAGES_MAX {
            break;
        }
        before = logged;
    }
    Ok(State::Nearly)
}

#[cfg(test)]
mod tests {
    use crate::store::sqlite::database::Database;

    #[test]
    fn the_log_begins_anew_although_changes_never_pause() {
        const COMMITS: i64 = 64;
        const COMMIT_BYTES: i64 = 1_600_000;
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(folder.path()).unwrap();
        database.copy_beside(Box::new(|| panic!("the log could not be copied"))).unwrap();
        database.writer.execute_batch("CREATE TABLE filler (bytes BLOB)").unwrap();
        for _ in 0..COMMITS {
            database.writer.execute("INSERT INTO filler VALUES (zeroblob(?1))", [COMMIT_BYTES]).unwrap();
        }
        let log_bytes = || folder.path().join("ping-listener.db-wal").metadata().map_or(0, |log| log.len());
        assert!(log_bytes() < 80_000_000, "{} bytes are in the log", log_bytes());
        database.stop_copying();
        let kept: i64 =
            database.writer.query_row("SELECT count(*) FROM filler", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, COMMITS);
        drop(database);
        assert_eq!(log_bytes(), 0, "who opens the file next finds all of it");
    }
}

//! Opens the database: one process a folder, one writing connection, a few that read.

use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use faults::points::{self, Point};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::checkpoint;
use super::copier::{Copier, Desk, OnFailure, State};
use crate::store::error::OpenError;

/// Marks a file as ours, in SQLite's header: "PNGL".
const APPLICATION_ID: i64 = 0x504E_474C;

/// The database's name in its folder.
pub(in crate::store) const FILE: &str = "ping-listener.db";

/// Older versions can corrupt a write-ahead log that two connections use.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Every step of the schema; a database's `user_version` counts those it has.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../../migrations/sqlite/0001_seed.sql"),
    include_str!("../../../migrations/sqlite/0002_revised_latest.sql"),
    include_str!("../../../migrations/sqlite/0003_managed.sql"),
    include_str!("../../../migrations/sqlite/0004_snoozes.sql"),
    include_str!("../../../migrations/sqlite/0005_mails_of_check.sql"),
];

/// Up to this size a file is checked whole before it is used: about a quarter of a second.
const CHECKED_BYTES_MAX: u64 = 64 << 20;

/// Who writes beside the server waits so long for a large commit of it.
const BESIDE_WAITS: Duration = Duration::from_secs(30);

/// Readers that may look at once: a page asks for milliseconds, and there are few cores.
const READERS_MAX: usize = 4;

/// How a connection is opened that only reads.
const READING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// An open data folder.
pub(crate) struct Database {
    /// Ends before the writer's connection, so that this one is the last and leaves no log behind.
    copier: Option<Copier>,
    copying: Arc<Desk>,
    /// The only connection that writes.
    pub(in crate::store) writer: Connection,
    /// The folder.
    pub(in crate::store) folder: PathBuf,
    /// Held for as long as the folder is ours.
    _lock: Option<File>,
    file: PathBuf,
}

impl Database {
    /// Opens the data folder, makes it if need be, and brings its schema up to date.
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        let lock = lock_folder(folder)?;
        points::reach(Point::StartLocked);
        let file = folder.join(FILE);
        let error = |error| open_error(&file, &error);
        if file.metadata().is_ok_and(|metadata| 0 < metadata.len()) {
            inspect(&file)?;
        }
        let mut writer = Connection::open(&file).map_err(error)?;
        assert!(
            SQLITE_VERSION_MIN <= rusqlite::version_number(),
            "SQLite {} is too old: it can corrupt its log",
            rusqlite::version()
        );
        configure_writer(&writer).map_err(error)?;
        checkpoint::begin_anew(&writer, folder).map_err(error)?;
        points::reach(Point::StartOpened);
        let copying = Arc::<Desk>::default();
        checkpoint::keep_log_short(&mut writer, folder.to_owned(), copying.clone())
            .and_then(|()| migrate(&mut writer))
            .map_err(error)?;
        Ok(Self { copier: None, copying, writer, folder: folder.to_owned(), _lock: Some(lock), file })
    }

    /// From now on the log is copied by a thread of its own; `on_failure` hears when that failed.
    pub(in crate::store) fn copy_beside(&mut self, on_failure: OnFailure) -> io::Result<()> {
        self.copier = Some(Copier::start(self.copying.clone(), &self.file, self.folder.clone(), on_failure)?);
        Ok(())
    }

    /// Ends the thread that copies the log.
    ///
    /// # Panics
    ///
    /// When its last copy failed, like any other failed write.
    pub(in crate::store) fn stop_copying(&mut self) {
        self.copier = None;
        if self.copying.state() == State::Failed {
            checkpoint::never_again(&self.writer);
            panic!("the log of the database could not be copied into it");
        }
    }

    /// Opens the database of a folder for reading only, or returns `None` if the folder has none.
    pub(in crate::store) fn look(folder: &Path) -> Result<Option<Connection>, OpenError> {
        let file = folder.join(FILE);
        if !file.metadata().is_ok_and(|metadata| 0 < metadata.len()) {
            return Ok(None);
        }
        inspect(&file)?;
        open_still(&file).map(Some).map_err(|error| open_error(&file, &error))
    }

    /// Opens the database of a folder that another process holds, to write a row or two beside it.
    pub(in crate::store) fn beside(folder: &Path) -> Result<Connection, OpenError> {
        let file = folder.join(FILE);
        let error = |error| open_error(&file, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&file, flags).map_err(error)?;
        connection.busy_timeout(BESIDE_WAITS).map_err(error)?;
        if schema_version(&connection).map_err(error)?
            != i64::try_from(MIGRATIONS.len()).expect("few migrations")
        {
            let reason = "the server that runs on it is of another version, so stop it first".to_owned();
            return Err(OpenError::Other { path: file, reason });
        }
        // The log is copied by the server alone, which hears when that fails.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .and_then(|_| {
                connection.execute_batch(
                    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF;",
                )
            })
            .map_err(error)?;
        Ok(connection)
    }

    /// Makes the pool of connections that only read.
    pub(in crate::store) fn readers(&self) -> Readers {
        Readers { file: self.file.clone(), idle: Mutex::new(Vec::new()) }
    }
}

/// A pool of connections that only read.
pub(crate) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Calls `look` with a connection inside a transaction, so that everything it sees is of one instant.
    pub(in crate::store) fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.file)?,
        };
        let transaction = connection.transaction()?;
        let seen = look(&transaction);
        drop(transaction);
        let mut pool = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < READERS_MAX {
            pool.push(connection);
        }
        seen
    }
}

fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    configure_reader(Connection::open_with_flags(file, READING)?)
}

/// Opens a file for reading so that nothing in its folder changes, if nobody else has it open.
///
/// Even a connection that only reads makes the files of a write-ahead log, and leaves them behind; a file without a log
/// is complete, and can be read as one that nobody changes.
fn open_still(file: &Path) -> rusqlite::Result<Connection> {
    let has_log = wal(file).metadata().is_ok_and(|metadata| 0 < metadata.len());
    if has_log {
        return open_reader(file);
    }
    let mut address = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            address.push(char::from(*byte));
        } else {
            write!(address, "%{byte:02X}").expect("a string takes any text");
        }
    }
    address.push_str("?immutable=1");
    configure_reader(Connection::open_with_flags(address, READING | OpenFlags::SQLITE_OPEN_URI)?)
}

/// Returns where the write-ahead log of a database is.
fn wal(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn configure_reader(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192;")?;
    Ok(connection)
}

fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let folder_error = |reason| OpenError::Folder { path: folder.to_owned(), reason };
    // What people hang on their pings is nobody else's business.
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(folder_error)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(folder_error)?;
    match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse { path: folder.to_owned() }),
        Err(errno) => Err(folder_error(io::Error::from(errno))),
    }
}

/// Looks at an existing file without changing anything, and refuses what this program must not touch.
fn inspect(file: &Path) -> Result<(), OpenError> {
    let error = |error| open_error(file, &error);
    let connection = open_still(file).map_err(error)?;
    let application_id: i64 =
        connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(error)?;
    let found = schema_version(&connection).map_err(error)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(error)?;
    let corrupt = |reason: String| OpenError::Corrupt { path: file.to_owned(), reason };
    if application_id != APPLICATION_ID && 0 < tables {
        return Err(corrupt("it belongs to another program".to_owned()));
    }
    let known = i64::try_from(MIGRATIONS.len()).expect("few migrations");
    if known < found {
        return Err(OpenError::Newer { path: file.to_owned(), found, known });
    }
    if file.metadata().is_ok_and(|metadata| metadata.len() <= CHECKED_BYTES_MAX) {
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(error)?;
        if verdict != "ok" {
            return Err(corrupt(verdict.lines().last().unwrap_or_default().to_owned()));
        }
    }
    Ok(())
}

fn configure_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    // A larger cache makes no ping faster: what is written is new, and what is sorted is read once, in order.
    // A plan that depends on what is bound is made anew whenever something is.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -8192;
         PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )
}

/// Returns how many steps of the schema a database has.
pub(in crate::store) fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the schema up to date in one transaction: it is there whole, or not at all.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let found = usize::try_from(schema_version(connection)?).unwrap_or(0);
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration)?;
        points::reach(Point::Migrating);
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(MIGRATIONS.len()).expect("few migrations"),
    )?;
    points::reach(Point::Migrated);
    transaction.commit()
}

fn open_error(file: &Path, error: &rusqlite::Error) -> OpenError {
    let path = file.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => OpenError::Corrupt { path, reason },
        Some(ErrorCode::DiskFull) => OpenError::Folder {
            path: file.parent().map_or_else(PathBuf::new, Path::to_owned),
            reason: io::Error::other("the disk is full"),
        },
        _ => OpenError::Other { path, reason },
    }
}

#[cfg(test)]
mod tests {
    use domain::check::Revised;
    use domain::time::Timestamp;

    use super::*;
    use crate::store::sqlite::checks;

    /// Makes a folder as the first version left it, with a check whose limit was shortened to 60 s.
    fn first_version() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection
            .execute_batch(&format!(
                "INSERT INTO checks VALUES (1, 'test', 40000000, 20000000, 1, 0, 1, 0, 0, NULL, 0,
                                            NULL, 0, 0, 0, 170000000, 195000000, NULL, 0);
                 PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"
            ))
            .unwrap();
        folder
    }

    fn revised(connection: &Connection) -> Revised {
        let mut found = None;
        checks::each(connection, |_, check, _| found = check.revised).unwrap();
        found.unwrap()
    }

    const GRANTED: Revised = Revised {
        at: Timestamp::from_micros(170_000_000),
        due: Timestamp::from_micros(195_000_000),
        latest: Timestamp::from_micros(255_000_000),
    };

    #[test]
    fn a_database_of_the_first_version_is_brought_up_to_date_with_all_that_is_in_it() {
        let folder = first_version();
        for _ in 0..2 {
            let database = Database::open(folder.path()).unwrap();
            assert_eq!(schema_version(&database.writer).unwrap(), 5);
            assert_eq!(revised(&database.writer), GRANTED);
        }
    }

    #[test]
    fn a_database_of_the_first_version_can_be_looked_at_without_a_change() {
        let folder = first_version();
        let connection = Database::look(folder.path()).unwrap().unwrap();
        assert_eq!(revised(&connection), GRANTED);
        assert_eq!(schema_version(&connection).unwrap(), 1);
    }

    #[test]
    fn a_migration_that_is_cut_off_leaves_the_version_before() {
        let folder = first_version();
        let mut connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection
            .execute_batch(
                "CREATE TRIGGER cut_off BEFORE UPDATE ON checks BEGIN SELECT raise(ABORT, 'cut off'); END",
            )
            .unwrap();
        assert!(migrate(&mut connection).is_err());
        assert_eq!(schema_version(&connection).unwrap(), 1);
        assert_eq!(revised(&connection), GRANTED, "the old schema is still there");
        connection.execute_batch("DROP TRIGGER cut_off").unwrap();
        drop(connection);
        assert_eq!(revised(&Database::open(folder.path()).unwrap().writer), GRANTED);
    }
}

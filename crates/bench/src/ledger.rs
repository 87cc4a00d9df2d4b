//! What a server has made durable, read beside it out of its database: who is due when, and which mails are queued.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags};

/// The database of a running server, to be read only.
pub(crate) struct Ledger {
    connection: Connection,
    /// The same moment by both clocks.
    wall: Duration,
    instant: Instant,
}

impl Ledger {
    pub(crate) fn open(database: &Path) -> Result<Self> {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let wall = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(Self { connection, wall, instant: Instant::now() })
    }

    /// Returns when silence becomes an alert, for each of the first `count` checks of those that never pinged.
    pub(crate) fn deadlines(&self, count: u64) -> Result<BTreeMap<String, Instant>> {
        let mut statement = self.connection.prepare(
            "SELECT name, anchor + period + grace + (SELECT wall_offset FROM stamp) FROM checks
             ORDER BY name LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(count)?], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut deadlines = BTreeMap::new();
        for row in rows {
            let (name, wall_micros): (String, i64) = row?;
            let wall = Duration::from_micros(u64::try_from(wall_micros)?);
            let after = wall.checked_sub(self.wall).context("the deadline is still to come")?;
            deadlines.insert(name, self.instant + after);
        }
        Ok(deadlines)
    }

    /// Returns how many notifications were queued so far, as the numbers of their rows tell.
    pub(crate) fn queued(&self) -> Result<u64> {
        let most: Option<i64> =
            self.connection.query_row("SELECT max(id) FROM outbox", [], |row| row.get(0))?;
        Ok(u64::try_from(most.unwrap_or(0))?)
    }

    /// Tells whether all that is queued has found the mail that lists it.
    pub(crate) fn is_gathered(&self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE state = 'queued' AND digest IS NULL
                   AND check_id IS NOT NULL)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Tells whether nothing waits for the mail server any more.
    pub(crate) fn is_drained(&self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE state IN ('queued', 'leased'))";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}

//! What is remembered, and the one door through which a check changes.
//!
//! Everybody holds a [`Store`]. What changes something is queued for the writer, which commits what has queued since
//! its last commit in one transaction; what only looks at history reads beside it.

mod apply;
pub mod beside;
mod attempts;
mod book;
mod bookmarks;
pub mod changes;
mod committer;
mod declare;
mod demands;
pub mod details;
mod digests;
mod names;
mod disk;
pub mod error;
pub mod facts;
pub mod heard;
pub mod history;
mod identity;
pub mod log;
pub mod managed;
mod open;
mod outbox;
mod packed;
pub mod past;
pub mod posted;
mod passes;
mod portions;
pub mod preview;
mod queue;
mod reading;
pub mod snoozes;
mod sorting;
mod sqlite;
#[cfg(test)]
mod stage;
mod status;
pub mod status_page;
mod tallies;
mod timeline;
mod upkeep;
pub mod varint;
pub mod view;
mod writer;
mod loading;
mod planted;

pub use attempts::{HANGS_AFTER, LeasedMail, Outcome};
pub use committer::{Bells, Committer};
pub use declare::{Declaration, Declared, DeclaredCheck, Trust, Undeclared};
pub use identity::ChannelKind;
pub use names::Entry;
pub use open::{ByHand, Opened};
pub use passes::Pass;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use domain::id::CheckId;
use domain::time::Timestamp;
use rusqlite::ErrorCode;
use tokio::sync::{oneshot, watch};

use self::apply::Desk;
use self::bookmarks::{Bookmarks, Unsorted};
use self::error::StoreError;
use self::managed::finding::Findings;
use self::managed::sealing::Sealer;
use self::names::SharedNames;
use self::queue::{Queue, Work};
use self::sqlite::database::Readers;
use self::status::Status;
use crate::clock::Clock;
use crate::random::Random;

/// The store, for everybody. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    bookmarks: Arc<Bookmarks>,
    looks: Looks,
    names: SharedNames,
    findings: Findings,
    sealer: Sealer,
    changes: watch::Receiver<u64>,
    status: Arc<Status>,
    clock: Clock,
    random: Random,
    secret: [u8; 32],
    folder: std::path::PathBuf,
    probed: tokio::sync::Mutex<Option<(Timestamp, Result<(), StoreError>)>>,
}

/// Where what only looks is done.
enum Looks {
    /// On threads of the runtime, so that no request waits for another's.
    BesideOthers,
    /// Where it is asked for, before anything else goes on.
    AtOnce,
}

/// A ping that is on disk.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    /// When it was taken.
    pub at: Timestamp,
    /// The same by the wall clock.
    pub wall: jiff::Timestamp,
}

/// A ping on its way to the disk; resolves when it is there.
pub struct PendingPing(Result<oneshot::Receiver<Result<Receipt, StoreError>>, StoreError>);

impl Future for PendingPing {
    type Output = Result<Receipt, StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Ok(queued) => {
                Pin::new(queued).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Stopping)))
            }
            Err(refused) => Poll::Ready(Err(*refused)),
        }
    }
}

impl Store {
    /// Returns the check of a name, or `None` if no check in use has it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Entry> {
        self.0.names.find(name)
    }

    /// Counts the checks that take pings without a key.
    #[must_use]
    pub fn open_checks(&self) -> usize {
        self.0.names.open_checks()
    }

    /// Appends a ping, stamped now; resolves when it is on disk.
    ///
    /// The stamp is taken by the call, not when the future is first polled.
    #[must_use]
    pub fn ping(&self, check: CheckId) -> PendingPing {
        PendingPing(self.0.queue.push_ping(check))
    }

    /// Returns a number that grows with every commit that changed what readers see.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.clone()
    }

    /// Returns a number that grows with every commit that changed more of what readers see than plain pings do: how a
    /// check stands, or what is asked of it.
    #[must_use]
    pub fn deeds(&self) -> u64 {
        self.0.status.deeds.load(Ordering::Relaxed)
    }

    /// Returns the secret that signs links; it lives as long as the data folder.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.0.secret
    }

    /// Does something in the writer's next transaction.
    async fn write<T: Send + 'static>(
        &self,
        run: impl FnMut(&mut Desk<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue_task(run, false).await
    }

    /// Does something that takes milliseconds in a transaction of its own.
    async fn write_long<T: Send + 'static>(
        &self,
        run: impl FnMut(&mut Desk<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue_task(run, true).await
    }

    async fn queue_task<T: Send + 'static>(
        &self,
        run: impl FnMut(&mut Desk<'_>) -> rusqlite::Result<T> + Send + 'static,
        is_long: bool,
    ) -> Result<T, StoreError> {
        let (reply, receiver) = oneshot::channel();
        self.0.queue.push_work(Box::new(Task { run, result: None, reply, is_long }))?;
        receiver.await.unwrap_or(Err(StoreError::Stopping))
    }

    /// Looks at what is durable, beside the writer.
    ///
    /// A damaged page or a disk that cannot be read ends the process, like a failed write: nothing that the database
    /// says could be trusted. Anything else, like no file handle left, passes.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.0.readers.clone();
        let seen = match self.0.looks {
            Looks::AtOnce => readers.read(look),
            Looks::BesideOthers => match tokio::task::spawn_blocking(move || readers.read(look)).await {
                Ok(seen) => seen,
                Err(_) => return Err(StoreError::Stopping),
            },
        };
        match seen {
            Ok(seen) => Ok(seen),
            Err(error) => Err(self.judge(&error).await),
        }
    }

    /// Looks at what is durable, the pings that only the log has among it.
    async fn look_with_log<T: Send + 'static>(
        &self,
        look: impl FnOnce(&rusqlite::Connection, &Unsorted) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let bookmarks = self.0.bookmarks.clone();
        self.look(move |connection| look(connection, &bookmarks.unsorted(connection)?)).await
    }

    /// Judges a look that failed.
    async fn judge(&self, error: &rusqlite::Error) -> StoreError {
        let words = error.to_string();
        let is_damaged = error.sqlite_error_code().is_some_and(|code| {
            [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase, ErrorCode::SystemIoFailure].contains(&code)
        });
        if !is_damaged {
            tracing::error!("the database could not be read this time: {words}");
            return StoreError::Busy;
        }
        // The writer's end is the process's.
        let end = move |_: &mut Desk<'_>| -> rusqlite::Result<()> {
            panic!("the database cannot be read: {words}")
        };
        self.write(end).await.err().unwrap_or(StoreError::Stopping)
    }
}

/// A closure on its way through the writer, with somebody who waits for what it returns.
struct Task<T, F> {
    run: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    is_long: bool,
}

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnMut(&mut Desk<'_>) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, desk: &mut Desk<'_>) -> rusqlite::Result<()> {
        self.result = Some((self.run)(desk)?);
        Ok(())
    }

    fn settle(self: Box<Self>, outcome: Result<(), StoreError>) {
        let result = self.result.ok_or(StoreError::Stopping);
        // Whoever does not wait any more has hung up.
        let _ = self.reply.send(outcome.and(result));
    }

    fn is_long(&self) -> bool {
        self.is_long
    }
}

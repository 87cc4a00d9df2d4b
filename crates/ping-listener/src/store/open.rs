//! Opening the store: from a data folder to a clock that goes on and a writer that runs.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::tz::TimeZone;
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use super::committer::{Bells, Committer, Outlets};
use super::error::OpenError;
use super::loading::last_stamp;
use super::managed::finding::Findings;
use super::managed::sealing::Sealer;
use super::names::SharedNames;
use super::queue::Queue;
use super::sqlite::database::Database;
use super::sqlite::{outbox, refused};
use super::status::Status;
use super::writer::Writer;
use super::{Inner, Looks, Store};
use crate::clock::{Clock, Source, Start};
use crate::random::Random;
use crate::telemetry::Telemetry;

/// A store that runs, with what belongs to it.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Service time, gone on from where the folder left it.
    pub clock: Clock,
    /// What the clocks say.
    pub start: Start,
    /// How long the clock has been untrusted in earlier runs.
    pub untrusted: domain::time::Span,
    /// The writer's thread. It ends after [`Store::close`]; when it ends by a panic, so must the process.
    pub committer: JoinHandle<()>,
}

/// A store without any thread: nothing is committed but by the steps of its committer.
pub struct ByHand {
    /// The store.
    pub store: Store,
    /// As in [`Opened`].
    pub clock: Clock,
    /// As in [`Opened`].
    pub start: Start,
    /// As in [`Opened`].
    pub untrusted: domain::time::Span,
    /// Commits what waits.
    pub committer: Committer,
}

impl Store {
    /// Opens a data folder and starts its writer. Must be called on the runtime on which requests wait.
    pub fn open(
        folder: &Path,
        source: Arc<dyn Source>,
        zone: TimeZone,
        random: Random,
        meters: (Arc<Telemetry>, Bells),
    ) -> Result<Opened, OpenError> {
        let (clock, database) = go_on(folder, source, zone)?;
        let ByHand { store, clock, start, untrusted, committer } =
            assemble(folder, clock, database, (random, Looks::BesideOthers), meters)?;
        let committer = committer.start().map_err(|error| other(folder, &format!("no thread: {error}")))?;
        Ok(Opened { store, clock, start, untrusted, committer })
    }

    /// Opens a data folder without starting anything; what only looks is done at once, by whoever asks for it.
    pub fn open_by_hand(
        folder: &Path,
        source: Arc<dyn Source>,
        zone: TimeZone,
        random: Random,
        meters: (Arc<Telemetry>, Bells),
    ) -> Result<ByHand, OpenError> {
        let (clock, database) = go_on(folder, source, zone)?;
        assemble(folder, clock, database, (random, Looks::AtOnce), meters)
    }
}

/// Service time that goes on, with what the clocks said, and how long they had not been believed.
type GoneOn = (Clock, Start, domain::time::Span);

/// Opens the database, and goes on with service time from its last stamp.
fn go_on(folder: &Path, source: Arc<dyn Source>, zone: TimeZone) -> Result<(GoneOn, Database), OpenError> {
    let database = Database::open(folder)?;
    let stamp = last_stamp(&database.writer, i64::MAX).map_err(|error| other(folder, &error.to_string()))?;
    let (clock, start) = Clock::start(source, zone, stamp.as_ref());
    let untrusted = stamp.map_or(domain::time::Span::ZERO, |stamp| stamp.untrusted);
    Ok(((clock, start, untrusted), database))
}

fn assemble(
    folder: &Path,
    (clock, start, untrusted): GoneOn,
    database: Database,
    (random, looks): (Random, Looks),
    (telemetry, bells): (Arc<Telemetry>, Bells),
) -> Result<ByHand, OpenError> {
    let status = given_up(&database.writer).map_err(|error| other(folder, &error.to_string()))?;
    let writer = Writer::load(database, clock.clone(), &random)?;
    faults::points::reach(faults::points::Point::Loaded);
    let queue = Arc::new(Queue::new(clock.clone()));
    let (answers, batches) = mpsc::unbounded_channel();
    let (changes, versions) = watch::channel(0);
    let inner = Inner {
        queue: queue.clone(),
        readers: Arc::new(writer.readers()),
        bookmarks: Arc::default(),
        looks,
        names: SharedNames::default(),
        findings: Findings::default(),
        sealer: Sealer::new(&writer.secret()),
        changes: versions,
        status: Arc::new(status),
        clock: clock.clone(),
        random,
        secret: writer.secret(),
        folder: folder.to_owned(),
        probed: tokio::sync::Mutex::default(),
    };
    inner.findings.publish_all(&writer.book.shelf);
    let outlets = Outlets {
        answers,
        changes,
        names: inner.names.clone(),
        findings: inner.findings.clone(),
        status: inner.status.clone(),
        telemetry,
        bells,
    };
    let committer = Committer::new(writer, queue, outlets, batches);
    Ok(ByHand { store: Store(Arc::new(inner)), clock, start, untrusted, committer })
}

/// Returns what is known at a start of mails that went out to nobody.
fn given_up(connection: &Connection) -> rusqlite::Result<Status> {
    Ok(Status {
        refused_recipients: refused::count(connection)?.into(),
        unknown_mails: outbox::count_unknown(connection)?.into(),
        ..Status::default()
    })
}

fn other(folder: &Path, reason: &str) -> OpenError {
    OpenError::Other { path: folder.to_owned(), reason: reason.to_owned() }
}

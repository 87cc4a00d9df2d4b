//! Opening the store: from a data folder to a clock that goes on and a writer that runs.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, watch};

use super::committer::{self, Bells, Outlets};
use super::directory::SharedDirectory;
use super::error::OpenError;
use super::queue::Queue;
use super::sqlite::database::Database;
use super::sqlite::downtime;
use super::status::Status;
use super::writer::Writer;
use super::{Inner, Store};
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

impl Store {
    /// Opens a data folder and starts its writer. Must be called on the runtime on which requests wait.
    pub fn open(
        folder: &Path,
        source: Arc<dyn Source>,
        zone: TimeZone,
        random: Random,
        (telemetry, bells): (Arc<Telemetry>, Bells),
    ) -> Result<Opened, OpenError> {
        let database = Database::open(folder)?;
        let other = |reason: String| OpenError::Other { path: folder.to_owned(), reason };
        let stamp = downtime::stamp(&database.writer).map_err(|error| other(error.to_string()))?;
        let (clock, start) = Clock::start(source, zone, stamp.as_ref());
        let untrusted = stamp.map_or(domain::time::Span::ZERO, |stamp| stamp.untrusted);
        let writer = Writer::load(database, clock.clone(), &random)?;
        faults::points::reach(faults::points::Point::Loaded);
        let queue = Arc::new(Queue::new(clock.clone()));
        let (answers, batches) = mpsc::unbounded_channel();
        let (changes, versions) = watch::channel(0);
        let inner = Inner {
            queue: queue.clone(),
            readers: Arc::new(writer.readers()),
            directory: SharedDirectory::default(),
            changes: versions,
            status: Arc::new(Status::default()),
            clock: clock.clone(),
            random,
            secret: writer.secret(),
            folder: folder.to_owned(),
            probed: tokio::sync::Mutex::default(),
        };
        let outlets = Outlets {
            answers,
            changes,
            directory: inner.directory.clone(),
            status: inner.status.clone(),
            telemetry,
            bells,
        };
        tokio::spawn(committer::announce(batches));
        let committer =
            committer::start(writer, queue, outlets).map_err(|error| other(format!("no thread: {error}")))?;
        Ok(Opened { store: Store(Arc::new(inner)), clock, start, untrusted, committer })
    }
}

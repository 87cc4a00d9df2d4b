//! The writer: owns the checks' hot state and the only writing connection, and commits one batch of jobs at a time.
//!
//! It is plain synchronous code without a thread of its own, so that a simulation can drive it step by step.

use domain::gap::Gap;
use domain::time::{Span, Timestamp};
use faults::points::{self, Point};
use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::oneshot;

use super::Receipt;
use super::apply::{Changes, Desk};
use super::book::Book;
use super::disk::{self, Disk};
use super::error::{OpenError, StoreError};
use super::identity::Identity;
use super::loading::{Loaded, LogState, Volume};
use super::log::BatchWriter;
use super::managed::finding::Moves;
use super::planted;
use super::queue::{Job, PingJob, Work};
use super::sqlite::checkpoint;
use super::sqlite::copier::OnFailure;
use super::sqlite::database::Database;
use super::sqlite::downtime;
use crate::clock::{Clock, wall_time};
use crate::random::Random;

/// A commit that takes longer than this is a stall: pings waited meanwhile.
const STALL: Span = Span::from_millis(200);

/// The wall clock is taken to have moved when it stands further than this from where it should.
const OFFSET_NOTED: i64 = 1_000;

/// An answer that the writer owes for a ping, now that it is known.
pub(crate) struct Answer {
    pub(super) reply: oneshot::Sender<Result<Receipt, StoreError>>,
    pub(super) outcome: Result<Receipt, StoreError>,
}

impl Answer {
    /// Answers with the time that the log has: the wall clock may have been looked at anew since.
    fn taken(ping: PingJob, wall_offset_micros: i64) -> Self {
        if ping.is_gone {
            return Self::refused(ping, StoreError::Gone);
        }
        let wall = wall_time(ping.at.as_micros().saturating_add(wall_offset_micros));
        Self { reply: ping.reply, outcome: Ok(Receipt { at: ping.at, wall }) }
    }

    fn refused(ping: PingJob, error: StoreError) -> Self {
        Self { reply: ping.reply, outcome: Err(error) }
    }
}

/// What a commit did.
#[expect(clippy::struct_excessive_bools, reason = "each says whether somebody else has something to do")]
#[derive(Default)]
pub(crate) struct Committed {
    /// Answers to be given.
    pub(crate) answers: Vec<Answer>,
    /// Work with its outcome, to be settled when all that it changed can be seen.
    pub(crate) work: Vec<(Box<dyn Work>, Result<(), StoreError>)>,
    /// Pings that were appended.
    pub(crate) pings: usize,
    /// How long the commit took.
    pub(crate) took: Span,
    /// Readers see something else than before.
    pub(crate) is_visible: bool,
    /// More than that checks have pinged.
    pub(crate) is_deed: bool,
    /// The names have changed.
    pub(crate) has_new_names: bool,
    /// Managed checks that are found in another way than before.
    pub(super) moves: Moves,
    /// Somebody is due earlier than anybody was before.
    pub(crate) is_somebody_due_earlier: bool,
    /// Something was queued to be said.
    pub(crate) is_mail_queued: bool,
    /// Gaps that ended with it.
    pub(crate) gaps: Vec<(Gap, &'static str)>,
}

/// The writer.
pub(crate) struct Writer {
    database: Database,
    clock: Clock,
    disk: Disk,
    pub(super) book: Book,
    pub(super) identity: Identity,
    pub(super) log: LogState,
    batch: BatchWriter,
    changes: Changes,
    /// Where the wall clock stood for the transaction at hand.
    wall_offset_micros: i64,
    unsaved_gaps: Vec<(Gap, &'static str)>,
    /// Why the open gap is open.
    open_cause: &'static str,
}

impl Writer {
    /// Reads the hot state from the database. Since its last sign of life nobody listened, until somebody says so.
    pub(crate) fn load(database: Database, clock: Clock, random: &Random) -> Result<Self, OpenError> {
        let disk = Disk::new(&database.folder);
        let loaded =
            Loaded::read(&database, &clock, random).map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => OpenError::Folder {
                    path: database.folder.clone(),
                    reason: std::io::Error::other("the disk is full"),
                },
                _ => OpenError::Corrupt {
                    path: database.folder.join("ping-listener.db"),
                    reason: error.to_string(),
                },
            })?;
        let mut writer = Self {
            database,
            clock,
            disk,
            book: loaded.book,
            identity: loaded.identity,
            log: loaded.log,
            batch: BatchWriter::default(),
            changes: Changes::default(),
            wall_offset_micros: 0,
            unsaved_gaps: Vec::new(),
            open_cause: "down",
        };
        if let Some(alive_until) = loaded.alive_until {
            writer.book.gaps.open(alive_until);
        }
        Ok(writer)
    }

    /// Returns a pool of connections that only read.
    pub(super) fn readers(&self) -> super::sqlite::database::Readers {
        self.database.readers()
    }

    /// From now on the log of the database is copied into it beside the writer.
    pub(super) fn copy_beside(&mut self, on_failure: OnFailure) -> std::io::Result<()> {
        self.database.copy_beside(on_failure)
    }

    /// Ends what copies the log, after the last commit.
    pub(super) fn stop_copying(&mut self) {
        self.database.stop_copying();
    }

    /// Returns the secret that signs links and keys.
    pub(super) fn secret(&self) -> [u8; 32] {
        self.identity.secret
    }

    /// Tells whether pings are turned away because the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        self.disk.is_full()
    }

    /// Commits a batch of jobs in one transaction and returns what is to be answered.
    ///
    /// # Panics
    ///
    /// When the database fails in any other way than by a full disk: after a failed write nobody knows what is on the
    /// disk, and a retry would lie. The process has to end and to recover from the log.
    pub(crate) fn commit(&mut self, jobs: Vec<Job>, shed_since: Option<Timestamp>) -> Committed {
        let (mut pings, mut work) = split(jobs);
        if let Some(since) = shed_since {
            self.open_gap(since, "overload");
        }
        if self.disk.is_full() && self.disk.try_resume() {
            tracing::info!("there is room on the disk again: pings are taken");
        }
        let began = self.clock.now();
        let mut committed = Committed::default();
        let is_durable = !self.disk.is_full() && self.transact(&mut pings, &mut work, &mut committed).is_ok();
        if !is_durable {
            self.on_full(&pings, began);
            return self.decide_only(pings, work, committed);
        }
        self.finish(&mut committed, began);
        committed.pings = pings.len();
        committed.answers =
            pings.into_iter().map(|ping| Answer::taken(ping, self.wall_offset_micros)).collect();
        committed.work = work.into_iter().map(|(_, work)| (work, Ok(()))).collect();
        committed
    }

    /// Notes that pings cannot be taken from `since` on.
    fn open_gap(&mut self, since: Timestamp, cause: &'static str) {
        if self.book.gaps.open_since().is_none() {
            self.open_cause = cause;
        }
        self.book.gaps.open(since);
    }

    fn on_full(&mut self, pings: &[PingJob], began: Timestamp) {
        if !self.disk.is_full() {
            tracing::error!("the disk is full: pings are turned away until there is room");
            self.disk.give_way();
        }
        let first_refused = pings.first().map_or(began, |ping| ping.at);
        self.open_gap(first_refused, "disk full");
    }

    /// With a full disk, only decisions and what comes of sending mails are written, into the room that was kept.
    fn decide_only(
        &mut self,
        pings: Vec<PingJob>,
        mut work: Vec<StampedWork>,
        mut committed: Committed,
    ) -> Committed {
        let began = self.clock.now();
        let outcome = self.transact(&mut [], &mut work, &mut committed);
        if outcome.is_ok() {
            self.finish(&mut committed, began);
        }
        let offset = self.clock.wall_offset_micros();
        committed.answers = pings
            .into_iter()
            .map(|ping| match planted::refusal() {
                Some(error) => Answer::refused(ping, error),
                None => Answer::taken(ping, offset),
            })
            .collect();
        committed.work = work.into_iter().map(|(_, work)| (work, outcome)).collect();
        committed
    }

    fn finish(&mut self, committed: &mut Committed, began: Timestamp) {
        committed.is_visible = self.changes.is_visible || self.changes.has_pings;
        committed.is_deed = self.changes.is_visible;
        committed.has_new_names = self.changes.has_new_names();
        committed.is_mail_queued = self.changes.is_mail_queued;
        committed.is_somebody_due_earlier = self.book.take_earlier();
        committed.moves = std::mem::take(&mut self.changes.moves);
        self.changes.clear();
        if self.identity.open_pass.is_none() {
            self.book.digests.clear();
        }
        let ended = self.clock.now();
        committed.took = ended - began;
        if STALL < committed.took {
            let gap = Gap { from: began, until: ended };
            self.book.gaps.push(gap);
            self.unsaved_gaps.push((gap, "stall"));
            committed.gaps.push((gap, "stall"));
        }
    }

    /// Tells whether a gap has ended that the database does not have.
    pub(crate) fn has_unsaved_gap(&self) -> bool {
        !self.unsaved_gaps.is_empty()
    }

    fn transact(
        &mut self,
        pings: &mut [PingJob],
        work: &mut [StampedWork],
        committed: &mut Committed,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        // Whatever this transaction makes durable ends the time in which nothing was: its first instant is the end.
        let ends_gap = self.identity.is_listening && !self.disk.is_full();
        let ended =
            self.book.gaps.open_since().filter(|_| ends_gap).map(|from| Gap { from, until: now.max(from) });
        let cause = self.open_cause;
        // Few words, and rarely changed: kept whole, where checks are kept one by one.
        let (identity, tolerance) = (self.identity.clone(), self.book.tolerance);
        // It ends before anything is decided, so that whoever was overdue gets the calm after it.
        let open_gaps = ended.map(|_| self.book.gaps.clone());
        if let Some(gap) = ended {
            self.book.gaps.close(gap.until);
        }
        match self.try_transact(pings, work, ended.map(|gap| (gap, cause))) {
            Ok(()) => {
                committed.gaps.extend(ended.map(|gap| (gap, cause)));
                Ok(())
            }
            Err(error) => {
                self.batch.clear();
                if let Some(gaps) = open_gaps {
                    self.book.gaps = gaps;
                }
                (self.identity, self.book.tolerance) = (identity, tolerance);
                self.changes.undo(&mut self.book, now);
                // A rollback that fails leaves nothing open either: SQLite rolls back by itself on these errors.
                let _ = self.database.writer.execute_batch("ROLLBACK");
                if !self.is_for_want_of_room(&error) {
                    checkpoint::never_again(&self.database.writer);
                    panic!("the database failed, and a retry would lie: {error}");
                }
                Err(StoreError::Full)
            }
        }
    }

    /// Tells whether an error is only for want of room: in the database and its log, or in the index of the log.
    fn is_for_want_of_room(&self, error: &rusqlite::Error) -> bool {
        let has_code = |code| error.sqlite_error().is_some_and(|error| error.extended_code == code);
        error.sqlite_error_code() == Some(ErrorCode::DiskFull)
            || has_code(ffi::SQLITE_IOERR_SHMSIZE)
            || has_code(ffi::SQLITE_IOERR_WRITE) && disk::is_over_quota(&self.database.folder)
    }

    fn try_transact(
        &mut self,
        pings: &mut [PingJob],
        work: &mut [StampedWork],
        ended: Option<(Gap, &'static str)>,
    ) -> rusqlite::Result<()> {
        points::reach(Point::BeforeWrite);
        self.wall_offset_micros = self.clock.wall_offset_micros();
        let connection = &self.database.writer;
        let is_listening = self.identity.is_listening;
        begin(connection)?;
        let mut desk = Desk {
            now: self.clock.now(),
            connection,
            book: &mut self.book,
            identity: &mut self.identity,
            batch: &mut self.batch,
            changes: &mut self.changes,
            unsaved_gaps: &mut self.unsaved_gaps,
            wall_offset_micros: self.wall_offset_micros,
            is_listening,
            sorted: Volume::default(),
        };
        if let Some(since) = pings.last().and_then(|ping| self.clock.unnoted_since(ping.at))
            && desk.book.gaps.open_since().is_none()
        {
            // Their stamps are signs of life, behind which an absence would be hidden from a next start.
            downtime::suspect_gap(connection, since)?;
        }
        if let Some((gap, cause)) = ended {
            downtime::insert_gap(connection, gap, cause)?;
        }
        desk.note_wall_offset()?;
        // Pings and work in the order of their stamps: a pass sees every ping that was stamped before it.
        let mut work = work.iter_mut().peekable();
        for ping in &mut *pings {
            while let Some((at, due)) = work.next_if(|(at, _)| planted::is_before(*at, ping.at)) {
                desk.now = *at;
                due.run(&mut desk)?;
            }
            desk.now = ping.at;
            match &ping.message {
                Some(message) => ping.is_gone = !desk.signal(ping.check, message)?,
                None => desk.ping(ping.check)?,
            }
        }
        for (at, due) in work {
            desk.now = *at;
            due.run(&mut desk)?;
        }
        for (gap, cause) in desk.unsaved_gaps.iter() {
            downtime::insert_gap(connection, *gap, cause)?;
        }
        let has_batch = desk.save(self.log.last_batch + 1)?;
        let sorted = desk.sorted;
        points::reach(Point::BeforeCommit);
        self.disk.ask_for_room()?;
        connection.prepare_cached("COMMIT")?.execute([])?;
        points::reach(Point::AfterCommit);
        if has_batch {
            self.log.last_batch += 1;
            self.log.unsorted.add(self.batch.volume());
        }
        self.log.unsorted.take_away(sorted);
        self.batch.clear();
        self.unsaved_gaps.clear();
        Ok(())
    }
}

/// Begins a transaction, however long somebody writes beside us: a person who makes a key, or one with a shell.
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    loop {
        match connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                tracing::error!(
                    "another program writes in the database: nothing is stored until it has ended"
                );
            }
            outcome => return outcome.map(drop),
        }
    }
}

impl Desk<'_> {
    /// Notes where the wall clock stands, if it moved.
    fn note_wall_offset(&mut self) -> rusqlite::Result<()> {
        let offset = self.wall_offset_micros;
        let is_noted =
            self.book.timeline.latest().is_some_and(|latest| (latest - offset).abs() <= OFFSET_NOTED);
        if is_noted {
            return Ok(());
        }
        downtime::save_wall_offset(self.connection, self.now, offset)?;
        self.push_wall_offset(offset);
        Ok(())
    }
}

/// Work with its stamp.
type StampedWork = (Timestamp, Box<dyn Work>);

fn split(jobs: Vec<Job>) -> (Vec<PingJob>, Vec<StampedWork>) {
    let mut pings = Vec::with_capacity(jobs.len());
    let mut works = Vec::new();
    for job in jobs {
        match job {
            Job::Ping(ping) => pings.push(ping),
            Job::Work(at, work) => works.push((at, work)),
        }
    }
    (pings, works)
}

//! The committer: takes what has queued since the last commit and commits it, again and again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use faults::points::{self, Point};
use tokio::sync::{mpsc, watch};

use super::apply::Desk;
use super::error::StoreError;
use super::managed::finding::Findings;
use super::names::SharedNames;
use super::queue::{Queue, Work};
use super::sqlite::checkpoint;
use super::status::Status;
use super::writer::{Answer, Committed, Writer};
use crate::rounds::Bell;
use crate::telemetry::Telemetry;

/// What the committer tells the rest of the store after a commit.
pub(super) struct Outlets {
    pub(super) answers: mpsc::UnboundedSender<Vec<Answer>>,
    pub(super) changes: watch::Sender<u64>,
    pub(super) names: SharedNames,
    pub(super) findings: Findings,
    pub(super) status: Arc<Status>,
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) bells: Bells,
}

/// Whom the writer wakes.
#[derive(Clone, Default)]
pub struct Bells {
    /// Rung when somebody is due earlier than anybody was before.
    pub watchdog: Bell,
    /// Rung when there is something to be said.
    pub outbox: Bell,
}

/// Commits what waits, a step at a time.
///
/// A thread of its own steps it in a server; a simulation does it by hand, and so decides what happens in between.
pub struct Committer {
    commits: Commits,
    batches: mpsc::UnboundedReceiver<Vec<Answer>>,
}

/// The part that belongs to the thread.
struct Commits {
    writer: Writer,
    queue: Arc<Queue>,
    outlets: Outlets,
}

impl Committer {
    pub(super) fn new(
        writer: Writer,
        queue: Arc<Queue>,
        outlets: Outlets,
        batches: mpsc::UnboundedReceiver<Vec<Answer>>,
    ) -> Self {
        Self { commits: Commits { writer, queue, outlets }, batches }
    }

    /// Starts the thread, and the task that gives the answers on the runtime of those who wait. The thread ends when
    /// the queue is closed and empty; a panic in it ends the process (the caller watches the handle): nobody would
    /// write any more.
    pub(super) fn start(self) -> io::Result<JoinHandle<()>> {
        let Self { mut commits, batches } = self;
        let queue = Arc::downgrade(&commits.queue);
        commits.writer.copy_beside(Box::new(move || {
            // A queue that is closed has no writer any more.
            let _ = queue.upgrade().map(|queue| queue.push_work(Box::new(LogNotCopied)));
        }))?;
        tokio::spawn(announce(batches));
        thread::Builder::new().name("committer".to_owned()).spawn(move || {
            let _end = End(commits.queue.clone());
            let (mut last_jobs, mut last_began) = (0, commits.queue.now());
            while commits.queue.wait() {
                // A lone ping is not made to wait for company that it did not have a moment ago.
                if 1 < last_jobs {
                    commits.queue.gather(last_began);
                }
                last_began = commits.queue.now();
                last_jobs = commits.step();
            }
            commits.writer.stop_copying();
        })
    }

    /// Commits what waits now, without waiting for more; returns whether there was anything.
    pub fn step(&mut self) -> bool {
        0 < self.commits.step()
    }

    /// Gives the answers of what is committed to those who wait for them.
    pub fn announce(&mut self) {
        while let Ok(answers) = self.batches.try_recv() {
            give(answers);
        }
    }
}

impl Commits {
    /// Returns how many jobs it did.
    fn step(&mut self) -> usize {
        let taken = self.queue.take();
        let jobs = taken.jobs.len();
        if 0 < jobs {
            let committed = self.writer.commit(taken.jobs, taken.shed_since);
            self.outlets.tell(committed, &self.writer);
        }
        if self.writer.has_unsaved_gap() {
            let committed = self.writer.commit(Vec::new(), None);
            self.outlets.tell(committed, &self.writer);
        }
        jobs
    }
}

/// Ends the writer, and with it the process: what a failed sync dropped would be taken for written by the next.
struct LogNotCopied;

impl Work for LogNotCopied {
    fn run(&mut self, desk: &mut Desk<'_>) -> rusqlite::Result<()> {
        checkpoint::never_again(desk.connection);
        panic!("the log of the database could not be copied into it, and a retry would lie")
    }

    fn settle(self: Box<Self>, _: Result<(), StoreError>) {}
}

/// The end of the thread, a panic too: nobody is to wait for what nobody does.
struct End(Arc<Queue>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Outlets {
    fn tell(&self, committed: Committed, writer: &Writer) {
        self.status.is_full.store(writer.is_full(), Ordering::Relaxed);
        self.status.unsorted_pings.store(writer.log.unsorted.pings, Ordering::Relaxed);
        self.status.unsorted_bytes.store(writer.log.unsorted.bytes, Ordering::Relaxed);
        if committed.has_new_names {
            self.names.publish(&writer.book.names);
        }
        if !committed.moves.is_empty() {
            self.findings.publish(&committed.moves, &writer.book.shelf);
        }
        if committed.is_deed {
            self.status.deeds.fetch_add(1, Ordering::Relaxed);
        }
        if committed.is_visible {
            self.changes.send_modify(|version| *version += 1);
        }
        // Only now: whoever changed something and goes on has to find it changed.
        for (work, outcome) in committed.work {
            work.settle(outcome);
        }
        if 0 < committed.pings {
            self.telemetry.record_commit(committed.pings, committed.took.to_std());
        }
        for (gap, cause) in &committed.gaps {
            self.telemetry.count_gap(cause, gap.length());
        }
        // One hand-over a batch: the runtime wakes the waiting requests from inside, which is cheaper than waking
        // each of them from here.
        if !committed.answers.is_empty() {
            // When the receiver is gone the process is stopping, and nobody waits.
            let _ = self.answers.send(committed.answers);
        }
        if committed.is_somebody_due_earlier {
            self.bells.watchdog.ring();
        }
        if committed.is_mail_queued {
            points::reach(Point::AlertCommitted);
            self.bells.outbox.ring();
        }
    }
}

/// Gives the answers of each batch to those who wait for them.
async fn announce(mut batches: mpsc::UnboundedReceiver<Vec<Answer>>) {
    while let Some(answers) = batches.recv().await {
        give(answers);
    }
}

fn give(answers: Vec<Answer>) {
    for Answer { reply, outcome } in answers {
        points::reach(Point::BeforeAnswer);
        // Whoever does not wait any more has hung up.
        let _ = reply.send(outcome);
        points::reach(Point::AfterAnswer);
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Span;

    use crate::store::error::StoreError;
    use crate::store::stage::Stage;

    #[tokio::test]
    async fn the_time_that_a_ping_is_answered_with_is_the_time_in_the_log() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        let check = stage.store().find("test").unwrap().id;
        let pending = stage.store().ping(check);
        stage.store().write(|_| Ok(())).await.unwrap();
        let clock = &stage.store().0.clock;
        clock.set_wall_offset_micros(clock.wall_offset_micros() + Span::from_seconds(5).as_micros());
        let receipt = pending.await.unwrap();
        let (from, until) = stage.all_time();
        let day = stage.store().day(check, from, until).await.unwrap();
        assert_eq!(day.pings, [receipt.wall]);
    }

    #[tokio::test]
    async fn nobody_waits_for_a_writer_that_has_died() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        let died = stage.store().write(|_| -> rusqlite::Result<()> { panic!("the disk failed") }).await;
        assert_eq!(died, Err(StoreError::Stopping));
        assert_eq!(stage.store().write(|_| Ok(())).await, Err(StoreError::Stopping));
    }
}

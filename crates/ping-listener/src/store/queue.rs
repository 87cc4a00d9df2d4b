//! The queue in front of the writer: what waits to be committed, in the order of its stamps.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use domain::id::CheckId;
use domain::time::{Span, Timestamp};
use tokio::sync::oneshot;

use super::Receipt;
use super::apply::Desk;
use super::error::StoreError;
use super::managed::messages::Message;
use crate::clock::Clock;

/// Jobs that may wait at once. At ten thousand pings a second this is some seconds of a stuck disk; whoever comes then
/// is told to try again, instead of waiting for longer than any client does.
const JOBS_MAX: usize = 65_536;

/// Jobs committed at once: more would make the first wait for the last, and gain nothing.
pub(super) const BATCH_JOBS_MAX: usize = 4_096;

/// Bodies that may wait at once, in bytes: as much as a small machine can spare.
const BODIES_MAX: usize = 64 << 20;

/// Bodies committed at once, in bytes, but for the last one's: some tens of milliseconds on a slow disk.
const BATCH_BODIES_MAX: usize = 16 << 20;

/// Distance of two commits at least, where pings come in company. A commit costs several times what a ping does: one
/// for every few pings would use more of the machine than they do, and make those behind them wait for it.
const PACE: Span = Span::from_millis(1);

/// How often the committer steps back before a commit at most. On a machine with nothing else to run it comes back at
/// once, and nothing more has come; on a busy one a few turns gather most of what is on its way.
const YIELDS_MAX: u32 = 8;

/// Something for the writer to do.
pub(crate) enum Job {
    /// Append a ping, and apply what it causes.
    Ping(PingJob),
    /// Anything else; rare.
    Work(Timestamp, Box<dyn Work>),
}

impl Job {
    fn body_bytes(&self) -> usize {
        match self {
            Self::Ping(ping) => ping.message.as_ref().map_or(0, |message| message.body.len()),
            Self::Work(..) => 0,
        }
    }
}

/// A ping that waits to be durable.
pub(crate) struct PingJob {
    pub(super) check: CheckId,
    pub(super) at: Timestamp,
    /// What came with it, if it was sent as Healthchecks' clients do.
    pub(super) message: Option<Box<Message>>,
    /// There is no such check any more, as the transaction at hand finds.
    pub(super) is_gone: bool,
    pub(super) reply: oneshot::Sender<Result<Receipt, StoreError>>,
}

/// A piece of work inside the writer's transaction.
pub(crate) trait Work: Send {
    /// Does it. May be called again, from the start, if the transaction has to be repeated.
    fn run(&mut self, desk: &mut Desk<'_>) -> rusqlite::Result<()>;

    /// Hears whether it was committed, and answers who waits.
    fn settle(self: Box<Self>, outcome: Result<(), StoreError>);

    /// Tells whether it takes milliseconds: then it gets a transaction of its own, and what came before it is committed
    /// and answered first.
    fn is_long(&self) -> bool {
        false
    }
}

impl Job {
    fn is_long(&self) -> bool {
        match self {
            Self::Ping(_) => false,
            Self::Work(_, work) => work.is_long(),
        }
    }
}

/// The queue. It stamps what comes in under its own lock, so that the order in it is the order of the stamps: whatever
/// an evaluation pass decides at its stamp, every ping stamped before has been applied.
pub(crate) struct Queue {
    clock: Clock,
    inner: Mutex<Inner>,
    filled: Condvar,
}

#[derive(Default)]
struct Inner {
    jobs: Vec<Job>,
    /// The length of the bodies that wait.
    body_bytes: usize,
    shed_since: Option<Timestamp>,
    is_closed: bool,
}

/// What the writer takes off the queue.
pub(super) struct Taken {
    pub(super) jobs: Vec<Job>,
    /// Since when pings were turned away because too much waited.
    pub(super) shed_since: Option<Timestamp>,
}

impl Queue {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, inner: Mutex::default(), filled: Condvar::new() }
    }

    /// Stamps a ping and queues it; the receiver hears when it is durable.
    pub(super) fn push_ping(
        &self,
        check: CheckId,
    ) -> Result<oneshot::Receiver<Result<Receipt, StoreError>>, StoreError> {
        self.push_any_ping(check, None)
    }

    /// The same, with what came with it.
    pub(super) fn push_message(
        &self,
        check: CheckId,
        message: Message,
    ) -> Result<oneshot::Receiver<Result<Receipt, StoreError>>, StoreError> {
        self.push_any_ping(check, Some(Box::new(message)))
    }

    fn push_any_ping(
        &self,
        check: CheckId,
        message: Option<Box<Message>>,
    ) -> Result<oneshot::Receiver<Result<Receipt, StoreError>>, StoreError> {
        let (reply, receiver) = oneshot::channel();
        let mut inner = self.open_inner()?;
        let at = self.clock.now();
        let body_bytes = message.as_ref().map_or(0, |message| message.body.len());
        // One alone is taken however long it is.
        let is_too_much = 0 < inner.body_bytes && BODIES_MAX < inner.body_bytes + body_bytes;
        if JOBS_MAX <= inner.jobs.len() || 0 < body_bytes && is_too_much {
            inner.shed_since.get_or_insert(at);
            return Err(StoreError::Busy);
        }
        inner.body_bytes += body_bytes;
        self.push(inner, Job::Ping(PingJob { check, at, message, is_gone: false, reply }));
        Ok(receiver)
    }

    /// Stamps a piece of work and queues it, however much waits: decisions are not turned away.
    pub(super) fn push_work(&self, work: Box<dyn Work>) -> Result<(), StoreError> {
        let inner = self.open_inner()?;
        let at = self.clock.now();
        self.push(inner, Job::Work(at, work));
        Ok(())
    }

    /// Takes nothing more in; what waits is still done.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
    }

    /// Takes nothing more in, and lets go of what waits: there is nobody to do it.
    pub(super) fn abandon(&self) {
        let mut inner = self.lock();
        inner.is_closed = true;
        let jobs = std::mem::take(&mut inner.jobs);
        drop(inner);
        drop(jobs);
    }

    /// Returns the time by which it stamps.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until there is something to do; returns false when there never will be.
    pub(super) fn wait(&self) -> bool {
        let mut inner = self.lock();
        while inner.jobs.is_empty() && !inner.is_closed {
            inner = self.filled.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        !inner.jobs.is_empty()
    }

    /// Lets more come before a commit, so that one does for many: until [`PACE`] after the last one began, and then for
    /// as long as those who bring more need to run.
    pub(super) fn gather(&self, last_began: Timestamp) {
        let rest = (last_began + PACE - self.clock.now()).min(PACE);
        if Span::ZERO < rest {
            thread::park_timeout(rest.to_std());
        }
        for _ in 0..YIELDS_MAX {
            let waiting = self.lock().jobs.len();
            thread::yield_now();
            if self.lock().jobs.len() == waiting {
                return;
            }
        }
    }

    /// Takes what there is to do: as much as is done at once, in its order.
    pub(super) fn take(&self) -> Taken {
        let mut inner = self.lock();
        let before_long = inner.jobs.iter().take(BATCH_JOBS_MAX).position(Job::is_long);
        let mut later = before_long.map_or(BATCH_JOBS_MAX, |place| place.max(1)).min(inner.jobs.len());
        if 0 < inner.body_bytes {
            let mut taken_bytes = 0;
            let fits = |job: &&Job| {
                let has_room = taken_bytes < BATCH_BODIES_MAX;
                taken_bytes += job.body_bytes();
                has_room
            };
            later = inner.jobs[..later].iter().take_while(fits).count();
            inner.body_bytes -= inner.jobs[..later].iter().map(Job::body_bytes).sum::<usize>();
        }
        // Room for as many once more, so that it does not grow step by step under the lock.
        let mut rest = Vec::with_capacity(later.max(inner.jobs.len() - later));
        rest.extend(inner.jobs.drain(later..));
        let jobs = std::mem::replace(&mut inner.jobs, rest);
        Taken { jobs, shed_since: inner.shed_since.take() }
    }

    fn push(&self, mut inner: MutexGuard<'_, Inner>, job: Job) {
        let was_empty = inner.jobs.is_empty();
        inner.jobs.push(job);
        drop(inner);
        if was_empty {
            self.filled.notify_one();
        }
    }

    fn open_inner(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.lock();
        if inner.is_closed { Err(StoreError::Stopping) } else { Ok(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::ping::Signal;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::store::stage::StillSource;

    fn message(body_bytes: usize) -> Message {
        Message { body: Bytes::from(vec![0; body_bytes]), ..Message::bare(Signal::Success, "") }
    }

    fn queue() -> Queue {
        let (clock, _) = Clock::start(std::sync::Arc::new(StillSource::new()), TimeZone::UTC, None);
        Queue::new(clock)
    }

    #[test]
    fn long_bodies_wait_and_are_committed_within_limits() {
        let queue = queue();
        let check = CheckId::managed(1);
        let half = BATCH_BODIES_MAX / 2;
        let mut pushed = 0;
        while queue.push_message(check, message(half)).is_ok() {
            pushed += 1;
        }
        assert_eq!(pushed, BODIES_MAX / half);
        assert_eq!(queue.push_message(check, message(1)).err(), Some(StoreError::Busy));
        assert!(queue.push_ping(check).is_ok(), "one without a body waits with others");
        assert!(queue.push_message(check, message(0)).is_ok());
        let mut batches = Vec::new();
        while !queue.lock().jobs.is_empty() {
            batches.push(queue.take().jobs.len());
        }
        assert_eq!(batches, [2, 2, 2, 2, 2]);
        assert!(queue.push_message(check, message(2 * BODIES_MAX)).is_ok(), "one alone is taken");
        assert_eq!(queue.take().jobs.len(), 1);
        assert_eq!(queue.lock().body_bytes, 0);
    }

    struct Nothing {
        is_long: bool,
    }

    impl Work for Nothing {
        fn run(&mut self, _: &mut Desk<'_>) -> rusqlite::Result<()> {
            Ok(())
        }

        fn settle(self: Box<Self>, _: Result<(), StoreError>) {}

        fn is_long(&self) -> bool {
            self.is_long
        }
    }

    #[test]
    fn no_ping_waits_for_long_work_that_came_after_it_or_shares_its_transaction() {
        let queue = queue();
        let check = CheckId::new(1);
        let push_ping = || queue.push_ping(check).unwrap();
        let push_work = |is_long| queue.push_work(Box::new(Nothing { is_long })).unwrap();
        let _first = push_ping();
        push_work(false);
        push_work(true);
        push_work(true);
        let _last = push_ping();
        let taken: Vec<usize> = (0..5).map(|_| queue.take().jobs.len()).collect();
        assert_eq!(taken, [2, 1, 1, 1, 0]);
    }
}

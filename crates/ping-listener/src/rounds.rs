//! Rounds: the loop, the sleep, the bell, the guard and the end of every background room, once for all of them.

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::time::{Span, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::store::error::StoreError;

/// When a room wants to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// At this instant and not before, whatever rings.
    At(Timestamp),
    /// At this instant, or when the bell rings.
    AtOrBell(Timestamp),
    /// When the bell rings.
    OnBell,
}

/// A background room: does what is due and says when to come back.
pub trait Round: Send + 'static {
    /// What it is called in logs and in health.
    const NAME: &'static str;

    /// Does what is due at `now`.
    fn step(&mut self, now: Timestamp) -> impl Future<Output = Result<Wake, StoreError>> + Send;
}

/// After a step that the store turned down, the room tries again after this.
const AFTER_ERROR: Span = Span::from_seconds(1);

/// A room that is this much later than it said it would be is stale.
const STALE_AFTER: Span = Span::from_seconds(30);

/// A room that waits only for its bell looks in after this all the same, so that it can be told from a dead one.
const LONGEST_SLEEP: Span = Span::from_minutes(1);

/// Rings a room out of its sleep. Clones ring the same.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Rings; a room that is not asleep hears it before it sleeps again.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    async fn rung(&self) {
        self.0.notified().await;
    }
}

/// When each room is expected to turn next, for whoever asks whether they still do.
#[derive(Clone, Default)]
pub struct Beats(Arc<Mutex<Vec<Beat>>>);

struct Beat {
    name: &'static str,
    /// Microseconds of service time at which the room is to turn next.
    expected: Arc<AtomicI64>,
}

impl Beats {
    /// Returns the rooms that should have turned long ago.
    #[must_use]
    pub fn stale(&self, now: Timestamp) -> Vec<&'static str> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats
            .iter()
            .filter(|beat| Timestamp::from_micros(beat.expected.load(Ordering::Relaxed)) + STALE_AFTER < now)
            .map(|beat| beat.name)
            .collect()
    }

    fn add(&self, name: &'static str, now: Timestamp) -> Arc<AtomicI64> {
        let expected = Arc::new(AtomicI64::new(now.as_micros()));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Beat { name, expected: expected.clone() });
        expected
    }
}

/// What every round needs.
#[derive(Clone)]
pub struct Rounds {
    /// Tells the time, and sleeps.
    pub clock: Clock,
    /// Where the rounds show that they turn.
    pub beats: Beats,
    /// Becomes true when the server stops.
    pub stop: watch::Receiver<bool>,
}

impl Rounds {
    /// Starts a room's loop. When it ends by a panic, so must the process: a half-dead monitor is the worst kind.
    pub fn start<R: Round>(&self, round: R, bell: Bell) -> JoinHandle<()> {
        tokio::spawn(self.turn(round, bell))
    }

    /// Returns a room's loop without starting it, for whoever turns it by hand.
    pub fn turn<R: Round>(&self, round: R, bell: Bell) -> impl Future<Output = ()> + Send + use<R> {
        let expected = self.beats.add(R::NAME, self.clock.now());
        turn(round, bell, self.clone(), expected)
    }
}

async fn turn<R: Round>(mut round: R, bell: Bell, rounds: Rounds, expected: Arc<AtomicI64>) {
    let Rounds { clock, mut stop, .. } = rounds;
    while !*stop.borrow() {
        let now = clock.now();
        let wake = match round.step(now).await {
            Ok(wake) => wake,
            Err(StoreError::Stopping) => return,
            Err(error @ (StoreError::Full | StoreError::Busy | StoreError::Gone)) => {
                tracing::debug!(room = R::NAME, "{} waits: {error}", R::NAME);
                Wake::At(clock.now() + AFTER_ERROR)
            }
        };
        let limit = clock.now() + LONGEST_SLEEP;
        let (until, hears_bell) = match wake {
            Wake::At(at) => (at, false),
            Wake::AtOrBell(at) => (at.min(limit), true),
            Wake::OnBell => (limit, true),
        };
        expected.store(until.as_micros(), Ordering::Relaxed);
        tokio::select! {
            biased;
            _ = stop.wait_for(|&stops| stops) => return,
            () = bell.rung(), if hears_bell => {}
            () = clock.sleep_until(until) => {}
        }
    }
}

//! A false machine: clocks that run, sleep, drift, are set and lie, and the timers that hang on them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use domain::time::Span;
use ping_listener::clock::{Reading, Source};

use crate::dice::Dice;
use crate::history::Clocks;
use crate::limits;

/// When every run begins, by the wall clock: 2026-11-21, seven in the morning.
pub(crate) const BEGIN: i64 = 1_795_244_400_000_000;

/// How long the machine has been up when a run begins, and after each boot before the server may start.
const UP: i64 = 40_000_000;

/// A sleeper wakes a little late, as on a real machine.
const LATENESS_MAX: i64 = 2_000;

/// The machine. Its time is the true time in microseconds since the run's beginning, which nobody on it can see.
pub(crate) struct Machine(Mutex<State>);

struct State {
    now: i64,
    booted_at: i64,
    asleep: i64,
    wall_offset: i64,
    drift_ppm: i64,
    drifts_since: i64,
    boots: u32,
    is_synchronised: Option<bool>,
    timers: BTreeMap<(i64, u64), Waker>,
    timers_made: u64,
    /// Sleeps that were over at once since time passed last.
    naps: u64,
    dice: Dice,
}

/// What the wall clock shows after a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WallAfterBoot {
    /// As if nothing had been.
    GoesOn,
    /// It is wrong by so much.
    Off(i64),
    /// The battery is dead: it begins where such clocks begin.
    Epoch,
    /// No clock at all: it goes on from when the machine went down.
    StoodStill,
}

impl Machine {
    /// Switches the machine on.
    #[must_use]
    pub(crate) fn new(dice: Dice, drift_ppm: i64, is_synchronised: Option<bool>) -> Self {
        Self(Mutex::new(State {
            now: 0,
            booted_at: -UP,
            asleep: 0,
            wall_offset: BEGIN,
            drift_ppm,
            drifts_since: 0,
            boots: 1,
            is_synchronised,
            timers: BTreeMap::new(),
            timers_made: 0,
            naps: 0,
            dice,
        }))
    }

    /// Returns the true time.
    pub(crate) fn now(&self) -> i64 {
        self.lock().now
    }

    /// Lets time pass until `at`; a past instant changes nothing.
    pub(crate) fn run_to(&self, at: i64) {
        let mut state = self.lock();
        if state.now < at {
            state.now = at;
            state.naps = 0;
        }
    }

    /// Lets the machine sleep for `length`.
    pub(crate) fn suspend(&self, length: i64) {
        let mut state = self.lock();
        state.now += length;
        state.asleep += length;
    }

    /// Sets the wall clock by `length` forward, or back by a negative one.
    pub(crate) fn step_wall(&self, length: i64) {
        self.lock().wall_offset += length;
    }

    /// Puts the wall clock right, and says so.
    pub(crate) fn synchronise(&self) {
        let mut state = self.lock();
        state.wall_offset = BEGIN;
        state.drifts_since = state.now;
        state.is_synchronised = Some(true);
    }

    /// Boots anew; it was off for `off`.
    pub(crate) fn reboot(&self, off: i64, wall: WallAfterBoot, is_synchronised: Option<bool>) {
        let mut state = self.lock();
        let shown = state.wall();
        state.now += off + UP;
        state.booted_at = state.now - UP;
        state.asleep = 0;
        state.boots += 1;
        state.is_synchronised = is_synchronised;
        state.timers.clear();
        let now = state.now;
        let wanted = match wall {
            WallAfterBoot::GoesOn => return,
            WallAfterBoot::Off(length) => state.wall() + length,
            WallAfterBoot::Epoch => UP,
            WallAfterBoot::StoodStill => shown + UP,
        };
        state.wall_offset = wanted - now;
        state.drifts_since = now;
    }

    /// Forgets the timers of a process that is gone.
    pub(crate) fn forget_timers(&self) {
        self.lock().timers.clear();
    }

    /// Returns the true time at which the next timer rings, if the machine does not sleep until then.
    pub(crate) fn next_timer(&self) -> Option<i64> {
        let state = self.lock();
        let (&(monotonic, _), _) = state.timers.first_key_value()?;
        Some(monotonic + state.booted_at + state.asleep)
    }

    /// Rings the timers that are due.
    pub(crate) fn ring(&self) {
        loop {
            let mut state = self.lock();
            let monotonic = state.monotonic();
            let Some(first) = state.timers.first_entry().filter(|timer| timer.key().0 <= monotonic) else {
                return;
            };
            let waker = first.remove();
            drop(state);
            waker.wake();
        }
    }

    /// Returns what the clocks say.
    pub(crate) fn clocks(&self) -> Clocks {
        let state = self.lock();
        Clocks {
            boot: state.boots,
            boottime: Span::from_micros(state.boot()),
            wall: Span::from_micros(state.wall()),
            synchronised: state.is_synchronised.unwrap_or(true),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn boot(&self) -> i64 {
        self.now - self.booted_at
    }

    fn monotonic(&self) -> i64 {
        self.boot() - self.asleep
    }

    fn wall(&self) -> i64 {
        self.now + self.wall_offset + (self.now - self.drifts_since) / 1_000_000 * self.drift_ppm
    }
}

impl Source for Machine {
    fn read(&self) -> Reading {
        let state = self.lock();
        Reading {
            boot: Span::from_micros(state.boot()),
            monotonic: Span::from_micros(state.monotonic()),
            wall_micros: state.wall(),
        }
    }

    fn boot(&self) -> Span {
        Span::from_micros(self.lock().boot())
    }

    fn boot_id(&self) -> String {
        format!("boot {}", self.lock().boots)
    }

    fn is_synchronised(&self) -> Option<bool> {
        self.lock().is_synchronised
    }

    fn sleep_until(&self, boot: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Sleep { machine: self, boot: boot.as_micros(), timer: None })
    }
}

/// A sleep on the clock that does not count through suspend, as timers on Linux are.
struct Sleep<'m> {
    machine: &'m Machine,
    boot: i64,
    timer: Option<(i64, u64)>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let machine = self.machine;
        let mut state = machine.lock();
        let timer = match self.timer {
            Some(timer) => timer,
            None if self.boot <= state.boot() => {
                state.naps += 1;
                limits::judge_naps(state.naps);
                return Poll::Ready(());
            }
            None => {
                let lateness = state.dice.between(20, LATENESS_MAX);
                state.timers_made += 1;
                (state.monotonic() + self.boot - state.boot() + lateness, state.timers_made)
            }
        };
        if timer.0 <= state.monotonic() {
            state.timers.remove(&timer);
            return Poll::Ready(());
        }
        state.timers.insert(timer, context.waker().clone());
        drop(state);
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            // The waker is dropped outside of the lock: it may be the last hold on a task.
            let waker = self.machine.lock().timers.remove(&timer);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine::new(Dice::new(1), 0, Some(true))
    }

    #[test]
    fn a_suspend_shows_on_one_clock_and_not_on_the_other() {
        let machine = machine();
        let before = machine.read();
        machine.suspend(5_000_000);
        let after = machine.read();
        assert_eq!(after.boot - before.boot, Span::from_seconds(5));
        assert_eq!(after.monotonic, before.monotonic);
        assert_eq!(after.wall_micros - before.wall_micros, 5_000_000);
    }

    #[test]
    fn a_dead_battery_begins_in_1970_and_a_boot_has_a_name_of_its_own() {
        let machine = machine();
        let first = machine.boot_id();
        machine.reboot(3_600_000_000, WallAfterBoot::Epoch, Some(false));
        assert_eq!(machine.read().wall_micros, UP);
        assert_eq!(machine.boot(), Span::from_micros(UP));
        assert_ne!(machine.boot_id(), first);
    }
}

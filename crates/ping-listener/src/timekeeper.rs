//! The timekeeper: compares the machine's clocks, notes when nobody could listen, and writes signs of life.

use std::sync::Arc;

use domain::gap::Gap;
use domain::time::{Span, Timestamp};

use crate::bulletin::Bulletin;
use crate::clock::planted;
use crate::clock::{Clock, LATE_LOOK, LOOKS_EVERY, Reading, Start};
use crate::rounds::{Bell, Round, Wake};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::telemetry::Telemetry;

/// How often the timekeeper does what it does.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Distance of two looks at the clocks.
    pub looks: Span,
    /// Distance of two signs of life: how much of a time before a crash counts as absence.
    pub stamps: Span,
}

impl Pace {
    /// What a server has the time for.
    pub const DEFAULT: Self = Self { looks: LOOKS_EVERY, stamps: Span::from_seconds(5) };
}

/// For so long after a start a sign of life is written at every look: of a listener that keeps crashing, the time in
/// which it did listen has to count, or a dead client is never reported.
const YOUNG: Span = Span::from_seconds(30);

/// For so long after a start there are more looks, for one that crashes within a second each time.
const NEWBORN: Span = Span::from_seconds(2);

/// Distance of looks and signs of life then: a shorter life hears next to nothing.
const FIRST_LOOKS_EVERY: Span = Span::from_millis(200);

/// The clock that sleeps with the machine and the one that does not differ by more than this only after a suspend.
const SUSPEND: Span = Span::from_seconds(1);

/// The wall clock that moves by more than this against the others was set.
const STEP: Span = Span::from_seconds(2);

/// How long an untrusted clock keeps alerts back at most, in all runs together: a board without a network is to be
/// watched all the same.
const UNTRUSTED_MAX: Span = Span::from_minutes(10);

/// The room.
pub struct Timekeeper {
    store: Store,
    clock: Clock,
    telemetry: Arc<Telemetry>,
    bulletin: Bulletin,
    /// Rung after an absence: whoever slept long may have overslept.
    bells: Vec<Bell>,
    last: Option<(Timestamp, Reading)>,
    started_at: Option<Timestamp>,
    stamped_at: Option<Timestamp>,
    untrusted: Span,
    /// How often it does what it does.
    pub pace: Pace,
}

/// What befell the clocks between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Befallen {
    /// The machine slept.
    Suspend,
    /// The machine was awake, and this program did not run.
    Stall,
    /// The wall clock was set forward.
    StepForward,
    /// The wall clock was set back.
    StepBack,
}

impl Befallen {
    /// Returns the gap that it was, between two looks, or `None` if only the display changes.
    #[must_use]
    pub fn gap(self, from: Timestamp, now: Timestamp) -> Option<Gap> {
        match self {
            Self::Suspend | Self::Stall => Some(Gap { from, until: now }),
            // A virtual machine that was paused looks like this, so it counts as a pause of unknown length.
            Self::StepForward => Some(Gap { from: now, until: now }),
            Self::StepBack => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Stall => "stall",
            Self::StepForward | Self::StepBack => "step",
        }
    }
}

impl Timekeeper {
    /// Starts from what the clocks said at the start; `untrusted` is how long they had not been believed before.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        telemetry: Arc<Telemetry>,
        bulletin: Bulletin,
        (start, untrusted, bells): (Start, Span, Vec<Bell>),
    ) -> Self {
        // A clock that is believed has ended the doubt before: a later one begins anew.
        let untrusted = if start.is_untrusted { untrusted } else { Span::ZERO };
        bulletin.update(|report| report.is_clock_untrusted = start.is_untrusted && untrusted < UNTRUSTED_MAX);
        if start.is_untrusted {
            telemetry.count_clock_event("untrusted");
            tracing::warn!(
                "the wall clock cannot be believed yet: alerts wait until it is synchronised, 10 minutes at most"
            );
        }
        Self {
            store,
            clock,
            telemetry,
            bulletin,
            bells,
            last: None,
            started_at: None,
            stamped_at: None,
            untrusted,
            pace: Pace::DEFAULT,
        }
    }

    async fn note(&self, befallen: Befallen, from: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let length = now - from;
        let kind = befallen.word();
        self.telemetry.count_clock_event(kind);
        match befallen {
            Befallen::Suspend => tracing::info!("the machine was suspended for {length}"),
            Befallen::Stall => tracing::info!("the server could not run for {length}"),
            Befallen::StepForward => tracing::info!("the wall clock was set forward"),
            Befallen::StepBack => tracing::info!("the wall clock was set back"),
        }
        if let Some(gap) = befallen.gap(from, now) {
            self.telemetry.count_gap(kind, gap.length());
            self.store.add_gap(gap, kind).await?;
        }
        for bell in &self.bells {
            bell.ring();
        }
        Ok(())
    }

    /// Follows an untrusted clock until it is synchronised, or has been waited for long enough.
    fn follow_trust(&mut self, passed: Span) {
        if !self.bulletin.report().is_clock_untrusted {
            return;
        }
        self.untrusted += passed;
        self.bulletin.update(|report| report.untrusted_for = self.untrusted);
        let is_over = UNTRUSTED_MAX <= self.untrusted && planted::doubt_ends();
        if self.clock.is_synchronised() || is_over {
            tracing::info!("the wall clock is believed again");
            self.untrusted = Span::ZERO;
            self.bulletin.update(|report| {
                report.is_clock_untrusted = false;
                report.untrusted_for = Span::ZERO;
            });
        }
    }
}

impl Round for Timekeeper {
    const NAME: &'static str = "timekeeper";

    async fn step(&mut self, _now: Timestamp) -> Result<Wake, StoreError> {
        let (now, reading) = self.clock.read();
        if let Some((last, earlier)) = self.last.replace((now, reading)) {
            for befallen in compare(&earlier, &reading, self.pace.looks) {
                self.note(befallen, last, now).await?;
            }
            self.follow_trust(now - last);
        }
        let next = now + self.pace.looks;
        self.clock.note_look(now, next);
        self.clock.set_wall_offset_micros(reading.wall_micros - now.as_micros());
        let started_at = *self.started_at.get_or_insert(now);
        let (looks_every, distance) = match now - started_at {
            age if age < NEWBORN => (FIRST_LOOKS_EVERY, FIRST_LOOKS_EVERY),
            age if age < YOUNG => (self.pace.looks, self.pace.looks),
            _ => (self.pace.looks, self.pace.stamps),
        };
        if self.stamped_at.is_none_or(|at| planted::distance_of_signs(distance) <= now - at) {
            self.store.stamp(self.untrusted).await?;
            self.stamped_at = Some(now);
        }
        Ok(Wake::At(now + looks_every))
    }
}

/// Tells what befell the clocks between two readings that should be `apart`, or less.
#[must_use]
pub fn compare(earlier: &Reading, later: &Reading, apart: Span) -> Vec<Befallen> {
    let mut befallen = Vec::new();
    let boot = later.boot - earlier.boot;
    let monotonic = later.monotonic - earlier.monotonic;
    let wall = Span::from_micros(later.wall_micros - earlier.wall_micros);
    if SUSPEND < boot - monotonic {
        befallen.extend(planted::notices_suspend().then_some(Befallen::Suspend));
    } else if LATE_LOOK < boot - apart && planted::notices_stall() {
        befallen.push(Befallen::Stall);
    }
    if STEP < wall - boot && planted::notices_step() {
        befallen.push(Befallen::StepForward);
    } else if STEP < boot - wall {
        befallen.push(Befallen::StepBack);
    }
    befallen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(boot: i64, monotonic: i64, wall: i64) -> Vec<Befallen> {
        let earlier = Reading { boot: Span::ZERO, monotonic: Span::ZERO, wall_micros: 0 };
        let later = Reading {
            boot: Span::from_millis(boot),
            monotonic: Span::from_millis(monotonic),
            wall_micros: wall * 1_000,
        };
        compare(&earlier, &later, LOOKS_EVERY)
    }

    #[test]
    fn suspend_stall_and_step_are_told_apart() {
        assert_eq!(after(1_000, 1_000, 1_000), []);
        assert_eq!(after(1_200, 1_200, 1_200), []);
        assert_eq!(after(3_601_000, 1_000, 3_601_000), [Befallen::Suspend]);
        assert_eq!(after(61_000, 61_000, 61_000), [Befallen::Stall]);
        assert_eq!(after(1_000, 1_000, 3_601_000), [Befallen::StepForward]);
        assert_eq!(after(1_000, 1_000, -3_601_000), [Befallen::StepBack]);
        assert_eq!(after(61_000, 1_000, 3_601_000), [Befallen::Suspend, Befallen::StepForward]);
    }
}

//! What the server may make of its clocks, and which stretches it has to hold for its own downtime.

use domain::time::{Span, Timestamp};

use super::gaps::Gap;
use super::violation::{Violation, broken};
use crate::history::Clocks;

/// How far the wall clock may jump across a reboot before an unsynchronised one is not believed.
const LARGEST_JUMP: Span = Span::from_hours(1);

/// How long an untrusted clock keeps everybody silent, over all runs.
const LONGEST_DOUBT: Span = Span::from_minutes(10);

/// What a commit may take beyond the distance of the signs of life.
const COMMIT: Span = Span::from_seconds(1);

/// A blindness under a second may go unnoticed: so short a suspend is none.
const SHORTEST_BLINDNESS: Span = Span::from_millis(1_300);

/// A wall clock that moves ahead of the others by more than this was set.
const STEP: Span = Span::from_seconds(2);

/// How far a look at the wall clock may be from the stamp that tells of it.
const INEXACTNESS: Span = Span::from_seconds(1);

/// How long after the fact gaps are compared: until then the list may still be changing.
const SETTLING: Span = Span::from_minutes(2);

/// Whether alerts may be decided, as far as the clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    Trusted,
    Doubted,
    /// Either is right.
    Unsure,
}

/// The clocks as the oracle has followed them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Time {
    /// What a later start would read from the disk.
    stamped: Option<(Clocks, Timestamp)>,
    /// What the last start or look in this process said.
    looked: Option<(Clocks, Timestamp)>,
    /// Whether that was a look, and not the start.
    has_looked: bool,
    /// Since when this process doubts.
    doubted: Option<Timestamp>,
    /// How long the processes before doubted, and how many there were.
    doubted_before: Span,
    doubters: i64,
    /// Until when nobody outside can say whether the server has noticed that the clock is right, or that it is not.
    unsure_until: Option<Timestamp>,
    blind: Vec<(Timestamp, Timestamp)>,
    /// What a crash may make the server forget of its doubt, and of its last sign of life.
    sign_of_life: Span,
}

impl Time {
    /// The signs of life are at most this far apart.
    pub fn set_sign_of_life(&mut self, sign_of_life: Span) {
        self.sign_of_life = sign_of_life + COMMIT;
    }

    /// The clocks and the time that a later start would read.
    pub fn stamp(&mut self, clocks: Clocks, now: Timestamp) {
        self.stamped = Some((clocks, now));
    }

    /// A ping that was stamped `at` is on the disk: the clocks are "stored together, every 5 s and with each commit".
    pub fn commit(&mut self, at: Timestamp) {
        let is_news = self.stamped.is_some_and(|(_, stamped)| stamped < at);
        if let Some((clocks, looked)) = self.looked.filter(|_| is_news) {
            let passed = at - looked;
            let (boottime, wall) = (clocks.boottime + passed, clocks.wall + passed);
            self.stamped = Some((Clocks { boottime, wall, ..clocks }, at));
        }
    }

    /// A process begins, and says that it is `now`.
    pub fn start(&mut self, clocks: Clocks, now: Timestamp) -> Result<(), Violation> {
        self.looked = Some((clocks, now));
        self.has_looked = false;
        let Some((stamped, at)) = self.stamped else { return Ok(()) };
        let is_same_boot = clocks.boot == stamped.boot && stamped.boottime <= clocks.boottime;
        let jump = clocks.wall - stamped.wall;
        // Across a boot the wall clock is known as well as the last look at it.
        let (passed, inexactness) = if is_same_boot {
            (clocks.boottime - stamped.boottime, Span::ZERO)
        } else {
            (jump.max(Span::ZERO), INEXACTNESS)
        };
        let made = now - at;
        if inexactness < made - passed || inexactness < passed - made {
            return broken(
                "service time goes on over a start",
                format!("{passed} passed, {made} made of it"),
            );
        }
        let is_doubtful = jump < Span::ZERO || (!clocks.synchronised && LARGEST_JUMP < jump);
        if !is_same_boot && is_doubtful {
            self.doubted = Some(now);
            self.doubters += 1;
            if LONGEST_DOUBT <= self.doubted_before + self.sign_of_life {
                // The one before may have lasted its ten minutes, or not quite.
                self.unsure_until = Some(now + LONGEST_DOUBT + self.sign_of_life);
            }
        } else if self.doubters > 0 {
            // The run before doubted; its clock may be believed now, or not yet.
            self.unsure_until = Some(now + LONGEST_DOUBT);
            self.trust();
        }
        Ok(())
    }

    /// The server looked at the clocks, and says that it is `now`.
    pub fn look(&mut self, clocks: Clocks, now: Timestamp) -> Result<(), Violation> {
        if let Some((before, at)) = self.looked
            && (before.boot != clocks.boot || now - at != clocks.boottime - before.boottime)
        {
            let told = format!("{:?} passed, {:?} made of it", clocks.boottime - before.boottime, now - at);
            return broken("service time runs with the clock since boot", told);
        }
        if let Some((before, _)) = self.looked.filter(|_| std::mem::replace(&mut self.has_looked, true))
            && STEP < (clocks.wall - before.wall) - (clocks.boottime - before.boottime)
        {
            self.blind.push((now, now));
        }
        if clocks.synchronised && self.doubted.is_some() {
            if self.trust_at(now) != Trust::Trusted {
                self.unsure_until = Some(now + self.sign_of_life);
            }
            self.trust();
        }
        self.looked = Some((clocks, now));
        Ok(())
    }

    fn trust(&mut self) {
        self.doubted = None;
        self.doubted_before = Span::ZERO;
        self.doubters = 0;
    }

    /// The process is gone.
    pub fn end(&mut self, now: Timestamp) {
        if self.trust_at(now) == Trust::Trusted {
            // A doubt that has lasted its ten minutes is over, and one after a later boot is another.
            self.trust();
        }
        if let Some(since) = self.doubted.take() {
            self.doubted_before += now - since;
        }
    }

    /// Says whether the clock keeps everybody silent at `now`.
    #[must_use]
    pub fn trust_at(&self, now: Timestamp) -> Trust {
        let is_unsure = self.unsure_until.is_some_and(|until| now <= until);
        let Some(since) = self.doubted else {
            return if is_unsure { Trust::Unsure } else { Trust::Trusted };
        };
        let doubted = self.doubted_before + (now - since);
        let slack = Span::from_micros(self.sign_of_life.as_micros() * (self.doubters + 1));
        if doubted + self.sign_of_life < LONGEST_DOUBT {
            Trust::Doubted
        } else if doubted < LONGEST_DOUBT + slack || is_unsure {
            Trust::Unsure
        } else {
            Trust::Trusted
        }
    }

    /// Pings could not be taken for this stretch.
    pub fn blind(&mut self, from: Timestamp, until: Timestamp) {
        self.blind.push((from, until));
    }

    /// Service time went on from an earlier sign of life: what was after it is not on its line any more.
    pub fn forget_blindness_after(&mut self, instant: Timestamp) {
        self.blind.retain(|(from, _)| *from <= instant);
        for (_, until) in &mut self.blind {
            *until = instant.min(*until);
        }
    }

    /// Holds the list of gaps against what the world knows.
    pub fn compare(&mut self, gaps: &[Gap], now: Timestamp) -> Result<(), Violation> {
        for (from, until) in &self.blind {
            if now - *until < SETTLING
                || Span::from_hours(1) < now - *until
                || (from < until && *until - *from < SHORTEST_BLINDNESS)
            {
                continue;
            }
            let is_covered = gaps.iter().any(|gap| {
                gap.from <= *from + SHORTEST_BLINDNESS
                    && gap.until.is_none_or(|end| *until <= end + SHORTEST_BLINDNESS)
            });
            if !is_covered {
                return broken("own downtime is noted", format!("{from:?} to {until:?} is not in {gaps:?}"));
            }
        }
        for gap in gaps {
            let Some(until) = gap.until else { continue };
            if now - until < SETTLING || SETTLING + SETTLING < now - until {
                continue;
            }
            self.compare_gap(gap.from, until)?;
        }
        // After a boot time may have made a leap over what is still to be compared.
        let is_to_come = |gap: &&Gap| gap.until.is_none_or(|until| now - until <= SETTLING + SETTLING);
        let first = gaps.iter().find(is_to_come).map_or(now, |gap| gap.from);
        let horizon = (now - Span::from_hours(48)).min(first);
        self.blind.retain(|(_, until)| horizon <= *until);
        Ok(())
    }

    /// A gap is no longer than the blindness it stands for, but for the distance of the signs of life at both ends.
    fn compare_gap(&self, from: Timestamp, until: Timestamp) -> Result<(), Violation> {
        let mut reached = from;
        let mut sorted = self.blind.clone();
        sorted.sort_unstable();
        for (start, end) in sorted {
            if start <= reached + self.sign_of_life && from <= end {
                reached = reached.max(end);
            }
        }
        let is_unfounded =
            reached == from && !self.blind.iter().any(|(start, end)| *start <= until && from <= *end);
        if is_unfounded || self.sign_of_life < until - reached {
            return broken(
                "only own downtime is credited",
                format!("{from:?} to {until:?}: {:?}", self.blind),
            );
        }
        Ok(())
    }
}

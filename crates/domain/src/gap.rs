//! Gaps: times in which pings could not be taken durably, and what they do to a deadline.
//!
//! A check that was silent while nobody listened may be healthy: its ping met a closed door. A gap therefore moves a
//! deadline, so that a healthy client's next try comes first; but only so far that a dead one is reported however
//! often the listener restarts.

use crate::planted;
use crate::time::{Span, Timestamp};

/// A time in which no ping could be taken durably, from its first instant to the first after it.
///
/// A gap may have no length: a step of the wall clock looks like a virtual machine that was paused for an unknown
/// time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the door closed; where that is not known, the last sign of life.
    pub from: Timestamp,
    /// When it was open again.
    pub until: Timestamp,
}

impl Gap {
    /// Returns how long it lasted.
    #[must_use]
    pub fn length(self) -> Span {
        self.until - self.from
    }
}

/// All gaps that are known, oldest first, and the one that has not ended.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    closed: Vec<Gap>,
    open: Option<Timestamp>,
}

impl Gaps {
    /// Adds a gap that has ended, merging it with those it touches; however short the time between two gaps is, it was
    /// listened to, and a listener that keeps crashing has to get somewhere.
    pub fn push(&mut self, mut gap: Gap) {
        while let Some(last) = self.closed.pop_if(|last| gap.from <= last.until) {
            gap = Gap { from: gap.from.min(last.from), until: gap.until.max(last.until) };
        }
        self.closed.push(gap);
    }

    /// Notes that pings cannot be taken from `at` on; a gap that is open already stays as it is.
    pub fn open(&mut self, at: Timestamp) {
        self.open.get_or_insert(at);
    }

    /// Ends the open gap at `at` and returns it, or returns `None` if none was open.
    pub fn close(&mut self, at: Timestamp) -> Option<Gap> {
        let from = self.open.take()?;
        let gap = Gap { from, until: at.max(from) };
        self.push(gap);
        Some(gap)
    }

    /// Forgets that pings could not be taken: it has turned out that all who came were heard.
    pub fn forget_open(&mut self) {
        self.open = None;
    }

    /// Returns since when pings cannot be taken, or `None` if they can.
    #[must_use]
    pub fn open_since(&self) -> Option<Timestamp> {
        self.open
    }

    /// Returns the gaps that have ended, oldest first.
    #[must_use]
    pub fn closed(&self) -> &[Gap] {
        &self.closed
    }

    /// Tells whether an instant lies inside a gap that has ended: what is asked with its stamp is answered too late.
    #[must_use]
    pub fn has_closed_over(&self, instant: Timestamp) -> bool {
        self.closed.last().is_some_and(|gap| gap.from < instant && instant < gap.until)
    }

    /// Forgets the gaps that ended before `instant`, when no deadline can depend on them any more.
    pub fn forget_before(&mut self, instant: Timestamp) {
        self.closed.retain(|gap| instant <= gap.until);
    }

    /// Returns the parts of all gaps after `base`, with the open one as far as `now`.
    ///
    /// A gap that began before `base` counts with what is left of it: a check that is first known while the disk is
    /// full cannot have pinged before the gap ends.
    pub(crate) fn after(&self, base: Timestamp, now: Timestamp) -> impl Iterator<Item = Gap> + '_ {
        let first = self.closed.partition_point(|gap| gap.until <= base);
        let open = self.open.map(|from| Gap { from, until: now.max(from) });
        // What ended inside the one that is open is part of it, and must not stand before it.
        self.closed[first..]
            .iter()
            .copied()
            .take_while(move |gap| open.is_none_or(|open| gap.from < open.from))
            .chain(open)
            .map(move |gap| Gap { from: gap.from.max(base), until: gap.until.max(base) })
    }

    /// Returns how much of the time between the two instants was listened to.
    #[must_use]
    pub fn listened(&self, from: Timestamp, until: Timestamp) -> Span {
        let deaf = self
            .after(from, until)
            .take_while(|gap| gap.from < until)
            .fold(Span::ZERO, |sum, gap| sum + (gap.until.min(until) - gap.from));
        (until - from - deaf).max(Span::ZERO)
    }

    /// Returns the first instant from `due` on at which `calm` has passed since the last gap ended, or `calm` has been
    /// listened to since `due`, whichever comes first.
    ///
    /// The second half keeps a listener that is interrupted more often than every `calm` from staying silent for
    /// ever.
    #[must_use]
    pub fn calm_after(&self, due: Timestamp, calm: Span, now: Timestamp) -> Timestamp {
        self.calm_since(self.last_closed(now), due, calm, now)
    }

    /// The same, but while a gap lasts there is no calm: one that is open counts as one that ends at `now`, and one
    /// that is over counts for what was asked inside it and is answered after it.
    #[must_use]
    pub fn calm_after_any(&self, due: Timestamp, calm: Span, now: Timestamp) -> Timestamp {
        let open = self.open.map(|from| Gap { from, until: now.max(from) });
        let last = || self.closed.last().copied().filter(|gap| gap.from < now && now < gap.until);
        self.calm_since(open.or_else(last).or_else(|| self.last_closed(now)), due, calm, now)
    }

    fn last_closed(&self, now: Timestamp) -> Option<Gap> {
        self.closed.iter().rev().copied().find(|gap| gap.until <= now)
    }

    fn calm_since(&self, last: Option<Gap>, due: Timestamp, calm: Span, now: Timestamp) -> Timestamp {
        let Some(last) = planted::last_gap(last) else { return due };
        let since_last = due.max(last.until + calm);
        let mut cursor = due;
        let mut missing = calm;
        for gap in self.after(due, now) {
            let heard = gap.from - cursor;
            if missing <= heard {
                break;
            }
            missing = missing - heard;
            cursor = gap.until;
        }
        since_last.min(cursor + missing)
    }
}

/// How much own downtime may move a deadline: K, the number of periods of *listened* silence after which a check is
/// late in any case (`restart_tolerance`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance(f64);

impl Tolerance {
    /// The default: twice.
    pub const DEFAULT: Self = Self(2.0);

    /// Allows `factor` periods; less than 1 counts as 1.
    #[must_use]
    pub fn new(factor: f64) -> Self {
        Self(factor.max(1.0))
    }

    /// Returns how many slots of a calendar may pass without a word because nobody listened.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    pub(crate) fn slots(self) -> u32 {
        (self.0 - 1.0).ceil() as u32
    }
}

/// What a deadline is reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// From when on silence counts: gaps before it are settled.
    pub since: Timestamp,
    /// When a ping is overdue if no gap lies between.
    pub due: Timestamp,
    /// The latest that gaps may make of it, but for their lengths, or `None` if only the tolerance limits it.
    pub latest: Option<Timestamp>,
    /// How long a healthy client may be silent: period and grace.
    pub patience: Span,
}

/// The instant after which silence is an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The instant; a check is late *after* it.
    pub at: Timestamp,
    /// How much later it is because of gaps.
    pub extended: Span,
    /// Gaps would have moved it further, but the tolerance is used up.
    pub is_allowance_spent: bool,
}

/// Reckons a deadline against the gaps as known at `now`.
///
/// Each gap that began before the deadline moves it to one patience after the gap's end, because a healthy client
/// tries again within that; all together to no more than K patiences of time in which somebody listened.
#[must_use]
pub fn deadline(awaited: Awaited, gaps: &Gaps, tolerance: Tolerance, now: Timestamp) -> Deadline {
    let latest = latest_but_for_gaps(awaited, tolerance);
    let mut at = awaited.due;
    let mut blind = Span::ZERO;
    let mut is_allowance_spent = false;
    for gap in gaps.after(awaited.since, now) {
        if at <= gap.from {
            break;
        }
        blind += gap.length();
        let wanted = at.max(gap.until + awaited.patience);
        let limit = latest + blind;
        is_allowance_spent = limit < wanted;
        at = planted::moved(at, wanted, limit, gap);
    }
    Deadline { at, extended: at - awaited.due, is_allowance_spent }
}

/// Returns the gaps, as known at `now`, that count for a deadline.
#[must_use]
pub fn movers(awaited: Awaited, deadline: Deadline, gaps: &Gaps, now: Timestamp) -> Vec<Gap> {
    gaps.after(awaited.since, now).take_while(|gap| gap.from < deadline.at).collect()
}

/// Returns the latest that gaps, with those known at `now`, can make of a deadline, but for the lengths of those to
/// come.
#[must_use]
pub fn latest(awaited: Awaited, gaps: &Gaps, tolerance: Tolerance, now: Timestamp) -> Timestamp {
    let blind = gaps.after(awaited.since, now).fold(Span::ZERO, |sum, gap| sum + gap.length());
    latest_but_for_gaps(awaited, tolerance) + blind
}

fn latest_but_for_gaps(awaited: Awaited, tolerance: Tolerance) -> Timestamp {
    let latest = awaited.due + awaited.patience.scaled(tolerance.0 - 1.0);
    awaited.latest.map_or(latest, |granted| granted.min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn gaps(list: &[(i64, i64)]) -> Gaps {
        let mut gaps = Gaps::default();
        for &(from, until) in list {
            gaps.push(Gap { from: at(from), until: at(until) });
        }
        gaps
    }

    /// A check that pinged at 0 and may be silent for 100 s.
    fn after_gaps(list: &[(i64, i64)], now: i64) -> Deadline {
        let awaited = Awaited { since: at(0), due: at(100), latest: None, patience: Span::from_seconds(100) };
        deadline(awaited, &gaps(list), Tolerance::DEFAULT, at(now))
    }

    #[test]
    fn without_a_gap_the_deadline_is_the_due_time() {
        assert_eq!(after_gaps(&[], 50).at, at(100));
    }

    #[test]
    fn a_gap_before_the_deadline_gives_one_patience_after_its_end() {
        assert_eq!(after_gaps(&[(90, 95)], 95).at, at(195));
        assert_eq!(after_gaps(&[(90, 500)], 500).at, at(600));
    }

    #[test]
    fn a_gap_at_or_after_the_deadline_changes_nothing() {
        assert_eq!(after_gaps(&[(100, 500)], 500).at, at(100));
        assert_eq!(after_gaps(&[(150, 500)], 500).at, at(100));
    }

    #[test]
    fn many_gaps_give_no_more_than_two_patiences_of_listening() {
        let hourly: Vec<_> = (1..40).map(|n| (n * 50, n * 50 + 10)).collect();
        let deadline = after_gaps(&hourly, 2_000);
        assert!(deadline.is_allowance_spent);
        assert_eq!(gaps(&hourly).listened(at(0), deadline.at), Span::from_seconds(200));
    }

    #[test]
    fn a_gap_of_no_length_counts_as_a_pause_of_unknown_length() {
        assert_eq!(after_gaps(&[(60, 60)], 60).at, at(160));
    }

    #[test]
    fn a_check_first_known_inside_a_gap_is_counted_from_its_end() {
        let awaited = Awaited { since: at(50), due: at(60), latest: None, patience: Span::from_seconds(10) };
        assert_eq!(deadline(awaited, &gaps(&[(0, 100)]), Tolerance::DEFAULT, at(100)).at, at(110));
    }

    #[test]
    fn while_a_gap_is_open_nobody_becomes_late() {
        let mut gaps = Gaps::default();
        gaps.open(at(90));
        let awaited = Awaited { since: at(0), due: at(100), latest: None, patience: Span::from_seconds(100) };
        for now in [90, 100, 1_000, 100_000] {
            assert!(at(now) < deadline(awaited, &gaps, Tolerance::DEFAULT, at(now)).at);
        }
    }

    #[test]
    fn a_gap_that_was_none_moves_no_deadline() {
        let mut gaps = Gaps::default();
        gaps.open(at(90));
        gaps.forget_open();
        assert_eq!(gaps.close(at(95)), None);
        let awaited = Awaited { since: at(0), due: at(100), latest: None, patience: Span::from_seconds(100) };
        assert_eq!(deadline(awaited, &gaps, Tolerance::DEFAULT, at(95)).at, at(100));
    }

    #[test]
    fn a_stall_inside_an_open_gap_makes_nobody_late() {
        let mut gaps = Gaps::default();
        gaps.open(at(90));
        gaps.push(Gap { from: at(150), until: at(160) });
        let awaited = Awaited { since: at(0), due: at(100), latest: None, patience: Span::from_seconds(100) };
        assert!(at(200) < deadline(awaited, &gaps, Tolerance::DEFAULT, at(200)).at);
        assert_eq!(gaps.listened(at(0), at(200)), Span::from_seconds(90));
    }

    #[test]
    fn calm_is_waited_for_after_the_last_gap() {
        let calm = Span::from_seconds(10);
        assert_eq!(gaps(&[]).calm_after(at(100), calm, at(100)), at(100));
        assert_eq!(gaps(&[(50, 60)]).calm_after(at(100), calm, at(100)), at(100));
        assert_eq!(gaps(&[(50, 95)]).calm_after(at(100), calm, at(100)), at(105));
    }

    #[test]
    fn a_gap_that_has_ended_closed_over_what_lies_inside_it() {
        let gaps = gaps(&[(50, 60), (90, 100)]);
        assert!(gaps.has_closed_over(at(95)));
        for outside in [at(80), at(90), at(100), at(110)] {
            assert!(!gaps.has_closed_over(outside), "{outside:?}");
        }
    }

    #[test]
    fn while_a_gap_is_open_there_is_no_calm() {
        let calm = Span::from_seconds(10);
        let mut gaps = gaps(&[]);
        gaps.open(at(95));
        assert_eq!(gaps.calm_after_any(at(100), calm, at(300)), at(310));
        assert_eq!(gaps.calm_after(at(100), calm, at(300)), at(100), "what was due before it began is said");
    }

    #[test]
    fn what_is_asked_in_a_gap_and_answered_after_it_has_no_calm() {
        let calm = Span::from_seconds(10);
        let gaps = gaps(&[(95, 105)]);
        assert_eq!(gaps.calm_after_any(at(95), calm, at(100)), at(115));
        assert_eq!(gaps.calm_after_any(at(90), calm, at(95)), at(90), "it had not begun");
        assert_eq!(gaps.calm_after(at(90), calm, at(100)), at(90), "what was due before it began is said");
    }

    #[test]
    fn a_crash_loop_does_not_put_an_alert_off_for_ever() {
        let calm = Span::from_seconds(10);
        let loops: Vec<_> = (0..100).map(|n| (100 + n * 10, 102 + n * 10)).collect();
        let decided = gaps(&loops).calm_after(at(100), calm, at(1_092));
        assert_eq!(decided, at(114), "8 s are listened to in each round of 10 s");
    }

    #[test]
    fn gaps_that_touch_are_one() {
        let mut gaps = gaps(&[(10, 20), (30, 40)]);
        gaps.push(Gap { from: at(15), until: at(35) });
        assert_eq!(gaps.closed(), [Gap { from: at(10), until: at(40) }]);
        gaps.push(Gap { from: at(40), until: at(50) });
        assert_eq!(gaps.closed(), [Gap { from: at(10), until: at(50) }]);
    }

    #[test]
    fn what_lies_between_two_gaps_was_listened_to_however_short_it_is() {
        let moment = Span::from_millis(5);
        let mut gaps = gaps(&[(10, 20)]);
        gaps.push(Gap { from: at(20) + moment, until: at(30) });
        assert_eq!(gaps.listened(at(10), at(30)), moment);
    }
}

//! When a silence is too long, seen that the listener itself was away now and then.

use domain::time::{Span, Timestamp};

/// A stretch in which pings could not be taken; it is still open where `until` is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

/// All gaps that can still matter, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    known: Vec<Gap>,
    /// The beginnings and ends of those that are over, though they may have been inside another that goes on.
    ended: Vec<(Timestamp, Timestamp)>,
}

/// From when on a check is waited for, and how patiently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    pub since: Timestamp,
    pub max_sleep: Span,
    /// K: this many `max_sleep` of listening are enough, however often the listener was away.
    pub tolerance: f64,
    /// The deadline while no gap moves it, where it is another than one `max_sleep` after `since`.
    pub at_first: Option<Timestamp>,
    /// What was left of the tolerance when an edit gave that deadline: no gap since moves it further, but for the
    /// gap's own length.
    pub latest: Option<Timestamp>,
}

impl Gaps {
    /// Adds a gap, or what is now known of one that began at the same instant; with those that it touches it is one.
    pub fn note(&mut self, gap: Gap) {
        let Gap { mut from, mut until } = gap;
        self.ended.extend(until.map(|until| (from, until)));
        // One that ends inside another that began later and goes on reaches as far as that.
        if let Some(open) = self.known.last().filter(|known| known.until.is_none() && from < known.from) {
            until = until.map(|end| end.min(open.from));
        }
        self.known.retain(|known| {
            let is_apart = known.until.is_some_and(|end| end < from)
                || until.is_some_and(|end| end < known.from)
                // The calm after one that has ended counts, though another is open by then.
                || (until.is_none() && known.until.is_some_and(|end| end <= from))
                || (gap.from < known.from && known.until.is_none() && until.is_some_and(|end| end <= known.from));
            if !is_apart && known.from != from {
                from = from.min(known.from);
                until = if known.until.is_none() && known.from < gap.from {
                    // What ends inside one that is open is a part of it.
                    None
                } else {
                    until.map(|end| known.until.map_or(end, |before| end.max(before)))
                };
            }
            is_apart
        });
        let place = self.known.partition_point(|known| known.from < from);
        self.known.insert(place, Gap { from, until });
    }

    /// Takes out the gap that began at `from`.
    pub fn drop_from(&mut self, from: Timestamp) {
        self.known.retain(|gap| gap.from != from);
    }

    /// Forgets what ended before `instant`.
    pub fn forget_before(&mut self, instant: Timestamp) {
        self.known.retain(|gap| gap.until.is_none_or(|until| instant <= until));
        self.ended.retain(|(_, until)| instant <= *until);
    }

    /// Returns them in order.
    #[must_use]
    pub fn all(&self) -> &[Gap] {
        &self.known
    }

    /// Tells whether pings could not be taken at `now`: for "a reminder waits until g1 + min(M, 1 h)", which speaks of
    /// all the time before g1 too.
    ///
    /// What was decided in the instant in which a gap began, as by the commit that then stalled, was decided before it.
    #[must_use]
    pub fn is_inside(&self, now: Timestamp) -> bool {
        let is_open = self.known.last().is_some_and(|gap| gap.until.is_none());
        is_open || self.ended.iter().any(|(from, until)| *from < now && now < *until)
    }

    /// Returns g1 of the last one that was over at `now`: "nothing is alerted in the first 10 s after g1".
    #[must_use]
    pub fn last_end(&self, now: Timestamp) -> Option<Timestamp> {
        self.ended.iter().map(|(_, until)| *until).filter(|until| *until <= now).max()
    }

    /// Returns D, as it is known at `now`.
    #[must_use]
    pub fn deadline(&self, patience: Patience, now: Timestamp) -> Timestamp {
        let Patience { since, max_sleep, at_first, .. } = patience;
        let mut deadline = at_first.unwrap_or(since + max_sleep);
        let mut away = Span::ZERO;
        for gap in self.ending_after(since) {
            let from = gap.from.max(since);
            let until = gap.until.unwrap_or(now).max(from);
            if deadline <= from {
                break;
            }
            away += until - from;
            deadline = deadline.max(until + max_sleep).min(cap(patience) + away);
        }
        deadline
    }

    /// Returns what own downtime can make of D at the latest, but for what is to come of it.
    #[must_use]
    pub fn latest(&self, patience: Patience, now: Timestamp) -> Timestamp {
        cap(patience) + (now - patience.since - self.listened(patience.since, now))
    }

    /// Returns for how long the listener listened between two instants.
    #[must_use]
    pub fn listened(&self, from: Timestamp, to: Timestamp) -> Span {
        let mut listened = to - from;
        for gap in self.ending_after(from) {
            let start = gap.from.max(from);
            let end = gap.until.unwrap_or(to).min(to);
            if start < end {
                listened = listened - (end - start);
            }
        }
        listened
    }

    /// Tells whether `length` has passed since the last gap, or was listened to since `instant`, in which the alert
    /// came due: a client that was turned away has had the time to come again.
    ///
    /// "Nothing is alerted in the first 10 s after g1" alone would hold a listener that crashes every 9 s silent for
    /// ever, and "a client that was silent for K·M of time in which we listened is reported, however often we
    /// restart": so what is listened to between the gaps counts together, and "a reminder waits" from when there is
    /// one.
    #[must_use]
    pub fn has_calmed(&self, length: Span, instant: Timestamp, now: Timestamp) -> bool {
        let is_long_ago = self.last_end(now).is_none_or(|until| length <= now - until);
        is_long_ago || length <= self.listened(instant, now)
    }

    fn ending_after(&self, instant: Timestamp) -> &[Gap] {
        let place = self.known.partition_point(|gap| gap.until.is_some_and(|until| until < instant));
        &self.known[place..]
    }
}

/// Returns K·M after the silence began, or what an edit left of that.
fn cap(patience: Patience) -> Timestamp {
    let Patience { since, max_sleep, tolerance, at_first, latest } = patience;
    // "If that is past and the old one was not, D = edit + M": the edit then stands where the last ping stands in the
    // rule of gaps, so K counts from one `max_sleep` before what it grants.
    let base = at_first.map_or(since, |deadline| deadline - max_sleep);
    let cap = base + max_sleep.scaled(tolerance);
    latest.map_or(cap, |latest| latest.min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn gap(from: i64, until: Option<i64>) -> Gap {
        Gap { from: at(from), until: until.map(at) }
    }

    #[test]
    fn a_suspend_that_is_noted_on_a_full_disk_does_not_make_room_on_it() {
        let mut gaps = Gaps::default();
        gaps.note(gap(100, None));
        gaps.note(gap(40, Some(110)));
        let patience = Patience {
            since: at(0),
            max_sleep: Span::from_seconds(50),
            tolerance: 2.0,
            at_first: None,
            latest: None,
        };
        assert_eq!(gaps.deadline(patience, at(1_000)), at(1_050));
        gaps.drop_from(at(100));
        gaps.note(gap(100, Some(120)));
        assert_eq!(gaps.all(), [gap(40, Some(120))]);
    }

    #[test]
    fn a_pass_is_inside_a_gap_from_its_second_instant_on() {
        let mut gaps = Gaps::default();
        gaps.note(gap(100, Some(110)));
        assert_eq!(
            [99, 100, 101, 109, 110].map(|now| gaps.is_inside(at(now))),
            [false, false, true, true, false]
        );
        assert_eq!(gaps.last_end(at(109)), None);
        assert_eq!(gaps.last_end(at(110)), Some(at(110)));
    }
}

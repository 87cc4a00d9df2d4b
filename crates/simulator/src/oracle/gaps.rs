//! When a silence is too long, seen that the listener itself was away now and then.

use domain::time::{Span, Timestamp};

/// Gaps closer than this are one: nobody was heard between them.
const TOUCHING: Span = Span::from_millis(10);

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
    /// When one ended last, though it may have been inside another that goes on.
    ended: Option<Timestamp>,
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
}

impl Gaps {
    /// Adds a gap, or what is now known of one that began at the same instant; with those that it touches it is one.
    pub fn note(&mut self, gap: Gap) {
        let Gap { mut from, mut until } = gap;
        self.ended = self.ended.max(until);
        self.known.retain(|known| {
            let is_apart = known.until.is_some_and(|end| end + TOUCHING < from)
                || until.is_some_and(|end| end + TOUCHING < known.from)
                // The calm after one that has ended counts, though another is open by then.
                || (until.is_none() && known.until.is_some_and(|end| end <= from));
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
    }

    /// Returns them in order.
    #[must_use]
    pub fn all(&self) -> &[Gap] {
        &self.known
    }

    /// Tells whether pings cannot be taken now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.known.last().is_some_and(|gap| gap.until.is_none())
    }

    /// Returns when the last one that is over ended.
    #[must_use]
    pub fn last_end(&self) -> Option<Timestamp> {
        self.ended
    }

    /// Returns D, as it is known at `now`.
    #[must_use]
    pub fn deadline(&self, patience: Patience, now: Timestamp) -> Timestamp {
        let Patience { since, max_sleep, tolerance, at_first } = patience;
        let mut deadline = at_first.unwrap_or(since + max_sleep);
        // What an edit grants is as if a ping had come one `max_sleep` before.
        let base = at_first.map_or(since, |deadline| deadline - max_sleep);
        let mut away = Span::ZERO;
        for gap in self.ending_after(since) {
            let from = gap.from.max(since);
            let until = gap.until.unwrap_or(now).max(from);
            if deadline <= from {
                break;
            }
            away += until - from;
            let cap = base + max_sleep.scaled(tolerance) + away;
            deadline = deadline.max(until + max_sleep).min(cap);
        }
        deadline
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

    /// Tells whether `length` has passed since the last gap, or was listened to since `instant`: a client that was
    /// turned away has had the time to come again.
    #[must_use]
    pub fn has_calmed(&self, length: Span, instant: Timestamp, now: Timestamp) -> bool {
        let is_long_ago = self.last_end().is_none_or(|until| length <= now - until);
        is_long_ago || length <= self.listened(instant, now)
    }

    fn ending_after(&self, instant: Timestamp) -> &[Gap] {
        let place = self.known.partition_point(|gap| gap.until.is_some_and(|until| until < instant));
        &self.known[place..]
    }
}

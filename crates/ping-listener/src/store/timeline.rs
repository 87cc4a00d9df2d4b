//! The timeline: where the wall clock stood against service time, and since when.

use domain::time::Timestamp;

use crate::clock::wall_time;

/// Turns past instants of service time into the wall-clock time that was shown then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    /// Beginnings with their offsets in microseconds, oldest first.
    offsets: Vec<(Timestamp, i64)>,
}

impl Timeline {
    pub(super) fn new(offsets: Vec<(Timestamp, i64)>) -> Self {
        Self { offsets }
    }

    /// Notes the offset that holds from `since` on.
    pub(super) fn push(&mut self, since: Timestamp, offset_micros: i64) {
        self.offsets.push((since, offset_micros));
    }

    /// Takes back the latest note, which was not written.
    pub(super) fn pop(&mut self) {
        self.offsets.pop();
    }

    /// Returns the offset that holds now, or `None` in a new database.
    pub(super) fn latest(&self) -> Option<i64> {
        self.offsets.last().map(|&(_, offset)| offset)
    }

    /// Returns the wall-clock time that was shown at the instant `at`.
    pub(crate) fn wall(&self, at: Timestamp) -> jiff::Timestamp {
        let after = self.offsets.partition_point(|&(since, _)| since <= at);
        let (_, offset) = self.offsets.get(after.saturating_sub(1)).copied().unwrap_or((at, 0));
        wall_time(at.as_micros().saturating_add(offset))
    }

    /// Returns the stretch of service time in which the wall clock may have shown something between the two instants,
    /// somewhat widened where it was set.
    pub(super) fn service_range(
        &self,
        from: jiff::Timestamp,
        until: jiff::Timestamp,
    ) -> (Timestamp, Timestamp) {
        let offsets = || self.offsets.iter().map(|&(_, offset)| offset);
        let (least, greatest) = (offsets().min().unwrap_or(0), offsets().max().unwrap_or(0));
        (
            Timestamp::from_micros(from.as_microsecond() - greatest),
            Timestamp::from_micros(until.as_microsecond() - least),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_keeps_the_time_that_was_shown() {
        let at = Timestamp::from_micros;
        let timeline = Timeline::new(vec![(at(0), 0), (at(1_000), 500)]);
        assert_eq!(timeline.wall(at(999)), wall_time(999));
        assert_eq!(timeline.wall(at(1_000)), wall_time(1_500));
    }
}

//! The rhythm of a check: the lengths between its latest pings, and how long its runs took.

use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::Span;
use jiff::Timestamp;

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::managed::recent;

/// Intervals that are returned at most: more than a chart can show, and enough to know a rhythm by.
pub const INTERVALS_MAX: usize = 5_000;

/// The time between two pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// When the later one came.
    pub at: Timestamp,
    /// How long after the one before.
    pub length: Span,
}

/// A run that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedRun {
    /// When it ended.
    pub at: Timestamp,
    /// How long it took.
    pub length: Span,
    /// It did not end well.
    pub has_failed: bool,
}

impl Store {
    /// Returns the latest so many intervals between the pings of a check, in order. Of a managed check only successes
    /// and failures count, as far back as it is known what a ping was; beyond, all pings count unless others are
    /// among those.
    pub async fn intervals(&self, check: CheckId, most: usize) -> Result<Vec<Interval>, StoreError> {
        let most = most.min(INTERVALS_MAX);
        let times = self
            .look_with_log(move |connection, unsorted| recent::times(connection, unsorted, check, most + 1))
            .await?;
        let pairs = times.windows(2);
        Ok(pairs
            .map(|pair| Interval {
                at: crate::clock::wall_time(pair[1]),
                length: Span::from_micros(pair[1] - pair[0]),
            })
            .collect())
    }

    /// Returns the latest runs of a managed check that have ended, as far as the pings that are shown tell of them, in
    /// order.
    pub async fn ended_runs(&self, check: CheckId) -> Result<Vec<EndedRun>, StoreError> {
        let mut pings = self.recent_pings(check, usize::MAX).await?;
        pings.reverse();
        let ended = pings.into_iter().filter_map(|ping| {
            let has_failed = ping.signal == Signal::Fail;
            Some(EndedRun { at: ping.at, length: ping.duration?, has_failed })
        });
        Ok(ended.collect())
    }
}

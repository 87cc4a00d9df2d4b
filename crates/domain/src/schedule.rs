//! Schedules: when pings are due.

use crate::time::{Span, Timestamp};

/// When the next ping of a check is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At the latest this long after the one before.
    Every(Span),
}

impl Schedule {
    /// Returns when a ping is due that follows one (or an anchor) at `base`.
    #[must_use]
    pub fn next_after(self, base: Timestamp) -> Timestamp {
        match self {
            Self::Every(period) => base + period,
        }
    }
}

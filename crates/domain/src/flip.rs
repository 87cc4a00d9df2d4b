//! Flips: a check goes down, or comes back.

use crate::time::Timestamp;

/// Where a flip leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// An incident begins.
    Down,
    /// An incident ends.
    Up,
}

/// Why a check flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No ping came in time.
    Silence,
    /// A ping came.
    Ping,
    /// Its monitoring was switched off.
    MonitorOff,
    /// Its schedule was changed so that it is not late any more.
    Revised,
    /// It was taken out of the config.
    Archived,
    /// A run did not end in time.
    Overrun,
    /// A ping said that a run failed.
    Fail,
    /// It was paused.
    Paused,
    /// It was resumed.
    Resumed,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Silence,
        Self::Ping,
        Self::MonitorOff,
        Self::Revised,
        Self::Archived,
        Self::Overrun,
        Self::Fail,
        Self::Paused,
        Self::Resumed,
    ];
}

/// A change between up and down.
///
/// A check's first ping is none: nothing had been wrong, and nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// When it happened. One to down is dated at the deadline, however late it was seen.
    pub at: Timestamp,
    /// Where it leads.
    pub to: Direction,
    /// Why.
    pub reason: Reason,
}

//! Standings: what a reader sees of a check right now.

/// A check's state with what the clock adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Alerts are due or were sent: it is silent for too long.
    Down,
    /// Its deadline is past, and the next evaluation pass will say so.
    Late,
    /// It pings in time.
    Up,
    /// It never pinged, and its first deadline is not past.
    New,
    /// Its monitoring is switched off: it may be silent for as long as it likes.
    Unmonitored,
}

impl Standing {
    /// Every standing, worst first.
    pub const ALL: [Self; 5] = [Self::Down, Self::Late, Self::Up, Self::New, Self::Unmonitored];
}

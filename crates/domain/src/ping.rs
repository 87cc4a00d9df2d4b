//! A ping: one message from a check, and what it says.

use crate::time::Timestamp;

/// What a ping says about the job or device that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// It is alive, or ended well: the only thing the seed's clients can say.
    Success,
    /// A run begins.
    Start,
    /// A run failed.
    Fail,
    /// Something to be kept with the pings, which says nothing about how it goes.
    Log,
    /// A message that its check's settings tell to pass over.
    Ignored,
}

/// One message from a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// When its request's head was parsed: a ping that then waits for a slow disk is not late.
    pub at: Timestamp,
    /// What it says.
    pub signal: Signal,
}

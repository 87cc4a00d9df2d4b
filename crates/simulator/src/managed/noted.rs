//! What is noted of jobs' checks.

use domain::managed::Flip;

/// A flip of a check that a job pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotedJobFlip {
    pub(crate) check: u32,
    pub(crate) flip: Flip,
}

//! Bugs around the clock, to see that the simulator finds them; without the feature of `faults` all of this is nothing.

use domain::time::{Span, Timestamp};
use faults::bugs::{Bug, is_planted};

use super::{Source, Start};

/// Returns service time, which should be `now`.
#[inline]
pub(super) fn told(now: Timestamp, source: &dyn Source) -> Timestamp {
    if is_planted(Bug::WallClockDeadlines) { Timestamp::from_micros(source.read().wall_micros) } else { now }
}

/// Returns what a start makes of the clocks.
#[inline]
pub(super) fn begun(mut start: Start, wall_micros: i64) -> Start {
    if start.is_new_boot && is_planted(Bug::RebootForgetsServiceTime) {
        start.now = Timestamp::from_micros(wall_micros);
    }
    start.is_untrusted &= !is_planted(Bug::WrongClockIsBelieved);
    start
}

/// Tells whether doubts about the clock end by themselves.
#[inline]
pub(crate) fn doubt_ends() -> bool {
    !is_planted(Bug::DoubtWithoutEnd)
}

/// Tells whether a suspend is noticed.
#[inline]
pub(crate) fn notices_suspend() -> bool {
    !is_planted(Bug::SuspendIsNoGap)
}

/// Tells whether a stall is noticed.
#[inline]
pub(crate) fn notices_stall() -> bool {
    !is_planted(Bug::StallIsNoGap)
}

/// Tells whether a step of the wall clock forward is noticed.
#[inline]
pub(crate) fn notices_step() -> bool {
    !is_planted(Bug::StepForwardIsNoGap)
}

/// Returns the distance of signs of life.
#[inline]
pub(crate) fn distance_of_signs(distance: Span) -> Span {
    if is_planted(Bug::NoSignsOfLife) { Span::from_hours(24 * 365) } else { distance }
}

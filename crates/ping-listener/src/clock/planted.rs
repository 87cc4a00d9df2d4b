//! Bugs around the clock, to see that the simulator finds them; without the feature of `faults` all of this is nothing.

use domain::time::{Span, Timestamp};
use faults::bugs::{Bug, is_planted};

use super::{Source, Start};
use crate::timekeeper::Befallen;

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

/// Returns what is noticed of what befell the clocks.
#[inline]
pub(crate) fn noticed(mut befallen: Vec<Befallen>) -> Vec<Befallen> {
    befallen.retain(|one| {
        !is_planted(match one {
            Befallen::Suspend => Bug::SuspendIsNoGap,
            Befallen::Stall => Bug::StallIsNoGap,
            Befallen::StepForward => Bug::StepForwardIsNoGap,
            Befallen::StepBack => return true,
        })
    });
    befallen
}

/// Returns the distance of signs of life.
#[inline]
pub(crate) fn distance_of_signs(distance: Span) -> Span {
    if is_planted(Bug::NoSignsOfLife) { Span::from_hours(24 * 365) } else { distance }
}

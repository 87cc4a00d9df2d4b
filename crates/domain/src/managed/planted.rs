//! Bugs in the rules of managed checks, to see that the simulator finds them; without the feature of `faults` all of
//! this is nothing.

use faults::bugs::{Bug, is_planted};
use uuid::Uuid;

use super::{Plan, Run, State, Told, Word};
use crate::ping::Signal;
use crate::time::{Span, Timestamp};
use crate::zone::Zone;

/// Returns the id of the run that a ping ends, which should be `rid`.
#[inline]
pub(super) fn ended(rid: Option<Uuid>, latest: Option<Run>) -> Option<Uuid> {
    if is_planted(Bug::RunIdIgnored) { latest.map_or(rid, |run| run.rid) } else { rid }
}

/// Tells whether a run is watched beside the latest.
#[inline]
pub(super) fn is_kept(run: Run) -> bool {
    run.rid.is_some() && !is_planted(Bug::HungRunForgotten)
}

/// Tells whether runs that are late are let go when a check is in `state`.
#[inline]
pub(super) fn has_told_of_runs(state: State) -> bool {
    state.word() == Word::Down && !is_planted(Bug::LateRunBlamedAgain)
}

/// Tells whether the end of a run may have been lost, if it may.
#[inline]
pub(super) fn excused(is_excused: bool) -> bool {
    is_excused && !is_planted(Bug::DowntimeExcusesNoRun)
}

/// Returns how many slots own downtime excuses, which should be `slots`.
#[inline]
pub(super) fn excused_slots(slots: u32) -> u32 {
    if is_planted(Bug::RestartHidesMissedSlot) { u32::MAX } else { slots }
}

/// Returns since when a check is down that missed a deadline, found at `now`.
#[inline]
pub(super) fn down_since(deadline: Timestamp, now: Timestamp) -> Timestamp {
    if is_planted(Bug::FlipDatedWhenSeen) { now } else { deadline }
}

/// Returns what is told of a check that is up, where it should be nothing.
#[inline]
pub(super) fn told(state: State, at: Timestamp) -> Option<Told> {
    let ended = super::Incident {
        number: 1,
        since: at,
        reason: crate::flip::Reason::Ping,
        extended: Span::ZERO,
        is_allowance_spent: false,
    };
    (state == State::Up && is_planted(Bug::FirstSuccessTold)).then_some(Told::Up { ended, at })
}

/// Tells whether a pause ends all runs.
#[inline]
pub(super) fn forgets_runs() -> bool {
    !is_planted(Bug::PauseKeepsRuns)
}

/// Tells whether a ping of a paused check changes nothing.
#[inline]
pub(super) fn is_deaf(has_manual_resume: bool) -> bool {
    has_manual_resume && !is_planted(Bug::PingResumes)
}

/// Returns by how much a ping moves the count of pings.
#[inline]
pub(super) fn counted(recorded: Signal) -> u64 {
    u64::from(recorded != Signal::Ignored || !is_planted(Bug::SilentPingUncounted))
}

/// Returns what a ping is taken for that says `signal`.
#[inline]
pub(super) fn heard(signal: Signal) -> Signal {
    if signal == Signal::Fail && is_planted(Bug::FailureCountsAsSuccess) { Signal::Success } else { signal }
}

/// Returns the latest success or failure after a run that began `at`; it should be `last`.
#[inline]
pub(super) fn last_ping(last: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    if is_planted(Bug::StartCountsAsPing) { Some(at) } else { last }
}

/// Tells whether runs are watched.
#[inline]
pub(super) fn watches_runs() -> bool {
    !is_planted(Bug::OverrunUnseen)
}

/// Returns how long a run may take.
#[inline]
pub(super) fn run_limit(plan: &Plan) -> Option<Span> {
    plan.max_runtime.filter(|_| !is_planted(Bug::MaxRuntimeIgnored))
}

/// Finds the next time of a schedule in the zone in which `next_after` looks.
#[inline]
pub(super) fn in_zone<T>(zone: &Zone, next_after: impl FnOnce(&Zone) -> T) -> T {
    if is_planted(Bug::ScheduleInUtc) { next_after(&Zone::utc()) } else { next_after(zone) }
}

/// Returns the patience after a slot.
#[inline]
pub(super) fn grace_of_slot(grace: Span) -> Span {
    if is_planted(Bug::ScheduleWithoutGrace) { Span::ZERO } else { grace }
}

//! Bugs in the rules, to see that the simulator finds them; without the feature of `faults` all of this is nothing.

use faults::bugs::{Bug, is_planted};

use crate::check::{Check, Effects, Ending, Event, State};
use crate::gap::Gap;
use crate::notification::{Kind, Meeting};
use crate::retry::{Next, Refusal, Tries};
use crate::time::{Span, Timestamp};

/// Distorts what an event made of a check that was as in `before`.
#[inline]
pub(crate) fn distort(before: &Check, check: &mut Check, event: &Event, effects: Effects) -> Effects {
    match event {
        Event::Deadline(_) => {
            if effects.alert.is_some() && is_planted(Bug::AlertForgetsPing) {
                check.last_ping = None;
            }
            effects
        }
        Event::Revise(..) => distort_edit(before, check, effects),
        Event::Restore(..) => {
            if is_planted(Bug::PutBackKeepsAnchor) {
                (check.anchor, check.last_alert) = (before.anchor, before.last_alert);
            }
            effects
        }
        Event::Ping(_) | Event::Archive(_) => effects,
        Event::ChannelOpened => {
            if is_planted(Bug::ChannelOpensInSilence) {
                *check = *before;
            }
            effects
        }
    }
}

#[inline]
fn distort_edit(before: &Check, check: &mut Check, mut effects: Effects) -> Effects {
    let is_switched_on = !before.policy.is_monitored && check.policy.is_monitored;
    if is_switched_on && is_planted(Bug::SwitchedOnKeepsAnchor) {
        (check.anchor, check.last_alert) = (before.anchor, before.last_alert);
    }
    if is_planted(Bug::ShortenedAlertsAtOnce) {
        check.revised = None;
    }
    if is_planted(Bug::LastPingMovesBack) {
        check.last_ping = before.last_ping.map(|ping| ping - check.patience().scaled(0.5));
    }
    let is_ended_by_length = check.policy.is_monitored
        && matches!((before.state, effects.ended), (State::Down(_), Some((_, Ending::Withdrawn))));
    if is_ended_by_length && is_planted(Bug::LengthenedIgnored) {
        check.state = before.state;
        effects.ended = None;
        effects.flip = None;
    }
    effects
}

/// Tells whether a check is looked at for late pings.
#[inline]
pub(crate) fn is_watched(is_monitored: bool) -> bool {
    is_monitored || is_planted(Bug::UnmonitoredAlerts)
}

/// Returns the first instant at which a check is late, which should be `at`.
#[inline]
pub(crate) fn first_late(at: Timestamp) -> Timestamp {
    if is_planted(Bug::LateTooEarly) { at - Span::from_seconds(2) } else { at }
}

/// Tells whether a ping since the last alert lets a new silence be told at once.
#[inline]
pub(crate) fn refreshes(does_refresh: bool) -> bool {
    (does_refresh || is_planted(Bug::RefreshAlways)) && !is_planted(Bug::RefreshNever)
}

/// Returns the distance of reminders.
#[inline]
pub(crate) fn reminder_distance(distance: Span, least: Span) -> Span {
    if is_planted(Bug::ReminderDistanceZero) {
        least
    } else if is_planted(Bug::NoReminders) {
        Span::from_hours(24 * 365)
    } else {
        distance
    }
}

/// Returns where a gap moves a deadline that was at `at`.
#[inline]
pub(crate) fn moved(at: Timestamp, wanted: Timestamp, limit: Timestamp, gap: Gap) -> Timestamp {
    if is_planted(Bug::GapsIgnored) {
        at
    } else if is_planted(Bug::GapCreditedTwice) {
        wanted.min(limit) + gap.length()
    } else if is_planted(Bug::GapsWithoutCap) {
        wanted
    } else {
        wanted.min(limit)
    }
}

/// Returns the gap after which alerts are held back.
#[inline]
pub(crate) fn last_gap(gap: Option<Gap>) -> Option<Gap> {
    gap.filter(|_| !is_planted(Bug::NoCalm))
}

/// Returns what an alert does when it meets a row that waits.
#[inline]
pub(crate) fn met(meeting: Meeting) -> Meeting {
    if is_planted(Bug::NothingJoins) { Meeting::Queue } else { meeting }
}

/// Returns the kind of a row of kind `waiting` that `other` has joined, which should be `both`.
#[inline]
pub(crate) fn joined(both: Kind, other: Kind) -> Kind {
    if is_planted(Bug::JoinedFirstAlertIsReminder) { other } else { both }
}

/// Returns what happens to a mail after a try, which should be `next`.
#[inline]
pub(crate) fn next(next: Next, refusal: Refusal, tries: Tries) -> Next {
    match next {
        Next::Again(_) if is_planted(Bug::NoRest) => Next::Again(Span::ZERO),
        Next::Again(_) if is_planted(Bug::GivenUpAfterThree) && 3 <= tries.counted => Next::GiveUp,
        Next::Again(_) if is_planted(Bug::RefusalNotRetried) && refusal == Refusal::Hard => Next::GiveUp,
        Next::Again(_) | Next::AwaitServer | Next::GiveUp => next,
    }
}

/// Returns when a mail server that failed is asked again.
#[inline]
pub(crate) fn probe_distance(distance: Span) -> Span {
    if is_planted(Bug::BreakerStaysClosed) { Span::from_hours(24 * 365) } else { distance }
}

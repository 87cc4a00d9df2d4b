//! A check: what is known of one watched job or device, and what an event does to it.

use crate::account::Expectation;
use crate::flip::{Direction, Flip, Reason};
use crate::gap::{Awaited, Deadline, Gaps, Tolerance, deadline, latest, movers};
use crate::ping::Ping;
use crate::planted;
use crate::schedule::Schedule;
use crate::standing::Standing;
use crate::time::{Span, Timestamp};

/// What its owner asks of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// When pings are due.
    pub schedule: Schedule,
    /// The patience after a due time.
    pub grace: Span,
    /// A mask over the state: a check that is not monitored is never late and nobody is told about it.
    pub is_monitored: bool,
    /// The least distance between two alerts about one silence.
    pub remind_every: Span,
    /// A ping after an alert lets the next silence be reported at once.
    pub refresh_on_ping: bool,
    /// Those who were told of a silence are told of its end.
    pub notify_recovery: bool,
}

/// What a check's pings and silences have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It never pinged and is not overdue.
    New,
    /// It pings in time.
    Up,
    /// It is silent for too long.
    Down(Incident),
}

/// A stretch of silence, from the flip to down until the flip back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Counts the incidents of this check from 1.
    pub number: u32,
    /// The deadline that passed.
    pub deadline: Deadline,
    /// How many alerts it has had: k of the last one.
    pub alerts: u32,
}

/// The last alert about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastAlert {
    /// When it was decided, whenever it was sent.
    pub at: Timestamp,
    /// A ping came after it. A flag and not a comparison of stamps, because the two may share one.
    pub pinged_since: bool,
}

/// A check, as far as the rules need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What its owner asks.
    pub policy: Policy,
    /// Where it stands.
    pub state: State,
    /// The instant from which a check without a later ping is counted: when it was first known, switched on, or put
    /// back.
    pub anchor: Timestamp,
    /// The latest ping; it never moves back.
    pub last_ping: Option<Timestamp>,
    /// A deadline that a change of the schedule granted, until the next ping.
    pub revised: Option<Revised>,
    /// The last alert since the anchor.
    pub last_alert: Option<LastAlert>,
    /// How many incidents it has had.
    pub incidents: u32,
}

/// The deadline after a schedule was shortened under a waiting check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revised {
    /// When the schedule was changed.
    pub at: Timestamp,
    /// The deadline, but for gaps since.
    pub due: Timestamp,
    /// The latest that gaps may make of it, but for the lengths of those since: what was left of the tolerance before.
    pub latest: Timestamp,
}

/// Everything that can befall a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It pinged.
    Ping(Ping),
    /// An evaluation pass looks at it.
    Deadline(Timestamp),
    /// Its owner asks something else of it.
    Revise(Timestamp, Policy),
    /// It is taken out of the config.
    Archive(Timestamp),
    /// It is put back into the config.
    Restore(Timestamp, Policy),
    /// What was said so far stayed on this machine; from now on mails go out.
    ChannelOpened,
}

/// What the rules have to know besides the check: when the listener itself was away, and how much that excuses.
#[derive(Clone, Copy, Debug)]
pub struct Listening<'a> {
    /// When pings could not be taken.
    pub gaps: &'a Gaps,
    /// How much that moves deadlines.
    pub tolerance: Tolerance,
}

/// An alert that is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The silence it is about, with k of this alert.
    pub incident: Incident,
    /// Nobody has been told of this silence before.
    pub is_first: bool,
}

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By a ping: alerts that wait say so, reminders are pointless.
    Returned(Timestamp),
    /// By its owner's word: nobody is to hear of it any more.
    Withdrawn,
}

/// What an event caused besides the check's own change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// More than the time of the last ping has changed.
    pub is_changed: bool,
    /// The check went down or came back.
    pub flip: Option<Flip>,
    /// Its recipients are to be told that it is silent.
    pub alert: Option<Alert>,
    /// An incident ended.
    pub ended: Option<(Incident, Ending)>,
    /// A shortened schedule would have made it late at once, and was granted a first period.
    pub is_granted_time: bool,
}

/// How long clients get to come back after a gap before anybody is reported.
pub(crate) const CALM_BEFORE_ALERT: Span = Span::from_seconds(10);

/// How long a reminder waits after a gap at most: the check may be back, with its ping lost in the gap.
const CALM_BEFORE_REMINDER_MAX: Span = Span::from_hours(1);

/// Two alerts about one check are at least this far apart, whatever its policy says: an interval of 0 must not turn
/// into a flood.
const ALERT_DISTANCE_MIN: Span = Span::from_seconds(1);

const INSTANT: Span = Span::from_micros(1);

impl Check {
    /// Begins to watch a check that is first known at `anchor`.
    #[must_use]
    pub fn new(policy: Policy, anchor: Timestamp) -> Self {
        Self {
            policy,
            state: State::New,
            anchor,
            last_ping: None,
            revised: None,
            last_alert: None,
            incidents: 0,
        }
    }

    /// Applies one event and returns what it caused.
    pub fn apply(&mut self, event: &Event, listening: Listening<'_>) -> Effects {
        let before = *self;
        let effects = match *event {
            Event::Ping(ping) => self.on_ping(ping),
            Event::Deadline(now) => self.on_deadline(now, listening),
            Event::Revise(now, policy) => self.on_revise(now, policy, listening),
            Event::Archive(now) => self.withdraw(now, Reason::Archived),
            Event::Restore(now, policy) => self.on_restore(now, policy),
            Event::ChannelOpened => self.on_channel_opened(),
        };
        planted::distort(&before, self, event, effects)
    }

    /// Returns how long a healthy client may be silent: M.
    #[must_use]
    pub fn patience(&self) -> Span {
        match self.policy.schedule {
            Schedule::Every(period) => period + self.policy.grace,
        }
    }

    /// Returns the instant from which the present silence counts.
    #[must_use]
    pub fn base(&self) -> Timestamp {
        self.last_ping.map_or(self.anchor, |ping| ping.max(self.anchor))
    }

    /// Returns the instant after which silence is an alert, with the gaps as known at `now`.
    #[must_use]
    pub fn deadline(&self, listening: Listening<'_>, now: Timestamp) -> Deadline {
        deadline(self.awaited(), listening.gaps, listening.tolerance, now)
    }

    /// Returns the first instant at which an evaluation pass can find something to do, or `None` if only a ping or an
    /// edit can change anything.
    #[must_use]
    pub fn wakes_at(&self, listening: Listening<'_>, now: Timestamp) -> Option<Timestamp> {
        if !planted::is_watched(self.policy.is_monitored) {
            return None;
        }
        match self.state {
            State::New | State::Up => Some(flips_at(self.deadline(listening, now), listening, now)),
            State::Down(incident) => Some(self.alerts_at(incident, listening, now)),
        }
    }

    /// Returns what a reader sees at `now`.
    #[must_use]
    pub fn standing(&self, listening: Listening<'_>, now: Timestamp) -> Standing {
        if !self.policy.is_monitored {
            return Standing::Unmonitored;
        }
        match self.state {
            State::Down(_) => Standing::Down,
            State::New | State::Up if self.deadline(listening, now).at < now => Standing::Late,
            State::New => Standing::New,
            State::Up => Standing::Up,
        }
    }

    /// Takes back the number of the last alert, which joined mails that still wait and so was never said on its own.
    pub fn uncount_alert(&mut self) {
        if let State::Down(incident) = &mut self.state {
            incident.alerts = incident.alerts.saturating_sub(1).max(1);
        }
    }

    /// Returns what the schedule expects, with the gaps as known at `now`.
    pub(crate) fn expectation(&self, listening: Listening<'_>, now: Timestamp) -> Expectation {
        let awaited = self.awaited();
        let deadline = self.deadline(listening, now);
        Expectation {
            since: awaited.since,
            planned: awaited.due - self.policy.grace,
            base: deadline.at - self.policy.grace,
            deadline,
            gaps: movers(awaited, deadline, listening.gaps, now),
            is_put_off_by_run: false,
        }
    }

    fn awaited(&self) -> Awaited {
        let patience = self.patience();
        if let Some(Revised { at, due, latest }) = self.revised {
            return Awaited { since: at, due, latest: Some(latest), patience };
        }
        let due = self.policy.schedule.next_after(self.base()) + self.policy.grace;
        Awaited { since: self.base(), due, latest: None, patience }
    }

    fn on_ping(&mut self, ping: Ping) -> Effects {
        self.last_ping = Some(self.last_ping.map_or(ping.at, |last| last.max(ping.at)));
        let was_revised = self.revised.take().is_some();
        let is_news =
            self.last_alert.as_mut().is_some_and(|alert| !std::mem::replace(&mut alert.pinged_since, true));
        match self.state {
            State::New | State::Up => {
                self.state = State::Up;
                Effects { is_changed: was_revised || is_news, ..Effects::default() }
            }
            State::Down(incident) => {
                self.state = State::Up;
                Effects {
                    is_changed: true,
                    flip: Some(Flip { at: ping.at, to: Direction::Up, reason: Reason::Ping }),
                    ended: Some((incident, Ending::Returned(ping.at))),
                    ..Effects::default()
                }
            }
        }
    }

    fn on_deadline(&mut self, now: Timestamp, listening: Listening<'_>) -> Effects {
        if !planted::is_watched(self.policy.is_monitored) {
            return Effects::default();
        }
        let mut effects = Effects::default();
        match self.state {
            State::New | State::Up => {
                let deadline = self.deadline(listening, now);
                if now < flips_at(deadline, listening, now) {
                    return effects;
                }
                self.incidents += 1;
                self.state = State::Down(Incident { number: self.incidents, deadline, alerts: 0 });
                effects.is_changed = true;
                // Dated at the deadline, not at `now`: the silence was too long from then on, however late we look.
                effects.flip = Some(Flip { at: deadline.at, to: Direction::Down, reason: Reason::Silence });
            }
            State::Down(_) => {}
        }
        self.alert_if_due(now, listening, effects)
    }

    fn alert_if_due(&mut self, now: Timestamp, listening: Listening<'_>, mut effects: Effects) -> Effects {
        let State::Down(mut incident) = self.state else { return effects };
        if now < self.alerts_at(incident, listening, now) {
            return effects;
        }
        let is_first = incident.alerts == 0 || self.last_alert.is_none();
        incident.alerts += 1;
        self.state = State::Down(incident);
        self.last_alert = Some(LastAlert { at: now, pinged_since: false });
        effects.is_changed = true;
        effects.alert = Some(Alert { incident, is_first });
        effects
    }

    fn on_revise(&mut self, now: Timestamp, policy: Policy, listening: Listening<'_>) -> Effects {
        if policy == self.policy {
            return Effects::default();
        }
        let before = *self;
        self.policy = policy;
        match (before.policy.is_monitored, policy.is_monitored) {
            (true, false) => self.withdraw(now, Reason::MonitorOff),
            (false, true) => {
                self.count_anew_from(now);
                Effects { is_changed: true, ..Effects::default() }
            }
            (false, false) => Effects { is_changed: true, ..Effects::default() },
            (true, true) if before.patience() == self.patience() => {
                Effects { is_changed: true, ..Effects::default() }
            }
            (true, true) => self.on_patience_changed(now, &before, listening),
        }
    }

    /// Reckons the deadline anew after the schedule changed under a monitored check.
    fn on_patience_changed(&mut self, now: Timestamp, before: &Self, listening: Listening<'_>) -> Effects {
        let old = before.deadline(listening, now).at;
        self.revised = None;
        let new = self.deadline(listening, now).at;
        if let State::Down(_) = self.state {
            if now <= new {
                return self.withdraw(now, Reason::Revised);
            }
            return Effects { is_changed: true, ..Effects::default() };
        }
        let is_granted_time = new < now && now <= old;
        if is_granted_time {
            // A shorter period counts from the edit, but never later than the old one would have ended, with the gaps
            // so far and with those to come: else a config that is rewritten again and again would put the alert off
            // for ever.
            let due = old.min(now + self.patience());
            let latest = latest(before.awaited(), listening.gaps, listening.tolerance, now);
            self.revised = Some(Revised { at: now, due, latest });
        }
        Effects { is_changed: true, is_granted_time, ..Effects::default() }
    }

    fn on_restore(&mut self, now: Timestamp, policy: Policy) -> Effects {
        self.policy = policy;
        self.count_anew_from(now);
        Effects { is_changed: true, ..Effects::default() }
    }

    fn on_channel_opened(&mut self) -> Effects {
        let State::Down(_) = self.state else { return Effects::default() };
        self.last_alert = None;
        Effects { is_changed: true, ..Effects::default() }
    }

    fn count_anew_from(&mut self, anchor: Timestamp) {
        self.anchor = anchor;
        self.last_alert = None;
        self.revised = None;
        self.state = self.state_without_incident();
    }

    /// Ends the incident by the owner's word; what waits to be said about it is withdrawn.
    fn withdraw(&mut self, now: Timestamp, reason: Reason) -> Effects {
        let mut effects = Effects { is_changed: true, ..Effects::default() };
        if let State::Down(incident) = self.state {
            self.state = self.state_without_incident();
            effects.flip = Some(Flip { at: now, to: Direction::Up, reason });
            effects.ended = Some((incident, Ending::Withdrawn));
        }
        effects
    }

    fn state_without_incident(&self) -> State {
        if self.last_ping.is_some() { State::Up } else { State::New }
    }

    /// Returns the first instant at which a pass may alert about `incident`.
    fn alerts_at(&self, incident: Incident, listening: Listening<'_>, now: Timestamp) -> Timestamp {
        let due = match self.last_alert {
            None => incident.deadline.at,
            Some(alert) if planted::refreshes(self.policy.refresh_on_ping) && alert.pinged_since => {
                incident.deadline.at.max(alert.at + ALERT_DISTANCE_MIN)
            }
            Some(alert) => {
                let distance = (self.policy.remind_every + INSTANT).max(ALERT_DISTANCE_MIN);
                incident.deadline.at.max(alert.at + planted::reminder_distance(distance, ALERT_DISTANCE_MIN))
            }
        };
        if incident.alerts == 0 || self.last_alert.is_none() {
            return listening.gaps.calm_after(due, CALM_BEFORE_ALERT, now);
        }
        let calm = CALM_BEFORE_REMINDER_MAX.min(self.patience());
        listening.gaps.calm_after_any(due, calm, now)
    }
}

/// Returns the first instant at which a pass may find a check with this deadline down.
fn flips_at(deadline: Deadline, listening: Listening<'_>, now: Timestamp) -> Timestamp {
    let calm_at = listening.gaps.calm_after(deadline.at, CALM_BEFORE_ALERT, now);
    planted::first_late((deadline.at + INSTANT).max(calm_at))
}

//! One check: how long it may be silent, and whether its silence has to be told now.

use domain::time::{Span, Timestamp};

use super::gaps::{Gaps, Patience};
use crate::history::Declared;

/// How long nothing is alerted after the listener was away.
const CALM: Span = Span::from_seconds(10);

/// The longest that a reminder waits after the listener was away.
const LONGEST_CALM: Span = Span::from_hours(1);

/// The least distance of alerts.
const LEAST_DISTANCE: Span = Span::from_seconds(1);

const INSTANT: Span = Span::from_micros(1);

/// A check as the oracle has followed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    pub declared: Declared,
    /// K of the config in force.
    pub tolerance: f64,
    /// First known, monitor switched on, or put back into the config.
    pub anchor: Timestamp,
    pub last_ping: Option<Timestamp>,
    /// A, where there was an alert since the anchor.
    pub last_alert: Option<Timestamp>,
    /// Whether a ping came after the last alert.
    pub is_pinged_since_alert: bool,
    /// Since when the incident is open.
    pub down_since: Option<Timestamp>,
    /// The deadline that it missed, as that was known when it was found out.
    pub missed: Option<Timestamp>,
    /// How many alerts this incident had.
    pub alerts: u32,
    /// The instant of an edit of `max_sleep` and the deadline that it gave, and the latest that own downtime may make
    /// of it.
    pub edited: Option<(Timestamp, Timestamp, Timestamp)>,
}

/// What a pass has to do about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// It is late, and nobody is told for now.
    Down,
    /// It is late, and an alert is due since this instant.
    Due(Timestamp),
}

impl Silence {
    /// Begins to follow a check that was first known at `now`.
    #[must_use]
    pub fn new(declared: Declared, tolerance: f64, now: Timestamp) -> Self {
        Self {
            declared,
            tolerance,
            anchor: now,
            last_ping: None,
            last_alert: None,
            is_pinged_since_alert: false,
            down_since: None,
            missed: None,
            alerts: 0,
            edited: None,
        }
    }

    /// Returns from when on it is waited for.
    #[must_use]
    pub fn base(&self) -> Timestamp {
        self.last_ping.map_or(self.anchor, |ping| ping.max(self.anchor))
    }

    /// Returns D.
    #[must_use]
    pub fn deadline(&self, gaps: &Gaps, now: Timestamp) -> Timestamp {
        gaps.deadline(self.patience(), now)
    }

    /// A ping came; tells whether it ended an incident.
    pub fn ping(&mut self, received: Timestamp) -> bool {
        self.last_ping = Some(self.last_ping.map_or(received, |last| last.max(received)));
        self.is_pinged_since_alert = true;
        if self.base() == received {
            self.edited = None;
        }
        self.end_incident()
    }

    /// The incident is over; tells whether there was one.
    pub fn end_incident(&mut self) -> bool {
        self.alerts = 0;
        self.missed = None;
        self.down_since.take().is_some()
    }

    /// It is waited for anew: first known, switched on, or put back.
    pub fn anchor_at(&mut self, now: Timestamp) {
        self.anchor = now;
        self.last_alert = None;
        self.is_pinged_since_alert = false;
        self.edited = None;
        self.end_incident();
    }

    /// Mails reach people from now on: what was said of a silence that lasts was said to nobody.
    pub fn open_channel(&mut self) {
        if self.down_since.is_some() {
            self.last_alert = None;
        }
    }

    /// Says what a pass at `now` has to do.
    #[must_use]
    pub fn judge(&self, gaps: &Gaps, now: Timestamp) -> Verdict {
        if !self.declared.monitor {
            return Verdict::Fine;
        }
        // A silence that was found too long stays so until a ping: what is learned later of a gap does not unsay it.
        let deadline = self.missed.unwrap_or_else(|| self.deadline(gaps, now));
        if self.down_since.is_none() && now <= deadline {
            return Verdict::Fine;
        }
        let refreshed = self.declared.refresh_on_ping_restored && self.is_pinged_since_alert;
        let since = match self.last_alert {
            Some(alert) if refreshed => deadline.max(alert + LEAST_DISTANCE),
            Some(alert) => {
                let distance = (self.declared.email_frequency + INSTANT).max(LEAST_DISTANCE);
                deadline.max(alert + distance)
            }
            None => deadline,
        };
        if now < since {
            return Verdict::Down;
        }
        let is_calm = if self.is_first() {
            gaps.has_calmed(CALM, since, now)
        } else {
            // A reminder can wait: while the listener is away now, it does.
            let longer = self.declared.max_sleep.min(LONGEST_CALM);
            let has_calmed = gaps.has_calmed(longer, since, now);
            has_calmed && (!gaps.is_inside(now) || longer <= gaps.listened(since, now))
        };
        if is_calm { Verdict::Due(since) } else { Verdict::Down }
    }

    /// Tells whether the next alert is the first word about this silence.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.alerts == 0 || self.last_alert.is_none()
    }

    /// Tells whether the silence is over the limit at `now`, and long enough to be shown as an incident by now.
    #[must_use]
    pub fn is_surely_late(&self, gaps: &Gaps, now: Timestamp) -> bool {
        let deadline = self.deadline(gaps, now);
        self.declared.monitor && deadline < now && gaps.has_calmed(CALM, deadline, now)
    }

    /// It was found too long at `now`.
    pub fn fall(&mut self, gaps: &Gaps, now: Timestamp) {
        if self.down_since.is_none() {
            self.missed = Some(self.deadline(gaps, now));
            self.down_since = Some(now);
        }
    }

    /// An alert was decided at `now`.
    pub fn alert(&mut self, gaps: &Gaps, now: Timestamp) {
        self.fall(gaps, now);
        self.last_alert = Some(now);
        self.is_pinged_since_alert = false;
        self.alerts += 1;
    }

    /// The config says something else from `now` on; tells whether what waits to be said is withdrawn.
    ///
    /// "M changed: D anew with the same gaps; if that is past and the old one was not, D = edit + M." Taken alone, that
    /// could be later than the old D, and a file that is rewritten again and again would put the alert off for ever,
    /// where "a client that was silent for K·M of time in which we listened is reported": so no later than the old D.
    pub fn edit(&mut self, declared: Declared, gaps: &Gaps, now: Timestamp) -> bool {
        let was_monitored = self.declared.monitor;
        let before = self.deadline(gaps, now);
        let latest = gaps.latest(self.patience(), now);
        let is_other_length = self.declared.max_sleep != declared.max_sleep;
        self.declared = declared;
        if !self.declared.monitor {
            self.end_incident();
            return was_monitored;
        }
        if !was_monitored {
            self.anchor_at(now);
            return false;
        }
        if !is_other_length {
            return false;
        }
        self.edited = None;
        let anew = self.deadline(gaps, now);
        if now <= anew {
            return self.end_incident();
        }
        if self.down_since.is_none() && now <= before {
            self.edited = Some((now, before.min(now + self.declared.max_sleep), latest));
        }
        false
    }

    fn patience(&self) -> Patience {
        let (since, at_first, latest) = match self.edited {
            Some((edit, deadline, latest)) => (edit, Some(deadline), Some(latest)),
            None => (self.base(), None, None),
        };
        Patience { since, max_sleep: self.declared.max_sleep, tolerance: self.tolerance, at_first, latest }
    }
}

//! Holds what the rules do against the oracle, event by event.

use domain::check::{Check, Effects, Event, Policy, State};
use domain::gap::Gaps;
use domain::schedule::Schedule;
use domain::time::{Span, Timestamp};

use super::{PASS_DISTANCE, is_down};
use crate::history::{self, Declared};
use crate::oracle::gaps as naive;
use crate::oracle::silence::{Silence, Verdict};

/// K of every life.
const TOLERANCE: f64 = 2.0;

/// What the oracle makes of each check.
pub(super) struct Judge {
    silences: Vec<Silence>,
    /// When each was last edited: the pass before knew nothing of it.
    edited_at: Vec<Timestamp>,
    gaps: naive::Gaps,
}

impl Judge {
    pub(super) fn new(checks: impl Iterator<Item = Check>, now: Timestamp) -> Self {
        let silences: Vec<_> =
            checks.map(|check| Silence::new(declared(&check.policy), TOLERANCE, now)).collect();
        Self { edited_at: vec![now; silences.len()], silences, gaps: naive::Gaps::default() }
    }

    /// Takes over what is known of the listener's absences.
    pub(super) fn hear_gaps(&mut self, gaps: &Gaps) {
        self.gaps = naive::Gaps::default();
        for gap in gaps.closed() {
            self.gaps.note(naive::Gap { from: gap.from, until: Some(gap.until) });
        }
        if let Some(from) = gaps.open_since() {
            self.gaps.note(naive::Gap { from, until: None });
        }
    }

    /// Before a ping: the pass before it has said what was due.
    pub(super) fn before_ping(&self, place: usize, now: Timestamp) -> Result<(), String> {
        let since_pass = (now.as_micros() - 1).rem_euclid(PASS_DISTANCE) + 1;
        let silence = &self.silences[place];
        let pass = now - Span::from_micros(since_pass);
        if pass < self.edited_at[place] {
            return Ok(());
        }
        match silence.judge(&self.gaps, pass) {
            Verdict::Due(since) => {
                Err(format!("check {place} was due since {since:?} and is told by nobody: {silence:?}"))
            }
            Verdict::Fine | Verdict::Down => Ok(()),
        }
    }

    /// Hears an event with what the rules made of it.
    pub(super) fn hear(
        &mut self,
        (place, now): (usize, Timestamp),
        event: &Event,
        check: &Check,
        effects: &Effects,
    ) -> Result<(), String> {
        let silence = &mut self.silences[place];
        if !matches!(event, Event::Ping(_) | Event::Deadline(_)) {
            self.edited_at[place] = now;
        }
        match *event {
            Event::Ping(ping) => {
                silence.ping(ping.at);
            }
            Event::Deadline(now) => {
                let verdict = silence.judge(&self.gaps, now);
                let is_due = matches!(verdict, Verdict::Due(_));
                if is_due != effects.alert.is_some() {
                    let gaps: Vec<_> = self.gaps.all().iter().rev().take(3).collect();
                    return Err(format!(
                        "check {place} at {now:?}: {verdict:?}, {effects:?}: {silence:?} after {gaps:?}"
                    ));
                }
                if is_due {
                    silence.alert(&self.gaps, now);
                } else if silence.is_surely_late(&self.gaps, now) {
                    silence.fall(&self.gaps, now);
                }
            }
            Event::Revise(now, policy) => {
                silence.edit(declared(&policy), &self.gaps, now);
            }
            Event::Archive(_) => {
                silence.end_incident();
            }
            Event::Restore(now, policy) => {
                silence.declared = declared(&policy);
                silence.anchor_at(now);
            }
            Event::ChannelOpened => silence.open_channel(),
        }
        compare(place, silence, check)
    }
}

fn compare(place: usize, silence: &Silence, check: &Check) -> Result<(), String> {
    let alerts = match check.state {
        State::Down(incident) => incident.alerts,
        State::New | State::Up => 0,
    };
    let is_same = silence.last_ping == check.last_ping
        && silence.anchor == check.anchor
        && silence.down_since.is_some() == is_down(check)
        && silence.alerts == alerts;
    if is_same { Ok(()) } else { Err(format!("check {place}: {silence:?}, {check:?}")) }
}

fn declared(policy: &Policy) -> Declared {
    let Schedule::Every(period) = policy.schedule;
    Declared {
        check: history::Check(0),
        monitor: policy.is_monitored,
        max_sleep: period + policy.grace,
        email_frequency: policy.remind_every,
        refresh_on_ping_restored: policy.refresh_on_ping,
        notify_recovery: policy.notify_recovery,
        recipients: Vec::new(),
    }
}

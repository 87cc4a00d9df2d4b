//! Hears all that happens, and says when a promise is broken.

use std::collections::BTreeMap;

use domain::time::{Span, Timestamp};

use super::clocks::{Time, Trust};
use super::gaps::{Gap, Gaps};
use super::mails::{Alert, Mails, Standing};
use super::silence::{Silence, Verdict};
use super::violation::{Violation, broken};
use crate::history::{Check, Config, Happening, Seen};

/// For so long a gap is held against what the world knows, whether any silence still depends on it or not.
const HELD_AGAINST_THE_WORLD: Span = Span::from_hours(1);

/// How much later than it is due an alert may come, beside the distance of the passes: what a look at the clocks, a
/// commit and a start take.
const SLACK: Span = Span::from_seconds(10);

/// How late an alert may be in a world whose clocks are looked at more seldom, and in which a doubt may just end.
const OVERDUE: Span = Span::from_minutes(2);

/// A check with what the mails have to know of it.
#[derive(Clone, Debug)]
struct Watched {
    silence: Silence,
    /// Whether it is in the config.
    is_declared: bool,
    /// Which incident is open, or was the last.
    incident: u32,
    withdrawn: Option<Timestamp>,
    /// Since when nobody pings by its name any more, where it is in the config no more.
    left: Option<Timestamp>,
    /// Since when and until when it is snoozed.
    snoozed: Option<(Timestamp, Timestamp)>,
    /// When a person last changed something that may make an alert due.
    touched: Timestamp,
}

/// What must be the case after all that was heard.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    watched: BTreeMap<Check, Watched>,
    gaps: Gaps,
    mails: Mails,
    time: Time,
    base_frequency: Span,
    /// Since when passes can be made.
    open: Option<Timestamp>,
    fair: Option<Timestamp>,
}

impl Oracle {
    /// Hears what happened at `now`; `Err` is the promise that this breaks.
    pub fn hear(&mut self, now: Timestamp, happening: &Happening) -> Result<(), Violation> {
        match happening {
            Happening::Started { clocks } => {
                self.time.forget_blindness_after(now);
                self.mails.go_on_from(now);
                return self.time.start(*clocks, now);
            }
            Happening::DoorOpened => self.open = Some(now),
            Happening::Ended => {
                self.open = None;
                self.time.end(now);
                let watched = &self.watched;
                self.mails.end(now, |check| standing(watched, check));
            }
            Happening::LookedAtClocks { clocks } => return self.time.look(*clocks, now),
            Happening::Stamped { clocks } => self.time.stamp(*clocks, now),
            Happening::Configured(config) => self.configure(config, now),
            Happening::InForce => self.close_door_to_those_left_out(now),
            Happening::Blind { from, until } => self.time.blind(*from, *until),
            Happening::GapNoted { from, until } => self.gaps.note(Gap { from: *from, until: *until }),
            Happening::GapDropped { from } => self.gaps.drop_from(*from),
            Happening::Acknowledged { check, received } | Happening::AppendedUnheard { check, received } => {
                self.time.commit(*received);
                return self.ping(*check, *received, now);
            }
            Happening::JobAppended { received } => self.time.commit(*received),
            Happening::TurnedAway { .. } => {}
            Happening::Passed { alerted } => return self.pass(now, alerted),
            Happening::Rows(rows) => {
                let watched = &self.watched;
                return self.mails.compare(now, rows, |check| standing(watched, check));
            }
            Happening::Checks(seen) => return self.compare_checks(seen, now),
            Happening::Leased { rows, message_id } => {
                let watched = &self.watched;
                return self.mails.lease(now, rows, message_id, |check| standing(watched, check));
            }
            Happening::LeasedUnheard { rows } => self.mails.lease_unheard(now, rows),
            Happening::Answered { rows, answer } => return self.mails.answer(now, rows, *answer),
            Happening::Settled { rows } => {
                let watched = &self.watched;
                self.mails.settle(now, rows, |check| standing(watched, check));
            }
            Happening::Snoozed { check, until } => self.snooze(*check, now, *until),
            Happening::SnoozeEnded { check } => self.end_snooze(*check, now),
            Happening::SmtpChosen => self.choose_smtp(now),
            Happening::FaultsStopped => self.fair = Some(now),
        }
        Ok(())
    }

    /// Says what is still owed at the end of a run, in fair weather since `FaultsStopped`.
    pub fn close(&self, now: Timestamp) -> Result<(), Violation> {
        let Some(fair) = self.fair else { return Ok(()) };
        for (check, watched) in self.watched.iter().filter(|(_, watched)| watched.is_declared) {
            if let Verdict::Due(since) = watched.silence.judge(&self.gaps, now)
                && self.base_frequency + SLACK < now - since.max(fair)
            {
                return broken("a silence is told in the end", format!("{check:?}, due since {since:?}"));
            }
        }
        self.mails.close(now, fair, |check| standing(&self.watched, check))
    }

    /// Says whose alert is overdue at `now`, though the clock is believed and passes could be made for long.
    pub fn find_overdue(&self, now: Timestamp) -> Result<(), Violation> {
        let Some(open) = self.open.filter(|_| self.time.trust_at(now) == Trust::Trusted) else {
            return Ok(());
        };
        for (check, watched) in self.watched.iter().filter(|(_, watched)| watched.is_declared) {
            if let Verdict::Due(since) = watched.silence.judge(&self.gaps, now)
                && self.base_frequency + OVERDUE
                    < self.gaps.listened(said_from(watched, &self.gaps, since.max(open), now), now)
            {
                return broken("a silence is told", format!("{check:?}, due since {since:?}: {watched:?}"));
            }
        }
        Ok(())
    }

    fn configure(&mut self, config: &Config, now: Timestamp) {
        self.base_frequency = config.base_frequency;
        self.time.set_sign_of_life(config.sign_of_life);
        self.mails.set_digest_over(config.digest_over);
        for (check, watched) in &mut self.watched {
            if watched.is_declared && !config.checks.iter().any(|declared| declared.check == *check) {
                watched.is_declared = false;
                watched.silence.end_incident();
                watched.withdrawn = Some(now);
                watched.left = None;
                if let Some((_, until)) = watched.snoozed.take() {
                    self.mails.release(*check, until.min(now));
                }
            }
        }
        for declared in &config.checks {
            let check = declared.check;
            let Some(watched) = self.watched.get_mut(&check) else {
                let silence = Silence::new(declared.clone(), config.restart_tolerance, now);
                self.watched.insert(
                    check,
                    Watched {
                        silence,
                        is_declared: true,
                        incident: 0,
                        withdrawn: None,
                        left: None,
                        snoozed: None,
                        touched: now,
                    },
                );
                continue;
            };
            let anchor = watched.silence.anchor;
            if watched.silence.declared != *declared {
                watched.touched = now;
            }
            watched.silence.tolerance = config.restart_tolerance;
            if !watched.is_declared {
                watched.is_declared = true;
                watched.silence.declared = declared.clone();
                watched.silence.anchor_at(now);
            } else if watched.silence.edit(declared.clone(), &self.gaps, now) {
                watched.withdrawn = Some(now);
            }
            if watched.silence.anchor != anchor {
                self.mails.forget(check);
            }
        }
        self.forget_gaps(now);
    }

    /// No mail about the check leaves from now on: what waits about it waits for the end.
    fn snooze(&mut self, check: Check, now: Timestamp, until: Timestamp) {
        if let Some(watched) = self.watched.get_mut(&check).filter(|watched| watched.is_declared) {
            watched.snoozed = Some((now, until));
            self.mails.release(check, until);
        }
    }

    /// What waits about the check may leave, if it waited for the end of a snooze.
    fn end_snooze(&mut self, check: Check, now: Timestamp) {
        let snoozed = self.watched.get_mut(&check).and_then(|watched| watched.snoozed.take());
        if snoozed.is_some_and(|(_, until)| now < until) {
            self.mails.release(check, now);
        }
    }

    fn close_door_to_those_left_out(&mut self, now: Timestamp) {
        for watched in self.watched.values_mut().filter(|watched| !watched.is_declared) {
            watched.left.get_or_insert(now);
        }
    }

    fn ping(&mut self, check: Check, received: Timestamp, now: Timestamp) -> Result<(), Violation> {
        let may_come =
            |watched: &&mut Watched| watched.is_declared || watched.left.is_some_and(|left| received <= left);
        let Some(watched) = self.watched.get_mut(&check).filter(may_come) else {
            return broken("who is not in the config is not known", format!("{check:?} was answered 200"));
        };
        let alert = alert_about(check, watched, now);
        if watched.silence.ping(received) && watched.silence.declared.notify_recovery {
            self.mails.owe_recovery(alert, &watched.silence.declared.recipients);
        }
        Ok(())
    }

    /// A pass: whom it alerted has to be whom it had to alert.
    fn pass(&mut self, now: Timestamp, alerted: &[Check]) -> Result<(), Violation> {
        let trust = self.time.trust_at(now);
        self.time.compare(self.gaps.all(), now)?;
        for (check, watched) in self.watched.iter_mut().filter(|(_, watched)| watched.is_declared) {
            let verdict =
                if trust == Trust::Doubted { Verdict::Fine } else { watched.silence.judge(&self.gaps, now) };
            match (verdict, alerted.contains(check)) {
                (Verdict::Due(since), true) => {
                    let since = said_from(watched, &self.gaps, since.max(self.open.unwrap_or(since)), now);
                    if trust == Trust::Trusted && self.base_frequency + SLACK < self.gaps.listened(since, now)
                    {
                        return broken("an alert comes in time", format!("{check:?}, due since {since:?}"));
                    }
                    if watched.silence.down_since.is_none() {
                        watched.incident += 1;
                    }
                    let alert = alert_about(*check, watched, now);
                    watched.silence.alert(&self.gaps, now);
                    self.mails.owe_alert(alert, &watched.silence.declared.recipients);
                }
                (Verdict::Due(_), false) if trust == Trust::Unsure => {}
                (Verdict::Due(since), false) => {
                    return broken(
                        "a silence is told",
                        format!("{check:?}, due since {since:?}: {watched:?}"),
                    );
                }
                (Verdict::Fine | Verdict::Down, true) => {
                    let deadline = watched.silence.deadline(&self.gaps, now);
                    let told =
                        format!("{check:?}, {verdict:?} with its deadline at {deadline:?}: {watched:?}");
                    return broken("nobody is alerted without cause", told);
                }
                (Verdict::Down, false) if watched.silence.down_since.is_none() => {
                    if watched.silence.is_surely_late(&self.gaps, now) {
                        watched.silence.fall(&self.gaps, now);
                        watched.incident += 1;
                    }
                }
                (Verdict::Fine | Verdict::Down, false) => {}
            }
        }
        match alerted.iter().find(|check| !self.is_declared(**check)) {
            Some(check) => broken("who is not in the config is not known", format!("{check:?} was alerted")),
            None => Ok(()),
        }
    }

    fn is_declared(&self, check: Check) -> bool {
        self.watched.get(&check).is_some_and(|watched| watched.is_declared)
    }

    fn compare_checks(&self, seen: &[Seen], now: Timestamp) -> Result<(), Violation> {
        for Seen { check, last_ping, anchor, is_down, last_alert } in seen {
            let Some(Watched { silence, is_declared: true, .. }) = self.watched.get(check) else { continue };
            if *last_ping != silence.last_ping {
                let told = format!("{check:?}: {last_ping:?}, and {:?} was answered", silence.last_ping);
                return broken("no answered ping is lost", told);
            }
            if *anchor != silence.anchor {
                return broken(
                    "a check is waited for since its anchor",
                    format!("{check:?}: {anchor:?}, {silence:?}"),
                );
            }
            if *last_alert != silence.last_alert {
                return broken("an alert is remembered", format!("{check:?}: {last_alert:?}, {silence:?}"));
            }
            let may_be_late = silence.deadline(&self.gaps, now) < now;
            let is_wrong = if *is_down {
                silence.down_since.is_none() && !may_be_late
            } else {
                silence.down_since.is_some()
            };
            if is_wrong {
                return broken(
                    "an incident lasts from the silence to the ping",
                    format!("{check:?}: {silence:?}"),
                );
            }
        }
        match self
            .watched
            .iter()
            .find(|(check, watched)| watched.is_declared && !seen.iter().any(|seen| seen.check == **check))
        {
            Some((check, _)) => broken("who is in the config is known", format!("{check:?}")),
            None => Ok(()),
        }
    }

    /// Mails reach people from now on, and not the local inbox: who is silent is told at once.
    fn choose_smtp(&mut self, now: Timestamp) {
        self.mails.forget_all();
        for watched in self.watched.values_mut() {
            watched.touched = now;
            watched.silence.open_channel();
        }
    }

    fn forget_gaps(&mut self, now: Timestamp) {
        let bases =
            self.watched.values().filter(|watched| watched.is_declared).map(|watched| watched.silence.base());
        if let Some(first) = bases.min() {
            self.gaps.forget_before(first.min(now - HELD_AGAINST_THE_WORLD));
        }
    }
}

/// Returns from when on an alert that is due since `since` could be decided: what its owner changed counts from then,
/// and after a gap even a reminder has had its calm by then, "min(M, 1 h)".
fn said_from(watched: &Watched, gaps: &Gaps, since: Timestamp, now: Timestamp) -> Timestamp {
    let calm = watched.silence.declared.max_sleep.min(Span::from_hours(1));
    let since = since.max(watched.touched);
    gaps.last_end(now).map_or(since, |end| since.max(end + calm))
}

fn alert_about(check: Check, watched: &Watched, now: Timestamp) -> Alert {
    Alert {
        check,
        decided: now,
        silent_since: watched.silence.base(),
        last_ping: watched.silence.last_ping,
        incident: watched.incident,
        is_first: watched.silence.is_first(),
    }
}

fn standing(watched: &BTreeMap<Check, Watched>, check: Check) -> Standing {
    let watched = &watched[&check];
    let silence = &watched.silence;
    Standing {
        is_monitored: watched.is_declared && silence.declared.monitor,
        is_down: silence.down_since.is_some(),
        incident: watched.incident,
        email_frequency: silence.declared.email_frequency,
        refreshes: silence.declared.refresh_on_ping_restored,
        last_ping: silence.last_ping,
        withdrawn: watched.withdrawn,
        snoozed: watched.snoozed,
    }
}

//! The outbox: what is to be said, in the transaction that decides it.

use domain::check::{Alert, Check, Incident};
use domain::id::CheckId;
use domain::notification::{Kind, Meeting, alert_meets};
use domain::time::{Span, Timestamp};

use super::apply::Desk;
use super::digests::DIGEST_ALERTS_MAX;
use super::facts::{AlertFacts, Facts, RecoveryFacts, TestFacts};
use super::planted;
use super::sqlite::outbox::{self as rows, NewRow, OutboxRow};
use super::view::RowState;

pub(super) const INSTANT: Span = Span::from_micros(1);

/// A mail about a check that is to be queued.
pub(super) struct NewMail<'a> {
    pub(super) check: CheckId,
    pub(super) incident: u32,
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) recipient: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) due_at: Timestamp,
}

impl Desk<'_> {
    /// Queues an alert for every recipient of a check, or adds it to what waits for them.
    pub(super) fn say_alert(&mut self, check: CheckId, alert: Alert) -> rusqlite::Result<()> {
        let facts = self.alert_facts(check, alert.incident);
        let kind = if alert.is_first { Kind::FirstAlert } else { Kind::Reminder };
        let open = rows::open_of_check(self.connection, check)?;
        let mut is_number_used = false;
        for recipient in planted::told(&self.book.demand(check).recipients.clone()) {
            // The latest, if a lease that was voided left two.
            let waiting = open.iter().rev().find(|row| {
                row.state == RowState::Queued && row.kind.is_of_incident() && row.recipient == **recipient
            });
            is_number_used |= match (alert_meets(waiting.map(|row| row.kind)), waiting) {
                (Meeting::Join, Some(row)) => self.join(row.clone(), &facts, kind, alert.incident)?,
                (Meeting::Replace, Some(row)) => {
                    self.finish(row, RowState::Cancelled, "the check fell silent again")?;
                    self.queue((check, alert.incident), kind, recipient, &Facts::Alert(facts.clone()))?;
                    true
                }
                (Meeting::Queue | Meeting::Join | Meeting::Replace, _) => {
                    self.queue((check, alert.incident), kind, recipient, &Facts::Alert(facts.clone()))?;
                    true
                }
            };
        }
        if !is_number_used && planted::gives_number_back() {
            let mut counted = self.book.check(check);
            counted.uncount_alert();
            self.book.set_check(check, &counted);
        }
        Ok(())
    }

    /// Lets what waits say that the check is back, and tells those who were told of its silence, if they want it.
    pub(super) fn say_returned(
        &mut self,
        check: CheckId,
        before: &Check,
        incident: Incident,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let returned = self.book.timeline.wall(at);
        let mut hears_anyway = Vec::new();
        let open = rows::open_of_check(self.connection, check)?;
        for mut row in self.find_at_return(open)? {
            match (row.state, row.kind) {
                (RowState::Queued, Kind::FirstAlert) => {
                    set_returned(&mut row.facts, Some(returned));
                    rows::save_facts(self.connection, &row)?;
                    hears_anyway.push(row.recipient);
                }
                (RowState::Queued, Kind::Reminder) => {
                    self.finish(&row, RowState::Cancelled, "the check came back")?;
                }
                (RowState::Queued, Kind::Recovery | Kind::Notice | Kind::Unknown)
                | (
                    RowState::Leased
                    | RowState::Sent
                    | RowState::GivenUp
                    | RowState::Cancelled
                    | RowState::Joined,
                    _,
                ) => {}
            }
        }
        if !before.policy.notify_recovery {
            return Ok(());
        }
        let facts = Facts::Recovery(RecoveryFacts {
            check: self.book.name(check).to_owned(),
            returned,
            last_ping: before.last_ping.map(|ping| self.book.timeline.wall(ping)),
            late_since: self.book.timeline.wall(incident.deadline.at),
            alerts: incident.alerts,
            keyed: self.book.key(check).is_some(),
        });
        let told = rows::told_of(self.connection, check, incident.number)?;
        for recipient in planted::hear_of_return(told, &self.book.demand(check).recipients.clone()) {
            if !hears_anyway.contains(&recipient) {
                self.queue((check, incident), Kind::Recovery, &recipient, &facts)?;
            }
        }
        Ok(())
    }

    /// Cancels what waits to be said about a check; what is being sent is not tried again.
    pub(super) fn withdraw(&mut self, check: CheckId) -> rusqlite::Result<()> {
        if planted::withdraws_nothing() {
            return Ok(());
        }
        for row in rows::open_of_check(self.connection, check)? {
            if row.state == RowState::Queued && row.kind.is_of_incident() {
                self.finish(&row, RowState::Cancelled, "nobody is to hear of it any more")?;
            }
        }
        rows::withdraw_leased(self.connection, check)
    }

    /// Queues a mail that is about no check.
    pub(super) fn queue_test(&mut self, recipient: &str, nonce: &str) -> rusqlite::Result<()> {
        let dated = self.book.timeline.wall(self.now);
        let facts = Facts::Test(TestFacts { asked: dated });
        self.changes.is_mail_queued = true;
        rows::insert(
            self.connection,
            &NewRow {
                check: None,
                incident: 0,
                number: 0,
                kind: Kind::Notice,
                recipient,
                channel: self.identity.channel.word(),
                facts: &facts,
                message_key: &self.identity.message_key(&["test", recipient, nonce]),
                dated,
                decided_at: self.now,
                pass: self.now,
                digest: None,
                due_at: self.now,
            },
        )?;
        Ok(())
    }

    /// Gathers what was decided together, and not in an open pass, into digests.
    pub(super) fn gather(&mut self, pass: Timestamp) -> rusqlite::Result<()> {
        self.changes.is_mail_queued = true;
        rows::gather(self.connection, pass, self.identity.digest_over, DIGEST_ALERTS_MAX)
    }

    fn queue(
        &mut self,
        (check, incident): (CheckId, Incident),
        kind: Kind,
        recipient: &str,
        facts: &Facts,
    ) -> rusqlite::Result<()> {
        let Check { policy, anchor, .. } = self.book.check(check);
        let channel = self.identity.channel.word();
        let keeps_distance = match kind {
            Kind::Reminder => true,
            Kind::FirstAlert => !policy.refresh_on_ping,
            Kind::Recovery | Kind::Notice | Kind::Unknown => false,
        };
        let mut due_at = self.now;
        if keeps_distance
            && planted::keeps_distance()
            && let Some(accepted) = rows::last_alert_accepted_of(self.connection, check, recipient, channel)?
            // What was said before the check was switched on or put back is forgotten, like the alert it was about.
            && anchor <= accepted
        {
            due_at = due_at.max(accepted + policy.remind_every + INSTANT);
        }
        let number = if kind == Kind::Recovery { 0 } else { incident.alerts };
        let incident = incident.number;
        self.put_in_queue(&NewMail { check, incident, number, kind, recipient, facts, due_at })
    }

    /// Queues a mail about a check.
    pub(super) fn put_in_queue(&mut self, mail: &NewMail<'_>) -> rusqlite::Result<()> {
        let &NewMail { check, incident, number, kind, recipient, facts, due_at } = mail;
        let channel = self.identity.channel.word();
        let message_key = self.identity.message_key(&[
            &check.to_string(),
            &incident.to_string(),
            &number.to_string(),
            kind.word(),
            recipient,
            channel,
        ]);
        let dated = self.book.timeline.wall(self.now);
        let pass = self.identity.open_pass.unwrap_or(self.now);
        let digest = if kind.is_alert() { self.digest_of_next(recipient) } else { None };
        self.changes.is_mail_queued = true;
        let inserted = rows::insert(
            self.connection,
            &NewRow {
                check: Some(check),
                incident,
                number,
                kind,
                recipient,
                channel,
                facts,
                message_key: &message_key,
                dated,
                decided_at: self.now,
                pass,
                digest,
                due_at,
            },
        )?;
        match inserted {
            Some(id) if kind.is_alert() => self.count_in(recipient, id)?,
            Some(_) => {}
            None => {
                tracing::error!("a notification about check {check} has the key of another, and is left out");
            }
        }
        Ok(())
    }

    /// Adds an alert to one that waits; returns whether that took the alert's number, and not only its words.
    fn join(
        &mut self,
        mut row: OutboxRow,
        later: &AlertFacts,
        kind: Kind,
        incident: Incident,
    ) -> rusqlite::Result<bool> {
        let is_new_silence = row.incident != incident.number;
        if let Facts::Alert(facts) = &mut row.facts {
            facts.absorb(later, is_new_silence);
        }
        row.kind = row.kind.joined(kind);
        if is_new_silence {
            row.incident = incident.number;
            row.number = incident.alerts;
        }
        rows::save_facts(self.connection, &row)?;
        Ok(is_new_silence)
    }

    pub(super) fn finish(&mut self, row: &OutboxRow, state: RowState, answer: &str) -> rusqlite::Result<()> {
        self.changes.is_visible = true;
        rows::finish(self.connection, row, state, self.now, answer)
    }

    fn alert_facts(&self, check: CheckId, incident: Incident) -> AlertFacts {
        let Check { last_ping, anchor, .. } = self.book.check(check);
        let wall = |at| self.book.timeline.wall(at);
        AlertFacts {
            check: self.book.name(check).to_owned(),
            last_ping: last_ping.map(wall),
            added: wall(anchor),
            max_sleep: self.book.demand(check).max_sleep.to_string(),
            late_since: wall(incident.deadline.at),
            decided: wall(self.now),
            number: incident.alerts,
            blind_seconds: incident.deadline.extended.as_seconds_f64(),
            allowance_spent: incident.deadline.is_allowance_spent,
            further_silences: 0,
            further_reminders: 0,
            returned: None,
            keyed: self.book.key(check).is_some(),
        }
    }
}

/// Returns the word for a kind of notification.
pub(super) fn set_returned(facts: &mut Facts, returned: Option<jiff::Timestamp>) {
    match facts {
        Facts::Alert(facts) => facts.returned = returned,
        Facts::WentDown(facts) => facts.returned = returned,
        Facts::Recovery(_)
        | Facts::CameBack(_)
        | Facts::RecipientRefused(_)
        | Facts::Test(_)
        | Facts::Unreadable(_) => {}
    }
}

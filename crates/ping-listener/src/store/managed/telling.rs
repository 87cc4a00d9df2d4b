//! Telling: what is to be said about managed checks, in the transaction that decides it.

use domain::id::CheckId;
use domain::managed::{Due, Incident, Plan, State};
use domain::notification::{Kind, Meeting, alert_meets};
use domain::time::Timestamp;

use super::shelf::Slot;
use crate::store::apply::Desk;
use crate::store::facts::{CameBackFacts, Facts, WentDownFacts};
use crate::store::outbox::{NewMail, set_returned};
use crate::store::sqlite::flips::reason_word;
use crate::store::sqlite::outbox::{self as rows, OutboxRow, RowState};

impl Desk<'_> {
    /// Queues the word that a check went down for everybody, or adds it to what waits for them.
    pub(super) fn say_down(&mut self, check: CheckId, incident: Incident) -> rusqlite::Result<()> {
        let Some(facts) = self.told_slot(check).map(|slot| self.down_facts(check, slot, incident)) else {
            return Ok(());
        };
        let open = rows::open_of_check(self.connection, check)?;
        for recipient in &*self.identity.recipients.clone() {
            // The latest, if a lease that was voided left two.
            let waiting = open.iter().rev().find(|row| {
                row.state == RowState::Queued && row.kind.is_of_incident() && row.recipient == **recipient
            });
            match (alert_meets(waiting.map(|row| row.kind)), waiting) {
                (Meeting::Join, Some(row)) => {
                    self.join_down(row.clone(), &facts, incident)?;
                    continue;
                }
                (Meeting::Replace, Some(row)) => {
                    self.finish(row, RowState::Cancelled, "the check went down again")?;
                }
                (Meeting::Queue | Meeting::Join | Meeting::Replace, _) => {}
            }
            let facts = Facts::WentDown(facts.clone());
            self.queue_managed(check, incident, Kind::FirstAlert, recipient, &facts)?;
        }
        Ok(())
    }

    /// Lets what waits say that the check is back, and tells those who were told that it was down.
    pub(super) fn say_up(
        &mut self,
        check: CheckId,
        ended: Incident,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let returned = self.book.timeline.wall(at);
        let mut hears_anyway = Vec::new();
        for mut row in rows::open_of_check(self.connection, check)? {
            if row.state == RowState::Queued && row.kind == Kind::FirstAlert {
                set_returned(&mut row.facts, Some(returned));
                rows::save_facts(self.connection, &row)?;
                hears_anyway.push(row.recipient);
            }
        }
        let Some(slot) = self.told_slot(check) else { return Ok(()) };
        let facts = Facts::CameBack(CameBackFacts {
            check: slot.shown_name(),
            uuid: slot.uuid.to_string(),
            check_id: check.number(),
            reason: reason_word(ended.reason).to_owned(),
            since: self.book.timeline.wall(ended.since),
            returned,
            schedule: schedule_in_words(&slot.check.plan),
            tags: slot.settings.tags.clone(),
            pings: slot.check.pings,
            last_ping: None,
        });
        for recipient in rows::told_of(self.connection, check, ended.number)? {
            if !hears_anyway.contains(&recipient) {
                self.queue_managed(check, ended, Kind::Recovery, &recipient, &facts)?;
            }
        }
        Ok(())
    }

    /// Says of every check that is down what was only said on this machine.
    pub(in crate::store) fn say_all_down(&mut self) -> rusqlite::Result<()> {
        let incident = |slot: &Slot| match slot.check.state {
            State::Down(incident) => Some(incident),
            State::New | State::Up | State::Paused => None,
        };
        let down: Vec<_> =
            self.book.shelf.all().filter_map(|(check, slot)| Some((check, incident(slot)?))).collect();
        for (check, incident) in down {
            self.say_down(check, incident)?;
        }
        Ok(())
    }

    /// Returns a check of which mails go out.
    fn told_slot(&self, check: CheckId) -> Option<&Slot> {
        self.book.shelf.get(check).filter(|slot| slot.settings.is_told)
    }

    fn join_down(
        &mut self,
        mut row: OutboxRow,
        later: &WentDownFacts,
        incident: Incident,
    ) -> rusqlite::Result<()> {
        if let Facts::WentDown(facts) = &mut row.facts {
            facts.absorb(later);
        }
        (row.incident, row.number) = (incident.number, 1);
        rows::save_facts(self.connection, &row)
    }

    fn queue_managed(
        &mut self,
        check: CheckId,
        incident: Incident,
        kind: Kind,
        recipient: &str,
        facts: &Facts,
    ) -> rusqlite::Result<()> {
        let number = if kind == Kind::Recovery { 0 } else { 1 };
        let incident = incident.number;
        self.put_in_queue(&NewMail { check, incident, number, kind, recipient, facts, due_at: self.now })
    }

    fn down_facts(&self, check: CheckId, slot: &Slot, incident: Incident) -> WentDownFacts {
        WentDownFacts {
            check: slot.shown_name(),
            uuid: slot.uuid.to_string(),
            check_id: check.number(),
            reason: reason_word(incident.reason).to_owned(),
            since: self.book.timeline.wall(incident.since),
            decided: self.book.timeline.wall(self.now),
            schedule: schedule_in_words(&slot.check.plan),
            tags: slot.settings.tags.clone(),
            blind_seconds: incident.extended.as_seconds_f64(),
            allowance_spent: incident.is_allowance_spent,
            further_downs: 0,
            latest_since: None,
            returned: None,
            pings: slot.check.pings,
            last_success_or_failure: slot.check.last_ping.map(|at| self.book.timeline.wall(at)),
            last_ping: None,
        }
    }
}

/// Returns when a check is to ping, as a mail says it.
fn schedule_in_words(plan: &Plan) -> String {
    let due = match &plan.due {
        Due::Every(period) => format!("every {period}"),
        Due::Calendar(calendar) => {
            format!("{} ({} time)", calendar.expression.in_words(), calendar.zone_name)
        }
    };
    format!("{due}, with {} of grace", plan.grace)
}

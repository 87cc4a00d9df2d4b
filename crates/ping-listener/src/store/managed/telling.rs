//! Telling: what is to be said about managed checks, in the transaction that decides it.

use domain::id::CheckId;
use domain::managed::{Due, Incident, Plan, State};
use domain::notification::{Kind, Meeting, alert_meets};
use domain::time::Timestamp;

use super::planted;
use super::shelf::Slot;
use crate::store::apply::Desk;
use crate::store::facts::{CameBackFacts, Facts, WentDownFacts};
use crate::store::outbox::{NewMail, set_returned};
use crate::store::sqlite::flips::reason_word;
use crate::store::sqlite::outbox::{self as rows, OutboxRow};
use crate::store::sqlite::settings;
use crate::store::view::RowState;

/// Signs of a description that a mail repeats: more is a manual, and each recipient's row holds it.
const DESC_CHARS_MAX: usize = 2_000;

/// The setting that says that mails go out now, and that nobody was told what is down.
pub(in crate::store) const SAYS_ALL_DOWN: &str = "says all down";

impl Desk<'_> {
    /// Queues the word that a check went down for everybody, or adds it to what waits for them.
    pub(super) fn say_down(&mut self, check: CheckId, incident: Incident) -> rusqlite::Result<()> {
        let Some(facts) = self.told_slot(check).map(|slot| self.down_facts(check, slot, incident)) else {
            return Ok(());
        };
        let open = rows::open_of_check(self.connection, check)?;
        for recipient in planted::who_hears(&self.identity.recipients.clone()) {
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
            self.put_in_queue(&NewMail {
                check,
                incident: incident.number,
                number: 1,
                kind: Kind::FirstAlert,
                recipient,
                facts: &facts,
                due_at: self.now,
            })?;
        }
        Ok(())
    }

    /// Lets what waits say that the check is back, and tells those who were told that it was down.
    pub(super) fn say_up(&mut self, check: CheckId, ended: Incident, at: Timestamp) -> rusqlite::Result<()> {
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
                self.put_in_queue(&NewMail {
                    check,
                    incident: ended.number,
                    number: 0,
                    kind: Kind::Recovery,
                    recipient: &recipient,
                    facts: &facts,
                    due_at: self.now,
                })?;
            }
        }
        Ok(())
    }

    /// Says of every check that is down what was only said on this machine, if that is still to be done and somebody
    /// is known to hear it.
    pub(in crate::store) fn say_all_down(&mut self) -> rusqlite::Result<()> {
        if self.identity.recipients.is_empty() || settings::find(self.connection, SAYS_ALL_DOWN)?.is_none() {
            return Ok(());
        }
        settings::delete(self.connection, SAYS_ALL_DOWN)?;
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
            planted::absorb(facts, later);
        }
        (row.incident, row.number) = (incident.number, 1);
        rows::save_facts(self.connection, &row)
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
            desc: slot.settings.desc.chars().take(DESC_CHARS_MAX).collect(),
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
    let runs = plan.max_runtime.map(|limit| format!(", and at most {limit} a run")).unwrap_or_default();
    format!("{due}, with {} of grace{runs}", plan.grace)
}

#[cfg(test)]
mod tests {
    use domain::ping::Signal;
    use domain::retry::Refusal;
    use domain::time::Span;

    use super::*;
    use crate::store::changes::Author;
    use crate::store::identity::ChannelKind;
    use crate::store::managed::settings::Edit;
    use crate::store::stage::{POLICY, Stage};

    const RECIPIENTS: [&str; 2] = ["a@example.org", "b@example.org"];

    const SILENT: Span = Span::from_seconds(121);

    /// Opens a store for one recipient, with a managed check that is up.
    async fn stage_up() -> (Stage, CheckId) {
        let stage = Stage::open(&[], &RECIPIENTS[..1]).await;
        let check = stage.make("job").await.id;
        stage.signal(check, Signal::Success).await.unwrap();
        (stage, check)
    }

    async fn down_of(stage: &Stage) -> WentDownFacts {
        let facts = stage.lease().await.unwrap().facts.remove(0);
        let Facts::WentDown(facts) = facts else { panic!("{facts:?}") };
        facts
    }

    #[tokio::test]
    async fn everybody_hears_of_every_way_down_and_of_the_way_up_from_there_and_of_nothing_else() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let check = stage.make("job").await.id;
        stage.signal(check, Signal::Success).await.unwrap();
        assert_eq!(stage.rows().await, [], "it was new");
        stage.signal(check, Signal::Fail).await.unwrap();
        assert_eq!(stage.rows().await, [("alert", "queued"); 2]);
        for _ in 0..2 {
            let mail = stage.lease().await.unwrap();
            stage.accept(&mail).await;
        }
        stage.signal(check, Signal::Success).await.unwrap();
        let mail = stage.lease().await.unwrap();
        assert!(matches!(&mail.facts[..], [Facts::CameBack(facts)] if facts.reason == "fail"), "{mail:?}");
        stage.accept(&mail).await;
        assert_eq!(stage.rows().await.len(), 4);
        stage.store().pause(check, Author::Person).await.unwrap();
        stage.signal(check, Signal::Success).await.unwrap();
        assert_eq!(stage.rows().await.len(), 4, "it was paused");
    }

    #[tokio::test]
    async fn silence_is_told_with_the_instant_of_the_deadline_however_late_it_is_seen() {
        let (stage, check) = stage_up().await;
        let pinged = stage.seen(check).await.last_ping.unwrap();
        stage.silence(Span::from_seconds(500)).await;
        let facts = down_of(&stage).await;
        assert_eq!((facts.reason.as_str(), facts.check.as_str()), ("silence", "job"));
        assert_eq!(facts.since, pinged + jiff::SignedDuration::from_secs(120));
        assert_eq!(facts.schedule, "every 1 min, with 1 min of grace");
        let flips = stage.store().flips_of(check, None, None).await.unwrap();
        assert_eq!((flips[0].at, flips[0].reason), (facts.since, "silence"));
        stage.silence(Span::from_hours(48)).await;
        assert_eq!(stage.rows().await, [("alert", "leased")], "nobody is reminded");
    }

    #[tokio::test]
    async fn what_happens_while_a_mail_waits_is_said_by_that_mail() {
        let (stage, check) = stage_up().await;
        stage.silence(SILENT).await;
        stage.signal(check, Signal::Success).await.unwrap();
        assert_eq!(stage.rows().await, [("alert", "queued")]);
        stage.signal(check, Signal::Fail).await.unwrap();
        stage.signal(check, Signal::Success).await.unwrap();
        assert_eq!(stage.rows().await, [("alert", "queued")]);
        let facts = down_of(&stage).await;
        assert_eq!(
            (facts.further_downs, facts.returned.is_some(), facts.reason.as_str()),
            (1, true, "silence")
        );
        assert!(Some(facts.since) < facts.latest_since);
    }

    #[tokio::test]
    async fn a_recovery_that_waits_gives_way_to_the_next_way_down() {
        let (stage, check) = stage_up().await;
        stage.signal(check, Signal::Fail).await.unwrap();
        let mail = stage.lease().await.unwrap();
        stage.accept(&mail).await;
        stage.signal(check, Signal::Success).await.unwrap();
        stage.signal(check, Signal::Fail).await.unwrap();
        let rows = [("alert", "sent"), ("recovery", "cancelled"), ("alert", "queued")];
        assert_eq!(stage.rows().await, rows);
    }

    #[tokio::test]
    async fn an_alert_that_failed_while_its_check_came_back_says_so_itself() {
        let (stage, check) = stage_up().await;
        stage.signal(check, Signal::Fail).await.unwrap();
        let mail = stage.lease().await.unwrap();
        stage.signal(check, Signal::Success).await.unwrap();
        stage.refuse(&mail, Refusal::Soft).await;
        assert_eq!(stage.rows().await, [("alert", "queued"), ("recovery", "cancelled")]);
        stage.advance(Span::from_hours(1));
        assert!(down_of(&stage).await.returned.is_some());
    }

    #[tokio::test]
    async fn a_pause_or_a_deletion_takes_back_what_waits() {
        for deletes in [false, true] {
            let (stage, check) = stage_up().await;
            stage.silence(SILENT).await;
            if deletes {
                stage.store().delete(check).await.unwrap();
            } else {
                stage.store().pause(check, Author::Person).await.unwrap();
            }
            assert_eq!(stage.rows().await, [("alert", "cancelled")]);
            let (stage, check) = stage_up().await;
            stage.silence(SILENT).await;
            let mail = stage.lease().await.unwrap();
            if deletes {
                stage.store().delete(check).await.unwrap();
            } else {
                stage.store().pause(check, Author::Person).await.unwrap();
            }
            stage.refuse(&mail, Refusal::Soft).await;
            assert_eq!(stage.rows().await, [("alert", "cancelled")], "it is not tried again");
        }
    }

    #[tokio::test]
    async fn nobody_hears_of_a_check_whose_mails_are_switched_off() {
        let (stage, check) = stage_up().await;
        let quiet = Edit { is_told: Some(false), ..Edit::default() };
        stage.store().edit(check, quiet, Author::Person).await.unwrap();
        stage.silence(SILENT).await;
        assert!(stage.seen(check).await.down.is_some());
        assert_eq!(stage.rows().await, []);
    }

    #[tokio::test]
    async fn of_a_recipient_who_is_refused_the_others_hear() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let check = stage.make("job").await.id;
        stage.signal(check, Signal::Fail).await.unwrap();
        let mut mails = stage.store().lease(2).await.unwrap();
        let other = mails.pop().unwrap();
        stage.accept(&other).await;
        let mail = mails.pop().unwrap();
        stage.refuse(&mail, Refusal::Unsendable).await;
        let notice = stage.lease().await.unwrap();
        assert_eq!(notice.recipient, other.recipient);
        assert_eq!(notice.facts[0].check(), Some("job"));
    }

    #[tokio::test]
    async fn a_crash_after_the_decision_loses_no_mail() {
        let (stage, check) = stage_up().await;
        stage.silence(SILENT).await;
        let stage = stage.restart(&[], &RECIPIENTS[..1]).await;
        assert_eq!(stage.rows().await, [("alert", "queued")]);
        assert_eq!(down_of(&stage).await.check_id, check.number());
        stage.silence(SILENT).await;
        assert_eq!(stage.rows().await, [("alert", "leased")], "it is told once");
    }

    #[tokio::test]
    async fn what_was_only_said_on_this_machine_is_mailed_once_mails_go_out() {
        let (mut stage, check) = stage_up().await;
        stage.store().choose_channel(ChannelKind::Inbox).await.unwrap();
        stage.silence(SILENT).await;
        let mail = stage.lease().await.unwrap();
        stage.accept(&mail).await;
        for _ in 0..2 {
            stage.crash().await;
            stage.store().choose_channel(ChannelKind::Email).await.unwrap();
            assert_eq!(stage.rows().await, [("alert", "sent")], "nobody is known to hear it");
        }
        for _ in 0..2 {
            stage.start(&[], &RECIPIENTS[..1], POLICY).await;
            assert_eq!(stage.rows().await, [("alert", "sent"), ("alert", "queued")]);
            assert_eq!(stage.seen(check).await.pings, 1);
        }
    }

    #[tokio::test]
    async fn many_that_fall_silent_together_are_one_mail() {
        let stage = Stage::open(&[], &RECIPIENTS[..1]).await;
        for number in 0..30 {
            let check = stage.make(&format!("job{number}")).await.id;
            stage.signal(check, Signal::Success).await.unwrap();
        }
        stage.silence(SILENT).await;
        assert_eq!(stage.lease().await.unwrap().facts.len(), 30);
        assert!(stage.lease().await.is_none());
    }
}

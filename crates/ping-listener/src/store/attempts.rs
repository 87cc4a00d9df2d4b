//! Attempts: who may try a mail, and what becomes of it after the mail server's answer.

use std::sync::Arc;

use domain::id::CheckId;
use domain::notification::Kind;
use domain::retry::{self, Next, Refusal, Tries};
use domain::time::{Span, Timestamp};
use faults::points::{self, Point};

use super::apply::Desk;
use super::facts::{Facts, RecipientRefusedFacts};
use super::identity::ChannelKind;
use super::outbox::{INSTANT, set_returned};
use super::planted;
use super::sqlite::outbox::{self as rows, NewRow, OutboxRow};
use super::sqlite::{flips, inbox, leases, refused, settings};
use super::view::InboxMail;
use super::view::RowState;

/// How long a lease holds: more than the longest a mail may take with all its phases (12 minutes).
const LEASE: Span = Span::from_minutes(20);

/// A conversation that has been busy with one mail for so long hangs: others are not to wait for it.
pub const HANGS_AFTER: Span = Span::from_seconds(10);

/// Mails kept in the local inbox.
const INBOX_MAILS_MAX: i64 = 1_000;

/// The setting that says that a mail of this data folder went out by a mail server.
pub(super) const SENT_BY_EMAIL: &str = "sent_by_email";

/// A mail that may be tried until its lease ends.
#[derive(Clone, Debug)]
pub struct LeasedMail {
    /// Proves the right to settle it.
    pub token: i64,
    /// For whom it is.
    pub recipient: String,
    /// The part of its Message-ID before the @.
    pub message_key: String,
    /// Its Date.
    pub dated: jiff::Timestamp,
    /// What it says: more than one only in a digest.
    pub facts: Vec<Facts>,
    /// It was refused before, so it is put as simply as can be.
    pub is_minimal: bool,
}

/// What a sender gets when it asks for mails.
#[derive(Debug, Default)]
pub(super) struct Leased {
    /// The mails.
    pub(super) mails: Vec<LeasedMail>,
    /// How many mails of an unknown kind were given up, or `None` if none was now.
    pub(super) unknown: Option<u64>,
}

/// What came of trying a mail.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The mail server accepted it, with these words.
    Accepted(String),
    /// It stays in the local inbox.
    Kept(Box<InboxMail>),
    /// It was not accepted, for this reason and in these words.
    Refused(Refusal, String),
}

impl Desk<'_> {
    /// Leases up to `most` mails that are due, oldest first. `draw` draws tokens.
    pub(super) fn lease(&mut self, most: usize, draw: &dyn Fn() -> i64) -> rusqlite::Result<Leased> {
        self.void_leases(self.now)?;
        // What an open pass decides is gathered at its end, and what is older can wait for so long.
        if self.identity.open_pass.is_some() {
            return Ok(Leased::default());
        }
        let unknown = self.give_unknown_up(most)?;
        let mut mails: Vec<LeasedMail> = Vec::new();
        let mut seen_digests = Vec::new();
        for row in self.due(most)? {
            let (members, message_key) = match row.digest {
                None => (vec![row.clone()], row.message_key.clone()),
                Some(digest) if seen_digests.contains(&digest) => continue,
                Some(digest) => {
                    seen_digests.push(digest);
                    let (digest, members) = self.part_of_digest(digest)?;
                    (members, self.identity.message_key(&["digest", &digest.to_string()]))
                }
            };
            let members = planted::listed(members);
            let token = draw();
            let message_key = planted::message_key(message_key, token);
            for member in &members {
                leases::lease(self.connection, member.id, token, self.now + LEASE)?;
                points::reach(Point::LeaseWritten);
            }
            mails.push(LeasedMail {
                token,
                recipient: row.recipient,
                message_key,
                dated: row.dated,
                is_minimal: members.iter().any(|member| 0 < member.refusals),
                facts: members.into_iter().map(|member| member.facts).collect(),
            });
        }
        Ok(Leased { mails, unknown })
    }

    fn due(&self, most: usize) -> rusqlite::Result<Vec<OutboxRow>> {
        leases::due(self.connection, self.hangs_until(), self.now, most)
    }

    /// Returns when a lease ends at the latest whose mail hangs by now.
    fn hangs_until(&self) -> Timestamp {
        self.now - HANGS_AFTER + LEASE
    }

    /// Gives up what stands first in the queue and nobody here knows how to say; returns how many were given up so in
    /// all, or `None` if there is no more of it than before.
    fn give_unknown_up(&mut self, most: usize) -> rusqlite::Result<Option<u64>> {
        let mut is_any = false;
        loop {
            let mut unknown = self.due(most)?;
            unknown.retain(|row| row.kind == Kind::Unknown);
            if unknown.is_empty() {
                return is_any.then(|| rows::count_unknown(self.connection)).transpose();
            }
            is_any = true;
            for row in unknown {
                let answer = format!(
                    "this version does not know mails of the kind {:?}",
                    rows::kind_as_written(self.connection, row.id)?
                );
                tracing::error!(row = row.id, "a mail is given up: {answer}");
                self.finish(&row, RowState::GivenUp, &answer)?;
            }
        }
    }

    /// Returns what of a digest may be sent now, and its number. What may not is a digest of its own from here on: two
    /// mails that say different things must not have the same Message-ID, or one of them is taken for the other.
    fn part_of_digest(&mut self, digest: i64) -> rusqlite::Result<(i64, Vec<OutboxRow>)> {
        let queued = leases::queued_of_digest(self.connection, self.hangs_until(), digest, self.now)?;
        let (now, later): (Vec<_>, Vec<_>) =
            queued.into_iter().partition(|(row, may_be_sent)| *may_be_sent && row.kind != Kind::Unknown);
        let members: Vec<OutboxRow> = now.into_iter().map(|(row, _)| row).collect();
        let held: Vec<OutboxRow> = later.into_iter().map(|(row, _)| row).collect();
        if held.is_empty() {
            return Ok((digest, members));
        }
        let mut number = digest;
        for part in [&held, &members] {
            number = part.first().map_or(digest, |first| first.id);
            for row in part {
                rows::save_digest(self.connection, row.id, number)?;
            }
        }
        Ok((number, members))
    }

    /// Returns when there is something to do for a sender, or `None` if nothing waits.
    pub(super) fn next_mail(&self) -> rusqlite::Result<Option<Timestamp>> {
        // The end of an open pass rings.
        if self.identity.open_pass.is_some() {
            return Ok(None);
        }
        leases::next_to_do(self.connection, self.hangs_until())
    }

    /// Puts what was leased until `until` back into the queue, if it has still something to say: nobody knows whether
    /// it went out.
    pub(super) fn void_leases(&mut self, until: Timestamp) -> rusqlite::Result<()> {
        for mut row in leases::expired(self.connection, until)? {
            if self.is_pointless(&mut row)? || planted::forgets_row() {
                self.finish(
                    &row,
                    RowState::Cancelled,
                    "nobody knows whether it went out, and it is not true any more",
                )?;
            } else if !self
                .stand_back(&row, "nobody knows whether it went out, and a later one says it too")?
            {
                leases::void_lease(self.connection, row.id)?;
            }
        }
        Ok(())
    }

    /// Writes what came of trying a mail, if its lease still holds; returns whether it did. `jitter` is drawn from
    /// `0.0..1.0`.
    pub(super) fn settle(&mut self, token: i64, outcome: &Outcome, jitter: f64) -> rusqlite::Result<bool> {
        let outcome = &*planted::written(outcome);
        let members = self.held_by(token)?;
        self.changes.is_visible = true;
        if let Outcome::Kept(mail) = outcome
            && !members.is_empty()
        {
            inbox::insert(self.connection, self.book.timeline.wall(self.now), mail, INBOX_MAILS_MAX)?;
        }
        for row in &members {
            match outcome {
                Outcome::Accepted(answer) => self.accept(row, answer)?,
                Outcome::Kept(_) => self.accept(row, "kept in the local inbox")?,
                Outcome::Refused(refusal, answer) => self.refuse(row, *refusal, answer, jitter)?,
            }
        }
        points::reach(Point::SettleWritten);
        if 1 < members.len() {
            // A refused digest is as many refused alerts, and the other recipients hear of them in one mail too.
            self.gather(self.now)?;
        }
        Ok(!members.is_empty())
    }

    /// Puts a mail that was given up back into the queue, with all its tries before it; returns whether there was one.
    pub(super) fn send_again(&mut self, id: i64) -> rusqlite::Result<bool> {
        let row = rows::find(self.connection, id)?.filter(|row| row.state == RowState::GivenUp);
        let Some(mut row) = row else { return Ok(false) };
        row.attempts = 0;
        row.refusals = 0;
        rows::queue_again(self.connection, &row, self.now, "to be sent again")?;
        self.changes.is_mail_queued = true;
        self.changes.is_visible = true;
        Ok(true)
    }

    fn accept(&mut self, row: &OutboxRow, answer: &str) -> rusqlite::Result<()> {
        let row = OutboxRow { attempts: row.attempts + 1, ..row.clone() };
        self.finish(&row, RowState::Sent, answer)?;
        refused::unmark(self.connection, &row.recipient)?;
        if self.identity.channel == ChannelKind::Email {
            settings::save(self.connection, SENT_BY_EMAIL, "yes")?;
        }
        let (Some(check), true) = (row.check, row.kind.is_alert()) else { return Ok(()) };
        // Each word about a managed check is news.
        if check.is_managed() {
            return Ok(());
        }
        self.distort_acceptance(check);
        if !planted::keeps_distance() {
            return Ok(());
        }
        let policy = self.book.demand(check).policy;
        let earliest = self.now + policy.remind_every + INSTANT;
        rows::hold(self.connection, check, &row.recipient, Kind::Reminder, earliest)?;
        if !policy.refresh_on_ping {
            rows::hold(self.connection, check, &row.recipient, Kind::FirstAlert, earliest)?;
        }
        Ok(())
    }

    fn refuse(
        &mut self,
        row: &OutboxRow,
        refusal: Refusal,
        answer: &str,
        jitter: f64,
    ) -> rusqlite::Result<()> {
        let mut row = row.clone();
        self.distort_refusal(&row, refusal)?;
        let is_charged = refusal != Refusal::ServerSoft && refusal != Refusal::ServerConfig;
        if is_charged || planted::charges_mails() {
            row.attempts += 1;
        }
        if refusal == Refusal::Hard {
            row.refusals += 1;
        }
        if self.is_pointless(&mut row)? {
            return self.finish(&row, RowState::Cancelled, answer);
        }
        // A snooze is no time in which it was tried.
        let tried_since = row.released_at.map_or(row.decided_at, |at| at.min(self.now).max(row.decided_at));
        let age = self.book.gaps.listened(tried_since, self.now);
        let tries = Tries { counted: row.attempts, refused: row.refusals, age };
        let next = retry::after(refusal, row.kind.patience(), tries, jitter);
        if next != Next::GiveUp && self.stand_back(&row, answer)? {
            return Ok(());
        }
        match next {
            Next::AwaitServer => rows::queue_again(self.connection, &row, self.now, answer),
            Next::Again(distance) => rows::queue_again(self.connection, &row, self.now + distance, answer),
            Next::GiveUp => self.give_up(&row, refusal, answer),
        }
    }

    /// Tells whether a mail that failed has nothing left to say; where it has, its facts are brought up to date.
    fn is_pointless(&mut self, row: &mut OutboxRow) -> rusqlite::Result<bool> {
        let Some(check) = row.check else { return Ok(false) };
        if row.is_withdrawn {
            return Ok(true);
        }
        if row.kind == Kind::Recovery {
            // A later alert that waits says that the check is silent again.
            return Ok(self.queued_behind(row)?.iter().any(|later| later.kind.is_alert()));
        }
        if !row.kind.is_alert() {
            return Ok(false);
        }
        if self.book.is_still_down(check, row.incident) {
            return Ok(false);
        }
        let Some(returned) = flips::last_return_after(self.connection, check, row.decided_at)? else {
            return Ok(false);
        };
        if row.kind == Kind::Reminder {
            return Ok(true);
        }
        set_returned(&mut row.facts, Some(returned));
        rows::save_facts(self.connection, row)?;
        // The first alert now says itself that the check is back.
        for behind in self.queued_behind(row)? {
            if behind.kind == Kind::Recovery {
                self.finish(&behind, RowState::Cancelled, "said by the alert that waits")?;
            }
        }
        Ok(false)
    }

    /// Lets a later alert that waits take the place of one that failed; returns whether there was one.
    fn stand_back(&mut self, row: &OutboxRow, answer: &str) -> rusqlite::Result<bool> {
        if !row.kind.is_alert() {
            return Ok(false);
        }
        let Some(mut later) = self.queued_behind(row)?.into_iter().find(|later| later.kind.is_alert()) else {
            return Ok(false);
        };
        // Two that were being sent at once may fail in either order.
        let is_in_order = row.id < later.id;
        match (&row.facts, &mut later.facts) {
            (Facts::Alert(failed), Facts::Alert(facts)) => {
                let (mut both, second) =
                    if is_in_order { (failed.clone(), &*facts) } else { (facts.clone(), failed) };
                both.absorb(second, later.incident != row.incident);
                *facts = both;
            }
            (Facts::WentDown(failed), Facts::WentDown(facts)) => {
                let (mut both, second) =
                    if is_in_order { (failed.clone(), &*facts) } else { (facts.clone(), failed) };
                both.absorb(second);
                *facts = both;
            }
            _ => {}
        }
        later.kind = row.kind.joined(later.kind);
        rows::save_facts(self.connection, &later)?;
        self.finish(row, RowState::Joined, answer)?;
        Ok(true)
    }

    fn queued_behind(&self, row: &OutboxRow) -> rusqlite::Result<Vec<OutboxRow>> {
        let Some(check) = row.check else { return Ok(Vec::new()) };
        let mut open = rows::open_of_check(self.connection, check)?;
        open.retain(|other| {
            other.state == RowState::Queued
                && other.id != row.id
                && other.recipient == row.recipient
                && other.kind.is_of_incident()
        });
        Ok(open)
    }

    /// Stops trying a mail. Of a first alert that was refused, the check's other recipients hear.
    fn give_up(&mut self, row: &OutboxRow, refusal: Refusal, answer: &str) -> rusqlite::Result<()> {
        self.finish(row, RowState::GivenUp, answer)?;
        let is_about_recipient = refusal == Refusal::Hard || refusal == Refusal::Unsendable;
        if !is_about_recipient {
            return Ok(());
        }
        refused::mark(self.connection, &row.recipient, self.now, answer)?;
        let (Some(check), Kind::FirstAlert, State::InUse) = (row.check, row.kind, self.state_of(row)) else {
            return Ok(());
        };
        let facts = Facts::RecipientRefused(RecipientRefusedFacts {
            check: self.book.shown_name(check),
            recipient: row.recipient.clone(),
            answer: answer.to_owned(),
            refused: self.book.timeline.wall(self.now),
        });
        for other in &*self.recipients_of(check) {
            if **other != row.recipient {
                self.queue_notice(check, row, other, &facts)?;
            }
        }
        Ok(())
    }

    fn recipients_of(&self, check: CheckId) -> Arc<[Box<str>]> {
        let recipients =
            if check.is_managed() { &self.identity.recipients } else { &self.book.demand(check).recipients };
        recipients.clone()
    }

    fn state_of(&self, row: &OutboxRow) -> State {
        match row.check {
            Some(check) if self.book.is_in_use(check) => State::InUse,
            Some(_) | None => State::Gone,
        }
    }

    fn queue_notice(
        &mut self,
        check: CheckId,
        about: &OutboxRow,
        recipient: &str,
        facts: &Facts,
    ) -> rusqlite::Result<()> {
        let key = ["refused", &about.id.to_string(), recipient];
        self.changes.is_mail_queued = true;
        rows::insert(
            self.connection,
            &NewRow {
                check: Some(check),
                incident: about.incident,
                // The row that it is about, so that two refused recipients of one incident are two notices.
                number: u32::try_from(about.id % i64::from(u32::MAX)).unwrap_or(0),
                kind: Kind::Notice,
                recipient,
                channel: self.identity.channel.word(),
                facts,
                message_key: &self.identity.message_key(&key),
                dated: self.book.timeline.wall(self.now),
                decided_at: self.now,
                pass: self.now,
                digest: None,
                due_at: self.now,
            },
        )?;
        Ok(())
    }
}

enum State {
    InUse,
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::declare::{Declaration, Trust};
    use crate::store::stage::{POLICY, Stage, declaration};
    use domain::check::Policy;

    const LATE: Span = Span::from_seconds(11);
    const REMINDED: Span = Span::from_seconds(61);
    const TRIED_LATER: Span = Span::from_hours(2);

    #[tokio::test]
    async fn a_mail_that_is_refused_again_after_it_was_sent_again_harms_nobody() {
        let stage = Stage::open(&["test"], &["a@example.org", "b@example.org"]).await;
        stage.silence(LATE).await;
        let to_a = stage.lease().await.unwrap();
        let to_b = stage.lease().await.unwrap();
        stage.accept(&to_b).await;
        stage.refuse(&to_a, Refusal::Hard).await;
        stage.oversleep(TRIED_LATER);
        let given_up = ("alert", "given up");
        refuse(&stage, 2).await;
        assert_eq!(stage.rows().await, [given_up, ("alert", "sent"), ("notice", "queued")]);
        let id = stage.store().notifications(10).await.unwrap().last().unwrap().id;
        assert!(stage.store().send_again(id).await.unwrap());
        let notice = stage.lease().await.unwrap();
        assert_eq!(notice.recipient, "b@example.org");
        stage.accept(&notice).await;
        refuse(&stage, 3).await;
        assert_eq!(stage.rows().await, [given_up, ("alert", "sent"), ("notice", "sent")]);
    }

    /// Lets the mail server refuse the first recipient for good: a first alert is given up at the third try.
    async fn refuse(stage: &Stage, tries: usize) {
        for _ in 0..tries {
            let mail = stage.lease().await.expect("it is tried again");
            assert_eq!(mail.recipient, "a@example.org");
            stage.refuse(&mail, Refusal::Hard).await;
            stage.oversleep(TRIED_LATER);
        }
    }

    #[tokio::test]
    async fn alerts_of_one_digest_that_go_out_apart_are_different_mails() {
        let stage = Stage::open(&["one"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let first = stage.lease().await.unwrap();
        stage.accept(&first).await;
        let both = declaration(&["one", "two"], &["a@example.org"], POLICY);
        let digests = Declaration { digest_over: 1, ..both };
        stage.store().declare(digests, Trust::Reload).await.unwrap().unwrap();
        stage.silence(LATE).await;
        let second = stage.lease().await.unwrap();
        stage.oversleep(Span::from_seconds(40));
        stage.accept(&second).await;
        stage.silence(Span::from_seconds(21)).await;
        let at_once = stage.lease().await.expect("the reminder about the first is due");
        stage.accept(&at_once).await;
        stage.oversleep(REMINDED);
        let held = stage.lease().await.expect("the other waited for its distance");
        assert_eq!((at_once.facts.len(), held.facts.len()), (1, 1), "one pass decided both");
        assert_ne!(at_once.facts[0].check(), held.facts[0].check());
        assert_ne!(at_once.message_key, held.message_key);
    }

    #[tokio::test]
    async fn a_reminder_that_a_crash_left_half_sent_is_not_said_of_a_check_that_came_back() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let alert = stage.lease().await.unwrap();
        stage.accept(&alert).await;
        stage.silence(REMINDED).await;
        let _reminder = stage.lease().await.expect("a reminder is due");
        stage.ping("test").await;
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        assert_eq!(stage.rows().await, [("alert", "sent"), ("reminder", "cancelled")]);
        assert!(stage.lease().await.is_none());
    }

    #[tokio::test]
    async fn of_two_alerts_that_a_crash_left_one_half_sent_one_mail_is_left() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let _alert = stage.lease().await.unwrap();
        stage.ping("test").await;
        stage.silence(LATE).await;
        assert_eq!(stage.rows().await, [("alert", "leased"), ("alert", "queued")]);
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        assert_eq!(stage.rows().await, [("alert", "joined"), ("alert", "queued")]);
        let Facts::Alert(facts) = &stage.lease().await.unwrap().facts[0] else { panic!("an alert") };
        assert_eq!(facts.further_silences, 1);
    }

    #[tokio::test]
    async fn a_check_that_was_put_back_is_reported_at_once_however_lately_it_was_before() {
        let recipients = ["a@example.org"];
        let policy = Policy { remind_every: Span::from_hours(24), refresh_on_ping: false, ..POLICY };
        let stage = Stage::open(&["test"], &recipients).await;
        stage.declare(&["test"], &recipients, policy).await;
        stage.silence(LATE).await;
        let alert = stage.lease().await.unwrap();
        stage.accept(&alert).await;
        stage.declare(&[], &recipients, policy).await;
        stage.advance(Span::from_seconds(1));
        stage.declare(&["test"], &recipients, policy).await;
        stage.silence(LATE).await;
        assert!(stage.lease().await.is_some(), "its last alert is forgotten");
    }

    #[tokio::test]
    async fn an_alert_keeps_its_distance_from_alerts_and_not_from_the_word_of_a_return() {
        let policy = Policy { refresh_on_ping: false, notify_recovery: true, ..POLICY };
        let stage = Stage::open_for(&["test"], &["a@example.org"], policy).await;
        stage.silence(LATE).await;
        let alert = stage.lease().await.unwrap();
        stage.accept(&alert).await;
        stage.advance(Span::from_seconds(30));
        stage.ping("test").await;
        let returned = stage.lease().await.expect("who was told of the silence is told of its end");
        stage.accept(&returned).await;
        stage.silence(LATE).await;
        assert_eq!(stage.rows().await, [("alert", "sent"), ("recovery", "sent")]);
        stage.silence(Span::from_seconds(20)).await;
        assert!(stage.lease().await.is_some(), "61 s after the alert, 31 s after the word of the return");
    }

    #[tokio::test]
    async fn no_return_is_told_of_a_check_that_is_silent_again() {
        let policy = Policy { notify_recovery: true, ..POLICY };
        for crashes in [false, true] {
            let stage = Stage::open_for(&["test"], &["a@example.org"], policy).await;
            stage.silence(LATE).await;
            let alert = stage.lease().await.unwrap();
            stage.accept(&alert).await;
            stage.ping("test").await;
            let returned = stage.lease().await.expect("who was told of the silence is told of its end");
            stage.silence(LATE).await;
            let stage = if crashes {
                stage.restart(&["test"], &["a@example.org"]).await
            } else {
                stage.refuse(&returned, Refusal::Soft).await;
                stage
            };
            let rows = [("alert", "sent"), ("recovery", "cancelled"), ("alert", "queued")];
            assert_eq!(stage.rows().await, rows, "crashes: {crashes}");
        }
    }

    #[tokio::test]
    async fn who_was_told_lately_is_known_although_a_dead_clock_dated_the_mail() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let alert = stage.lease().await.unwrap();
        stage.oversleep(Span::from_seconds(40));
        stage.accept(&alert).await;
        for sql in ["UPDATE outbox SET wall_dated = 0", "UPDATE flips SET wall_at = 0"] {
            stage.store().write(move |desk| desk.connection.execute(sql, [])).await.unwrap();
        }
        let (a_day_ago, _) = stage.all_time();
        assert_eq!(stage.store().forget(a_day_ago).await.unwrap(), 0);
        stage.silence(Span::from_seconds(21)).await;
        assert_eq!(stage.rows().await, [("alert", "sent"), ("reminder", "queued")]);
        assert!(stage.lease().await.is_none(), "21 s after a mail about the same silence");
        stage.oversleep(Span::from_hours(48));
        let (later, _) = stage.all_time();
        assert_eq!(stage.store().forget(later).await.unwrap(), 2, "a flip and a mail");
    }

    #[tokio::test]
    async fn who_was_told_only_here_is_told_by_mail_at_once_when_mails_go_out() {
        let recipients = ["a@example.org"];
        let policy = Policy { remind_every: Span::from_hours(24), refresh_on_ping: false, ..POLICY };
        let stage = Stage::open(&["test"], &recipients).await;
        stage.store().choose_channel(ChannelKind::Inbox).await.unwrap();
        stage.declare(&["test"], &recipients, policy).await;
        stage.silence(LATE).await;
        let alert = stage.lease().await.unwrap();
        stage.accept(&alert).await;
        stage.store().choose_channel(ChannelKind::Email).await.unwrap();
        stage.silence(Span::from_seconds(1)).await;
        assert!(stage.lease().await.is_some(), "the incident is open");
    }

    #[tokio::test]
    async fn what_was_withdrawn_while_it_was_sent_is_not_sent_after_a_crash() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let _alert = stage.lease().await.unwrap();
        let stage = stage.restart(&[], &[]).await;
        assert_eq!(stage.rows().await, [("alert", "cancelled")]);
    }

    #[tokio::test]
    async fn a_first_alert_that_a_crash_left_half_sent_is_sent_again_and_says_that_the_check_is_back() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let before = stage.lease().await.unwrap();
        stage.advance(LATE);
        stage.ping("test").await;
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        let again = stage.lease().await.expect("nobody knows whether it went out");
        assert_eq!(again.message_key, before.message_key);
        assert!(matches!(&again.facts[..], [Facts::Alert(facts)] if facts.returned.is_some()));
    }

    #[tokio::test]
    async fn an_alert_that_joined_another_silence_does_not_say_that_the_check_is_back() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        stage.ping("test").await;
        stage.silence(LATE).await;
        let both = stage.lease().await.unwrap();
        stage.refuse(&both, Refusal::Soft).await;
        stage.oversleep(TRIED_LATER);
        let both = stage.lease().await.unwrap();
        let [Facts::Alert(facts)] = &both.facts[..] else { panic!("{both:?}") };
        assert_eq!(facts.further_silences, 1);
        assert_eq!(facts.returned, None, "it is silent");
    }

    #[tokio::test]
    async fn whatever_crashes_between_silences_no_two_alerts_share_a_key() {
        let mut stage = Stage::open(&["test"], &["a@example.org"]).await;
        for _ in 0..4 {
            stage.silence(LATE).await;
            stage.silence(REMINDED).await;
            let _cut_off = stage.lease().await;
            stage.silence(REMINDED).await;
            stage.ping("test").await;
            stage.silence(LATE).await;
            stage = stage.restart(&["test"], &["a@example.org"]).await;
            for _ in 0..3 {
                stage.silence(REMINDED).await;
                stage.silence(REMINDED).await;
                while let Some(mail) = stage.lease().await {
                    stage.accept(&mail).await;
                }
            }
            stage.ping("test").await;
        }
        assert!(stage.rows().await.iter().all(|(_, state)| *state != "queued" && *state != "leased"));
    }

    #[tokio::test]
    async fn a_mail_behind_another_that_hangs_calls_for_no_sender() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let _hanging = stage.lease().await.unwrap();
        stage.silence(REMINDED).await;
        assert_eq!(stage.rows().await, [("alert", "leased"), ("reminder", "queued")]);
        assert!(stage.lease().await.is_none());
        let next = stage.store().next_mail().await.unwrap().expect("the lease ends some time");
        assert!(stage.now() < next);
        stage.oversleep(next - stage.now());
        assert!(stage.lease().await.is_some(), "what hangs for ever is tried again");
    }

    #[tokio::test]
    async fn what_nobody_knows_how_to_say_is_left_out_of_its_digest_and_is_no_digest_of_its_own() {
        let names: Vec<String> = (0..30).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names, &["a@example.org"]).await;
        stage.silence(LATE).await;
        let sql = "UPDATE outbox SET kind = 'escalation' WHERE id IN (1, 7)";
        stage.store().write(|desk| desk.connection.execute(sql, [])).await.unwrap();
        let rest = stage.lease().await.unwrap();
        stage.accept(&rest).await;
        assert_eq!(rest.facts.len(), 28);
        assert!(stage.lease().await.is_none());
        assert_eq!(stage.store().next_mail().await.unwrap(), None);
        assert_eq!(stage.rows().await.iter().filter(|row| **row == ("unknown", "given up")).count(), 2);
        assert_eq!(stage.store().unknown_mails(), 2);
    }

    #[tokio::test]
    async fn who_cannot_be_reached_is_known_at_the_next_start() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        refuse(&stage, 3).await;
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        assert_eq!(stage.store().refused_recipients(), 1);
    }

    #[tokio::test]
    async fn a_refused_digest_tells_the_other_recipients_in_one_mail() {
        let names: Vec<String> = (0..30).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names, &["a@example.org", "b@example.org"]).await;
        stage.silence(LATE).await;
        let (to_a, to_b) = (stage.lease().await.unwrap(), stage.lease().await.unwrap());
        assert_eq!((to_a.facts.len(), to_b.facts.len()), (30, 30));
        stage.accept(&to_b).await;
        stage.refuse(&to_a, Refusal::Hard).await;
        stage.oversleep(TRIED_LATER);
        refuse(&stage, 2).await;
        let notices = stage.lease().await.unwrap();
        assert_eq!((notices.recipient.as_str(), notices.facts.len()), ("b@example.org", 30));
        assert!(stage.lease().await.is_none());
    }

    #[tokio::test]
    async fn nobody_is_alerted_while_an_absence_may_not_have_been_noticed() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.oversleep(Span::from_hours(1));
        assert!(stage.store().pass().await.unwrap().is_put_off);
        assert_eq!(stage.rows().await, []);
    }

    #[tokio::test]
    async fn a_reminder_waits_after_a_restart() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(LATE).await;
        let alert = stage.lease().await.unwrap();
        stage.accept(&alert).await;
        stage.store().stamp(Span::ZERO).await.unwrap();
        stage.oversleep(Span::from_hours(1));
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        stage.silence(Span::from_seconds(9)).await;
        assert_eq!(stage.rows().await, [("alert", "sent")]);
        stage.silence(Span::from_seconds(1)).await;
        assert_eq!(stage.rows().await, [("alert", "sent"), ("reminder", "queued")]);
    }

    #[tokio::test]
    async fn a_pass_over_many_checks_with_short_reminders_ends() {
        let names: Vec<String> = (0..1_500).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names, &["a@example.org"]).await;
        let policy = Policy { remind_every: Span::ZERO, ..POLICY };
        stage.declare(&names, &["a@example.org"], policy).await;
        stage.advance(LATE);
        assert_eq!(stage.store().pass().await.unwrap().decided, names.len());
        assert!(stage.lease().await.is_some());
    }

    #[tokio::test]
    async fn what_was_being_sent_at_a_crash_stands_back_behind_the_later_alert() {
        let stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.silence(Span::from_seconds(11)).await;
        let first = stage.lease().await.unwrap();
        stage.accept(&first).await;
        stage.silence(Span::from_seconds(61)).await;
        stage.lease().await.unwrap();
        stage.silence(Span::from_seconds(61)).await;
        let stage = stage.restart(&["test"], &["a@example.org"]).await;
        let rows = stage.rows().await;
        assert_eq!(rows, [("alert", "sent"), ("reminder", "joined"), ("reminder", "queued")]);
    }
}

//! Snoozes: for a while no mail about a check goes out; what is decided meanwhile waits.

use domain::id::CheckId;
use domain::time::{Span, Timestamp};

use super::Store;
use super::apply::{Desk, Undo};
use super::changes::{Author, Deed};
use super::error::StoreError;
use super::sqlite::snoozes;

/// The longest snooze: who forgets it still hears within a month.
pub const SNOOZE_MAX: Span = Span::from_hours(30 * 24);

impl Store {
    /// Lets no mail about a check, declared or managed, go out for so long, at most [`SNOOZE_MAX`]; an earlier snooze
    /// of it ends. Returns when it is over, or `None` if there is no such check.
    pub async fn snooze(
        &self,
        check: CheckId,
        length: Span,
        author: Author,
    ) -> Result<Option<jiff::Timestamp>, StoreError> {
        self.write(move |desk| {
            if !desk.book.is_in_use(check) {
                return Ok(None);
            }
            let until = desk.now + length.clamp(Span::ZERO, SNOOZE_MAX);
            desk.forget_past_snoozes()?;
            desk.note_snooze(check, Some(until));
            snoozes::save(desk.connection, check, until)?;
            desk.distort_snoozed(check)?;
            let wall = desk.book.timeline.wall(until);
            desk.note_change(check, &author, &Deed::Snoozed(wall))?;
            desk.changes.is_visible = true;
            Ok(Some(wall))
        })
        .await
    }

    /// Ends the snooze of a check, if it has one: what waits goes out. Returns whether there is such a check.
    pub async fn end_snooze(&self, check: CheckId, author: Author) -> Result<bool, StoreError> {
        self.write(move |desk| {
            let is_snoozed = desk.snoozed_until(check).is_some();
            if is_snoozed {
                desk.forget_snooze(check)?;
                desk.note_change(check, &author, &Deed::SnoozeEnded)?;
                desk.changes.is_visible = true;
            }
            Ok(desk.book.is_in_use(check))
        })
        .await
    }
}

/// Reads how long a snooze is to be, as in `20m`: a whole number of `s`, `m`, `h` or `d`, or `0`. `None` if it cannot
/// be read, or is longer than [`SNOOZE_MAX`].
#[must_use]
pub fn read_length(text: &str) -> Option<Span> {
    if text == "0" {
        return Some(Span::ZERO);
    }
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: i64 = number.parse().ok().filter(|_| number.bytes().all(|sign| sign.is_ascii_digit()))?;
    let length = Span::from_micros(number.checked_mul(seconds)?.checked_mul(1_000_000)?);
    (length <= SNOOZE_MAX).then_some(length)
}

impl Desk<'_> {
    /// Returns until when no mail about a check goes out, or `None` if it is not snoozed.
    pub(super) fn snoozed_until(&self, check: CheckId) -> Option<jiff::Timestamp> {
        let until = self.book.snoozes.get(&check).filter(|until| self.now < **until)?;
        Some(self.book.timeline.wall(*until))
    }

    /// Ends the snooze of a check, if it has one.
    pub(super) fn forget_snooze(&mut self, check: CheckId) -> rusqlite::Result<()> {
        let Some(until) = self.book.snoozes.get(&check).copied() else { return Ok(()) };
        self.note_snooze(check, None);
        snoozes::delete(self.connection, check, until.min(self.now))?;
        self.changes.is_mail_queued = true;
        Ok(())
    }

    /// Forgets snoozes that are over, so that they do not gather.
    fn forget_past_snoozes(&mut self) -> rusqlite::Result<()> {
        let over = self.book.snoozes.iter().filter(|(_, until)| **until <= self.now);
        let over: Vec<CheckId> = over.map(|(check, _)| *check).take(FORGOTTEN_AT_ONCE).collect();
        for check in over {
            self.forget_snooze(check)?;
        }
        Ok(())
    }

    fn note_snooze(&mut self, check: CheckId, until: Option<Timestamp>) {
        let before = match until {
            Some(until) => self.book.snoozes.insert(check, until),
            None => self.book.snoozes.remove(&check),
        };
        self.changes.note(Undo::Snoozed(check, before));
    }
}

/// Snoozes that are forgotten with a new one: more than one, so that they become fewer.
const FORGOTTEN_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use domain::check::Policy;
    use domain::ping::Signal;
    use domain::retry::Refusal;

    use super::*;
    use crate::store::declare::Trust;
    use crate::store::stage::{POLICY, Stage, declaration};
    use crate::store::view::NotificationView;

    const LATE: Span = Span::from_seconds(11);
    const REMINDED: Span = Span::from_seconds(61);
    const HOUR: Span = Span::from_hours(1);
    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    async fn snooze(stage: &Stage, name: &str, length: Span) -> CheckId {
        let check = stage.store().find(name).unwrap().id;
        stage.store().snooze(check, length, Author::Person).await.unwrap().unwrap();
        check
    }

    async fn rows(stage: &Stage) -> Vec<NotificationView> {
        let mut rows = stage.store().notifications(100).await.unwrap();
        rows.reverse();
        rows
    }

    #[test]
    fn a_length_is_a_number_with_its_unit() {
        for (text, seconds) in
            [("0", 0), ("0m", 0), ("90s", 90), ("20m", 1_200), ("2h", 7_200), ("30d", 2_592_000)]
        {
            assert_eq!(read_length(text), Some(Span::from_seconds(seconds)), "{text}");
        }
        for text in
            ["", "m", "20", "31d", "721h", "-1m", "+1m", "1.5h", "1 h", "1w", "1µ", "99999999999999999999s"]
        {
            assert_eq!(read_length(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn what_a_snoozed_check_has_to_say_is_said_when_the_snooze_ends() {
        let stage = Stage::open(&["test", "other"], &RECIPIENTS).await;
        let check = snooze(&stage, "test", HOUR).await;
        stage.silence(LATE).await;
        let store = stage.store();
        let mail = stage.lease().await.unwrap();
        assert_eq!(mail.facts[0].check(), Some("other"), "the other check is not snoozed");
        stage.accept(&mail).await;
        stage.silence(REMINDED).await;
        let reminder = stage.lease().await.unwrap();
        assert_eq!(reminder.facts[0].check(), Some("other"));
        stage.accept(&reminder).await;
        assert!(stage.lease().await.is_none(), "the snoozed one waits");
        let until = store.check(check).await.unwrap().snoozed_until;
        let waiting = rows(&stage).await;
        assert_eq!((waiting[0].about.as_deref(), waiting[0].snoozed_until), (Some("test"), until));
        assert!(until.is_some() && waiting[0].due == until);
        stage.advance(HOUR);
        assert!(store.next_mail().await.unwrap().is_some_and(|at| at <= stage.now()));
        let mail = store.lease(2).await.unwrap();
        assert_eq!(mail.iter().map(|mail| mail.facts[0].check()).collect::<Vec<_>>(), [Some("test")]);
        assert_eq!(store.check(check).await.unwrap().snoozed_until, None);
    }

    #[tokio::test]
    async fn what_waited_already_waits_on_and_goes_when_the_snooze_is_ended() {
        let stage = Stage::open(&["test"], &RECIPIENTS).await;
        stage.silence(LATE).await;
        let check = snooze(&stage, "test", HOUR).await;
        assert!(stage.lease().await.is_none());
        snooze(&stage, "test", HOUR + HOUR).await;
        stage.advance(HOUR);
        assert!(stage.lease().await.is_none(), "the later snooze holds");
        assert!(stage.store().end_snooze(check, Author::Person).await.unwrap());
        assert_eq!(stage.lease().await.unwrap().facts.len(), 1);
        assert_eq!(rows(&stage).await[0].snoozed_until, None);
    }

    #[tokio::test]
    async fn the_distance_of_two_alerts_holds_after_a_snooze_that_was_ended() {
        let stage =
            Stage::open_for(&["test"], &RECIPIENTS, Policy { refresh_on_ping: false, ..POLICY }).await;
        stage.silence(LATE).await;
        let mail = stage.lease().await.unwrap();
        let check = snooze(&stage, "test", HOUR).await;
        stage.silence(REMINDED).await;
        stage.accept(&mail).await;
        stage.store().end_snooze(check, Author::Person).await.unwrap();
        assert!(stage.lease().await.is_none(), "a mail was accepted a moment ago");
        stage.advance(REMINDED);
        assert!(stage.lease().await.is_some());
    }

    #[tokio::test]
    async fn a_mail_that_was_being_sent_is_not_tried_again_before_the_snooze_ends() {
        for is_voided in [false, true] {
            let mut stage = Stage::open(&["test"], &RECIPIENTS).await;
            stage.silence(LATE).await;
            let mail = stage.lease().await.unwrap();
            snooze(&stage, "test", HOUR).await;
            if is_voided {
                stage = stage.restart(&["test"], &RECIPIENTS).await;
            } else {
                stage.refuse(&mail, Refusal::ServerSoft).await;
            }
            stage.advance(Span::from_minutes(30));
            assert!(stage.lease().await.is_none());
            stage.advance(Span::from_minutes(31));
            assert!(stage.lease().await.is_some());
        }
    }

    #[tokio::test]
    async fn one_who_came_back_meanwhile_is_reported_in_one_mail_that_says_so() {
        let stage = Stage::open_for(&["test"], &RECIPIENTS, Policy { notify_recovery: true, ..POLICY }).await;
        snooze(&stage, "test", HOUR).await;
        stage.silence(LATE).await;
        stage.ping("test").await;
        stage.silence(LATE).await;
        stage.ping("test").await;
        assert_eq!(stage.rows().await, [("alert", "queued")]);
        stage.advance(HOUR);
        let mail = stage.lease().await.unwrap();
        let crate::store::facts::Facts::Alert(alert) = &mail.facts[0] else { panic!("no alert") };
        assert!(alert.returned.is_some() && alert.further_silences == 1);
    }

    #[tokio::test]
    async fn a_snooze_is_no_time_in_which_a_mail_was_tried() {
        let stage = Stage::open(&["test"], &RECIPIENTS).await;
        stage.silence(LATE).await;
        let mail = stage.lease().await.unwrap();
        stage.accept(&mail).await;
        snooze(&stage, "test", SNOOZE_MAX + HOUR).await;
        stage.silence(REMINDED).await;
        stage.advance(SNOOZE_MAX);
        let reminder = stage.lease().await.unwrap();
        stage.refuse(&reminder, Refusal::Soft).await;
        assert_eq!(stage.rows().await, [("alert", "sent"), ("reminder", "queued")], "it is tried again");
    }

    #[tokio::test]
    async fn a_snooze_outlives_a_crash_and_ends_with_the_check() {
        let mut stage = Stage::open(&["test", "other"], &RECIPIENTS).await;
        let check = snooze(&stage, "test", HOUR).await;
        let made = stage.make("job").await;
        stage.store().snooze(made.id, HOUR, Author::Person).await.unwrap();
        stage = stage.restart(&["test", "other"], &RECIPIENTS).await;
        stage.silence(LATE).await;
        assert!(stage.store().check(check).await.unwrap().snoozed_until.is_some());
        assert!(stage.seen(made.id).await.snoozed_until.is_some());
        let left = declaration(&["other"], &RECIPIENTS, POLICY);
        stage.store().declare(left, Trust::Reload).await.unwrap().unwrap();
        assert_eq!(stage.store().snooze(check, HOUR, Author::Person).await.unwrap(), None);
        stage.declare(&["test", "other"], &RECIPIENTS, POLICY).await;
        assert_eq!(stage.store().check(check).await.unwrap().snoozed_until, None);
        stage.store().delete(made.id).await.unwrap();
        assert_eq!(stage.store().snooze(made.id, HOUR, Author::Person).await.unwrap(), None);
        let count = |connection: &rusqlite::Connection| {
            connection.query_row("SELECT count(*) FROM snoozes", [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(stage.store().look(count).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_managed_check_goes_down_and_comes_back_while_it_is_snoozed() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let made = stage.make("job").await;
        stage.store().snooze(made.id, HOUR, Author::Person).await.unwrap();
        stage.signal(made.id, Signal::Fail).await.unwrap();
        stage.signal(made.id, Signal::Success).await.unwrap();
        stage.signal(made.id, Signal::Fail).await.unwrap();
        assert!(stage.seen(made.id).await.down.is_some(), "how it stands goes on");
        assert!(stage.lease().await.is_none());
        stage.advance(HOUR);
        assert_eq!(stage.store().lease(9).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn snoozes_that_are_over_are_forgotten_with_the_next() {
        let stage = Stage::open(&["a", "b", "c"], &RECIPIENTS).await;
        snooze(&stage, "a", HOUR).await;
        snooze(&stage, "b", HOUR).await;
        stage.silence(HOUR + HOUR).await;
        let check = snooze(&stage, "c", HOUR).await;
        let known = |desk: &mut Desk<'_>| Ok(desk.book.snoozes.keys().copied().collect::<Vec<_>>());
        assert_eq!(stage.store().write(known).await.unwrap(), [check]);
    }
}

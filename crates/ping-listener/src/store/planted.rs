//! Bugs in the store, to see that the simulator finds them; without the feature of `faults` all of this is nothing.

use std::borrow::Cow;

use domain::check::{Check, Event, State};
use domain::id::CheckId;
use domain::notification::Kind;
use domain::retry::Refusal;
use domain::time::{Span, Timestamp};
use faults::bugs::{Bug, is_planted};

use super::apply::Desk;
use super::attempts::Outcome;
use super::book::{Book, id_at};
use super::error::StoreError;
use super::facts::Facts;
use super::sqlite::leases;
use super::sqlite::outbox::{self as rows, OutboxRow};
use super::view::RowState;

/// Returns the batch that is written to the log.
#[inline]
pub(super) fn logged(payload: Option<&[u8]>) -> Option<&[u8]> {
    payload.filter(|_| !is_planted(Bug::AnswersFromMemory))
}

/// Tells whether a piece of work stamped `at` comes before a ping stamped `ping`.
#[inline]
pub(super) fn is_before(at: Timestamp, ping: Timestamp) -> bool {
    at < ping || is_planted(Bug::NoFence)
}

/// Returns the answer to a ping that was not kept.
#[inline]
pub(super) fn refusal() -> Option<StoreError> {
    if is_planted(Bug::FullDiskAnswersWell) { None } else { Some(StoreError::Full) }
}

/// Tells whether the last pings are written when the log is let go.
#[inline]
pub(super) fn keeps_last_pings() -> bool {
    !is_planted(Bug::SweepLosesLastPings)
}

/// Returns the last batch that is let go after sorting up to `until`.
#[inline]
pub(super) fn let_go(until: i64) -> i64 {
    if is_planted(Bug::SweepGoesTooFar) { until + 1 } else { until }
}

/// Distorts what a start has read.
#[inline]
pub(super) fn distort_loaded(book: &mut Book, now: Timestamp) {
    let distorts =
        [Bug::FreshWindowAtStart, Bug::AnchorLost, Bug::AlertedInMemoryOnly, Bug::IncidentsForgotten];
    if !distorts.into_iter().any(is_planted) {
        return;
    }
    for id in (0..book.len()).map(id_at) {
        let mut check = book.check(id);
        if is_planted(Bug::FreshWindowAtStart) {
            check.anchor = now;
        }
        if is_planted(Bug::AnchorLost) && check.last_ping.is_none() {
            check.anchor = Timestamp::from_micros(0);
        }
        if is_planted(Bug::AlertedInMemoryOnly) {
            check.last_alert = None;
        }
        if is_planted(Bug::IncidentsForgotten) && matches!(check.state, State::Down(_)) {
            check.state = State::New;
        }
        book.set_check(id, &check);
    }
}

/// Returns the last sign of life, from which on a start knows that nobody listened.
#[inline]
pub(super) fn alive_until(alive: Option<Timestamp>) -> Option<Timestamp> {
    alive.filter(|_| !is_planted(Bug::DowntimeIsNoGap))
}

/// Returns since when a gap was open at the last sign of life.
#[inline]
pub(super) fn open_gap(since: Option<Timestamp>) -> Option<Timestamp> {
    since.filter(|_| !is_planted(Bug::OpenGapForgotten))
}

/// Tells whether a start knows the gaps before it.
#[inline]
pub(super) fn remembers_gaps() -> bool {
    !is_planted(Bug::GapsForgottenAtRestart)
}

/// Tells whether a start voids the leases before it.
#[inline]
pub(super) fn voids_leases() -> bool {
    !is_planted(Bug::LeasesOutliveProcess)
}

/// Tells whether a row whose lease ended is forgotten.
#[inline]
pub(super) fn forgets_row() -> bool {
    is_planted(Bug::EndedLeaseForgetsRow)
}

/// Tells whether who is archived is looked at like everybody.
#[inline]
pub(super) fn watches_removed() -> bool {
    is_planted(Bug::RemovedAlerts)
}

/// Tells whether the queue of deadlines hears of an event.
#[inline]
pub(super) fn is_queued_after(event: &Event) -> bool {
    !(matches!(event, Event::Revise(..)) && is_planted(Bug::QueueMissesEdits))
}

/// Tells whether what waits is left when nobody is to hear of it.
#[inline]
pub(super) fn withdraws_nothing() -> bool {
    is_planted(Bug::NothingIsWithdrawn)
}

/// Returns those of the recipients who get a row.
#[inline]
pub(super) fn told<T>(recipients: &[T]) -> &[T] {
    if is_planted(Bug::SecondRecipientForgotten) {
        &recipients[..recipients.len().min(1)]
    } else {
        recipients
    }
}

/// Tells whether an alert that only joined others gives its number back.
#[inline]
pub(super) fn gives_number_back() -> bool {
    !is_planted(Bug::JoiningCounts)
}

/// Returns who hears that a check is back.
#[inline]
pub(super) fn hear_of_return(told: Vec<String>, recipients: &[Box<str>]) -> Vec<String> {
    if is_planted(Bug::RecoveryBeforeAlert) {
        recipients.iter().map(ToString::to_string).collect()
    } else {
        told
    }
}

/// Returns what came of a try, as it is written down.
#[inline]
pub(super) fn written(outcome: &Outcome) -> Cow<'_, Outcome> {
    match outcome {
        Outcome::Refused(Refusal::Soft, answer) if is_planted(Bug::PutOffCountsAsSent) => {
            Cow::Owned(Outcome::Accepted(answer.clone()))
        }
        Outcome::Accepted(_) | Outcome::Kept(_) | Outcome::Refused(..) => Cow::Borrowed(outcome),
    }
}

/// Tells whether a mail server's trouble counts as a try of the mail.
#[inline]
pub(super) fn charges_mails() -> bool {
    is_planted(Bug::BreakerChargesMails)
}

/// Returns the Message-ID of a try.
#[inline]
pub(super) fn message_key(key: String, token: i64) -> String {
    if is_planted(Bug::MessageIdAnew) { format!("{key}.{token}") } else { key }
}

/// Tells whether two mails about one check are kept apart as they are accepted.
#[inline]
pub(super) fn keeps_distance() -> bool {
    !is_planted(Bug::DistanceOfDecisionsOnly)
}

/// Returns what of a digest is sent.
#[inline]
pub(super) fn listed(mut members: Vec<OutboxRow>) -> Vec<OutboxRow> {
    if 1 < members.len() && is_planted(Bug::DigestDropsOne) {
        members.pop();
    }
    members
}

/// Returns under which name the alerts to a recipient are counted, and so share digests.
#[inline]
pub(super) fn sharing(recipient: &str) -> &str {
    if is_planted(Bug::DigestMixesRecipients) { "" } else { recipient }
}

impl Desk<'_> {
    /// Returns the rows about a check that came back, as its return finds them.
    #[inline]
    pub(super) fn find_at_return(&mut self, mut open: Vec<OutboxRow>) -> rusqlite::Result<Vec<OutboxRow>> {
        if is_planted(Bug::RemindersSurvivePing) {
            open.retain(|row| row.kind != Kind::Reminder);
        }
        if is_planted(Bug::PingCancelsFirstAlert) {
            self.cancel_waiting(&open, Kind::FirstAlert)?;
            open.retain(|row| row.kind != Kind::FirstAlert);
        }
        if is_planted(Bug::FactsOfSending) {
            let now = self.book.timeline.wall(self.now);
            for row in &mut open {
                if let Facts::Alert(facts) = &mut row.facts {
                    facts.last_ping = Some(now);
                }
            }
        }
        if is_planted(Bug::ClosingCancelsOthers) {
            let checks: Vec<CheckId> = self.book.in_use().collect();
            for check in checks {
                let others = rows::open_of_check(self.connection, check)?;
                self.cancel_waiting(&others, Kind::Reminder)?;
            }
        }
        Ok(open)
    }

    fn cancel_waiting(&mut self, open: &[OutboxRow], kind: Kind) -> rusqlite::Result<()> {
        for row in open.iter().filter(|row| row.state == RowState::Queued && row.kind == kind) {
            self.finish(row, RowState::Cancelled, "planted")?;
        }
        Ok(())
    }

    /// Distorts what a snooze does with what waits.
    #[inline]
    pub(super) fn distort_snoozed(&mut self, check: CheckId) -> rusqlite::Result<()> {
        if is_planted(Bug::SnoozeDiscards) {
            let open = rows::open_of_check(self.connection, check)?;
            self.cancel_waiting(&open, Kind::FirstAlert)?;
        }
        Ok(())
    }

    /// Distorts what else a refusal does.
    #[inline]
    pub(super) fn distort_refusal(&mut self, refused: &OutboxRow, refusal: Refusal) -> rusqlite::Result<()> {
        if refusal == Refusal::Hard
            && is_planted(Bug::RefusalEndsAll)
            && let Some(check) = refused.check
        {
            for row in rows::open_of_check(self.connection, check)? {
                if row.id != refused.id && row.state == RowState::Queued {
                    self.finish(&row, RowState::GivenUp, "planted")?;
                }
            }
        }
        Ok(())
    }

    /// Returns the rows that a token settles.
    #[inline]
    pub(super) fn held_by(&self, token: i64) -> rusqlite::Result<Vec<OutboxRow>> {
        if is_planted(Bug::SettlesWithoutToken) {
            return leases::expired(self.connection, Timestamp::from_micros(i64::MAX));
        }
        leases::leased(self.connection, token)
    }

    /// Distorts when the last alert about a check was.
    #[inline]
    pub(super) fn distort_acceptance(&mut self, check: CheckId) {
        if is_planted(Bug::AlertCountedFromSending) {
            let now = self.now;
            let mut distorted = self.book.check(check);
            if let Some(alert) = &mut distorted.last_alert {
                alert.at = now.max(alert.at + Span::from_micros(1));
            }
            self.book.set_check(check, &distorted);
            self.touch(check);
        }
    }

    /// Distorts what a reload makes of a check.
    #[inline]
    pub(super) fn distort_reload(&mut self, check: CheckId) {
        if is_planted(Bug::ReloadStartsAnew) {
            let distorted = Check { anchor: self.now, ..self.book.check(check) };
            self.book.set_check(check, &distorted);
            self.touch(check);
        }
    }
}

//! Watches the mails that leave: which may, when, how often, and that in the end each does.

use domain::time::{Span, Timestamp};

use super::super::violation::{Violation, broken};
use super::{Followed, Mails, Standing, is_alert};
use crate::history::{Answer, Check, Kind, Row, RowId, State};

/// The shortest that a mail which was put off is let rest: 15 s, less a fifth.
const SHORTEST_REST: Span = Span::from_seconds(12);

/// The shortest after a refusal for good: 10 min, less a fifth.
const SHORTEST_REST_AFTER_REFUSAL: Span = Span::from_minutes(8);

/// How long a lease lasts at least.
pub(super) const SHORTEST_LEASE: Span = Span::from_minutes(12);

/// How long a mail may wait in fair weather: the longest rest, and what a mail server's probe may add.
const LONGEST_WAIT: Span = Span::from_minutes(90);

/// What leaves.
impl Mails {
    /// A sender has taken these rows.
    pub fn lease(
        &mut self,
        now: Timestamp,
        ids: &[RowId],
        message_id: &str,
        standing: impl Fn(Check) -> Standing,
    ) -> Result<(), Violation> {
        for id in ids {
            let Some(followed) = self.rows.get(id) else {
                return broken("only a row that waits is sent", format!("{id:?}"));
            };
            self.compare_leaving(now, followed, standing(followed.row.check))?;
            if followed.message_id.as_deref().is_some_and(|known| known != message_id) {
                return broken("a mail keeps its Message-ID", format!("{message_id}: {followed:?}"));
            }
        }
        let sharing =
            self.message_ids.entry(message_id.to_owned()).or_insert_with(|| ids.iter().copied().collect());
        if !ids.iter().all(|id| sharing.contains(id)) {
            return broken("a Message-ID names one mail", format!("{message_id}: {ids:?}"));
        }
        self.compare_digest(now, ids, &standing)?;
        for id in ids {
            if let Some(followed) = self.rows.get_mut(id) {
                followed.message_id = Some(message_id.to_owned());
                followed.leased = Some(now);
                followed.answer = None;
            }
        }
        Ok(())
    }

    /// These rows were taken by a sender that died at once.
    pub fn lease_unheard(&mut self, now: Timestamp, ids: &[RowId]) {
        for id in ids {
            if let Some(followed) = self.rows.get_mut(id) {
                followed.leased = Some(now);
                followed.answer = None;
            }
        }
    }

    fn compare_leaving(
        &self,
        now: Timestamp,
        followed: &Followed,
        standing: Standing,
    ) -> Result<(), Violation> {
        let row = &followed.row;
        if followed.is_accepted {
            return broken("no mail twice", format!("{row:?}"));
        }
        if followed.leased.is_some_and(|leased| now - leased < SHORTEST_LEASE) {
            return broken("a row is with one sender", format!("{row:?}"));
        }
        if !standing.is_monitored {
            return broken("no mail about what is not monitored", format!("{row:?}"));
        }
        if row.kind == Kind::Reminder && !standing.is_down {
            return broken("no reminder after the ping", format!("{row:?}"));
        }
        if standing.snoozed_at(now).is_some() {
            return broken("no mail leaves about a check that is snoozed", format!("{followed:?}"));
        }
        if let Some((tried, answer)) = followed.last_try {
            let rest = match answer {
                Answer::Refused => SHORTEST_REST_AFTER_REFUSAL,
                Answer::PutOff | Answer::BrokeOff | Answer::AcceptedUnheard => SHORTEST_REST,
                Answer::Unreachable | Answer::Accepted => Span::ZERO,
            };
            if now - tried < rest {
                return broken("a mail rests between its tries", format!("{}: {followed:?}", now - tried));
            }
        }
        // Whatever the config says since, a mail that was allowed to leave once may be tried again.
        let was_allowed = followed.last_try.is_some();
        if is_alert(row.kind) && !was_allowed && self.is_too_soon(now, row, standing) {
            return broken("mails are email_frequency apart as accepted", format!("{row:?}"));
        }
        Ok(())
    }

    /// Tells whether another mail about the check is being sent to the recipient: mails keep their order.
    fn is_behind_another(&self, followed: &Followed) -> bool {
        let about = |row: &Row| (row.check, row.recipient);
        self.rows.values().any(|Followed { row, leased, .. }| {
            leased.is_some() && row.id != followed.row.id && about(row) == about(&followed.row)
        })
    }

    fn is_too_soon(&self, now: Timestamp, row: &Row, standing: Standing) -> bool {
        let Some((accepted, decided)) = self.accepted.get(&(row.check, row.recipient)) else { return false };
        let is_lifted = standing.refreshes && standing.last_ping.is_some_and(|ping| *decided < ping);
        !is_lifted && now - *accepted < standing.email_frequency
    }

    fn compare_digest(
        &self,
        now: Timestamp,
        ids: &[RowId],
        standing: &impl Fn(Check) -> Standing,
    ) -> Result<(), Violation> {
        let members: Vec<_> = ids.iter().map(|id| &self.rows[id]).collect();
        let first = members[0];
        if members.iter().any(|member| member.row.recipient != first.row.recipient) {
            return broken("a mail has one recipient", format!("{ids:?}"));
        }
        let Some((decided, _)) = first.group else { return Ok(()) };
        let Some((made, joined)) = self.groups.get(&(decided, first.row.recipient)) else { return Ok(()) };
        if made + joined <= self.digest_over && 1 < ids.len() {
            return broken("few alerts are mails of their own", format!("{ids:?}"));
        }
        if *made <= self.digest_over || self.is_parted(decided) {
            return Ok(());
        }
        let left_out = self.rows.iter().find(|(id, other)| {
            other.group.is_some_and(|group| group.0 == decided)
                && other.row.recipient == first.row.recipient
                && other.row.state == State::Waiting
                && other.row.alerts == 1
                && self.compare_leaving(now, other, standing(other.row.check)).is_ok()
                && !self.is_behind_another(other)
                && !ids.contains(id)
        });
        if let Some((_, other)) = left_out {
            return broken("a digest lists them all", format!("{:?} is not among {ids:?}", other.row));
        }
        Ok(())
    }

    /// The mail server ended the try.
    pub fn answer(&mut self, now: Timestamp, ids: &[RowId], answer: Answer) -> Result<(), Violation> {
        for id in ids {
            let Some(followed) = self.rows.get_mut(id) else { continue };
            followed.answer = Some((now, answer));
            let row = &followed.row;
            let is_told = self.told.contains_key(&(row.check, row.recipient));
            if row.kind == Kind::Recovery && answer == Answer::Accepted && !is_told {
                return broken("no return is told before the silence", format!("{row:?}"));
            }
        }
        Ok(())
    }

    /// The server wrote down how the try ended.
    pub fn settle(&mut self, now: Timestamp, ids: &[RowId], standing: impl Fn(Check) -> Standing) {
        for id in ids {
            let Some(followed) = self.rows.get_mut(id) else { continue };
            followed.leased = None;
            if let Some(until) = standing(followed.row.check).snoozed_at(now) {
                self.release_row(*id, until);
            }
            let Some(followed) = self.rows.get_mut(id) else { continue };
            let Some((_, answer)) = followed.answer else { continue };
            followed.last_try = Some((now, answer));
            followed.charged += u32::from(answer != Answer::Unreachable);
            followed.refusals += u32::from(answer == Answer::Refused);
            if answer == Answer::Accepted {
                followed.is_accepted = true;
                let followed = followed.clone();
                self.hear_of_acceptance(&followed);
            }
        }
    }

    /// The server knows that this mail was accepted.
    pub(super) fn hear_of_acceptance(&mut self, followed: &Followed) {
        let key = (followed.row.check, followed.row.recipient);
        if let (true, Some((answered, _))) = (is_alert(followed.row.kind), followed.answer) {
            self.accepted.insert(key, (answered, followed.decided));
            self.told.insert(key, followed.incident);
        }
    }

    /// The process is gone, and its leases with it; what it did not write down is not known to the next.
    pub fn end(&mut self, now: Timestamp, standing: impl Fn(Check) -> Standing) {
        let mut released = Vec::new();
        for followed in self.rows.values_mut().filter(|followed| followed.leased.is_some()) {
            followed.leased = None;
            released
                .extend(standing(followed.row.check).snoozed_at(now).map(|until| (followed.row.id, until)));
            // It may have written it down after all.
            if let Some((_, answer)) = followed.answer {
                followed.charged += u32::from(answer != Answer::Unreachable);
                followed.refusals += u32::from(answer == Answer::Refused);
            }
        }
        for (id, until) in released {
            self.release_row(id, until);
        }
    }

    /// Looks for mails that should have left in the fair weather since `fair`.
    pub fn close(
        &self,
        now: Timestamp,
        fair: Timestamp,
        standing: impl Fn(Check) -> Standing,
    ) -> Result<(), Violation> {
        for followed in self.rows.values() {
            let row = &followed.row;
            // What a snooze held leaves when it ends, whatever has joined it since.
            let free = followed.released.filter(|_| followed.last_try.is_none()).unwrap_or(followed.decided);
            let waited = now - fair.max(free).max(followed.released.unwrap_or(free));
            let is_held =
                is_alert(row.kind) && self.is_too_soon(now - LONGEST_WAIT, row, standing(row.check));
            if LONGEST_WAIT < waited && !is_held {
                return broken("a mail that is owed leaves in the end", format!("{waited}: {followed:?}"));
            }
        }
        Ok(())
    }
}

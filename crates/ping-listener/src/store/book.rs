//! The book: every check's hot state in memory, owned by the writer, and the queue of who is due next.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

use domain::check::{Check, Listening};
use domain::gap::{Gaps, Tolerance};
use domain::id::CheckId;
use domain::time::Timestamp;

use super::planted;
use super::timeline::Timeline;

/// Checks whose last pings share a row of `pulses`: 32 kB, a few pages of the database.
pub(super) const PULSE_PAGE: usize = 4_096;

const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// A check with what the store has to know of it besides the rules.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) check: Check,
    pub(crate) name: Arc<str>,
    /// `max_sleep` as the config writes it.
    pub(crate) max_sleep: Arc<str>,
    pub(crate) recipients: Arc<[Box<str>]>,
    /// SHA-256 of its ping key.
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) archived_at: Option<Timestamp>,
    /// The instant under which it stands in `Book::due`; other entries of it there are stale.
    queued_at: Timestamp,
}

impl Slot {
    pub(super) fn new(check: Check, name: Arc<str>, archived_at: Option<Timestamp>) -> Self {
        let nothing: Arc<[Box<str>]> = Arc::new([]);
        Self {
            check,
            name,
            max_sleep: Arc::from("0"),
            recipients: nothing,
            key: None,
            archived_at,
            queued_at: NEVER,
        }
    }
}

/// All checks, and what the rules need besides.
pub(crate) struct Book {
    pub(super) slots: Vec<Slot>,
    pub(super) gaps: Gaps,
    pub(super) tolerance: Tolerance,
    pub(super) timeline: Timeline,
    /// Pages of `pulses` with pings that only the log has.
    pub(super) stale_pulses: BTreeSet<usize>,
    due: BinaryHeap<Reverse<(Timestamp, CheckId)>>,
    /// Somebody came to stand before everybody else in `due`.
    has_earlier: bool,
}

impl Book {
    pub(super) fn new(slots: Vec<Slot>, gaps: Gaps, timeline: Timeline) -> Self {
        Self {
            slots,
            gaps,
            tolerance: Tolerance::DEFAULT,
            timeline,
            stale_pulses: BTreeSet::new(),
            due: BinaryHeap::new(),
            has_earlier: false,
        }
    }

    pub(super) fn slot(&self, check: CheckId) -> &Slot {
        &self.slots[check.index()]
    }

    pub(super) fn slot_mut(&mut self, check: CheckId) -> &mut Slot {
        &mut self.slots[check.index()]
    }

    pub(super) fn listening(&self) -> Listening<'_> {
        Listening { gaps: &self.gaps, tolerance: self.tolerance }
    }

    /// Returns every check that is in use, with its identity.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (CheckId, &Slot)> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.archived_at.is_none())
            .map(|(index, slot)| (id_at(index), slot))
    }

    /// Makes sure that the check is looked at when it may be due.
    ///
    /// A ping does not come here: it only moves the deadline away, and the entry that stands too early is found out
    /// when it comes up. So a ping costs no work that depends on the number of checks.
    pub(super) fn await_deadline(&mut self, check: CheckId, now: Timestamp) {
        let Some(at) = self.wakes_at(check, now) else { return };
        let slot = self.slot_mut(check);
        if at < slot.queued_at {
            slot.queued_at = at;
            self.has_earlier |= self.due.peek().is_none_or(|&Reverse((first, _))| at < first);
            self.due.push(Reverse((at, check)));
        }
    }

    /// Tells whether somebody came to stand before everybody else since this was last asked.
    pub(super) fn take_earlier(&mut self) -> bool {
        std::mem::take(&mut self.has_earlier)
    }

    /// Tells whether the check stands in the queue of who is due next.
    pub(super) fn is_awaited(&self, check: CheckId) -> bool {
        self.slot(check).queued_at < NEVER
    }

    /// Puts a check back to what it was, but for its place in the queue, which goes on from where it is.
    pub(super) fn put_back(&mut self, check: CheckId, before: Slot) {
        let slot = self.slot_mut(check);
        *slot = Slot { queued_at: slot.queued_at, ..before };
    }

    /// Takes the next check that is due at `now` out of the queue, or returns `None` if nobody is.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<CheckId> {
        loop {
            let &Reverse((at, check)) = self.due.peek()?;
            if now < at {
                return None;
            }
            self.due.pop();
            if !self.is_queued_at(check, at) {
                continue;
            }
            self.slot_mut(check).queued_at = NEVER;
            match self.wakes_at(check, now) {
                Some(wakes_at) if wakes_at <= now => return Some(check),
                Some(_) => self.await_deadline(check, now),
                None => {}
            }
        }
    }

    /// Returns when the next check may be due; it may turn out that it pinged meanwhile.
    pub(super) fn next_due(&mut self) -> Option<Timestamp> {
        while let Some(&Reverse((at, check))) = self.due.peek() {
            if self.is_queued_at(check, at) {
                return Some(at);
            }
            self.due.pop();
        }
        None
    }

    /// Tells whether an entry of the queue holds. The check of a stale one may not even exist, if adding it was undone.
    fn is_queued_at(&self, check: CheckId, at: Timestamp) -> bool {
        self.slots.get(check.index()).is_some_and(|slot| slot.queued_at == at)
    }

    fn wakes_at(&self, check: CheckId, now: Timestamp) -> Option<Timestamp> {
        let slot = self.slot(check);
        if slot.archived_at.is_some() && !planted::watches_removed() {
            return None;
        }
        slot.check.wakes_at(self.listening(), now)
    }
}

/// Returns the identity of the check at a place in the book.
pub(super) fn id_at(index: usize) -> CheckId {
    CheckId::new(u32::try_from(index + 1).expect("the book holds less than 2^32 checks"))
}

#[cfg(test)]
mod tests {
    use domain::check::Policy;
    use domain::schedule::Schedule;
    use domain::time::Span;

    use super::*;

    fn slot(max_sleep: i64) -> Slot {
        let policy = Policy {
            schedule: Schedule::Every(Span::from_seconds(max_sleep)),
            grace: Span::ZERO,
            is_monitored: true,
            remind_every: Span::from_seconds(60),
            refresh_on_ping: true,
            notify_recovery: false,
        };
        Slot::new(Check::new(policy, at(0)), Arc::from("test"), None)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn book_of(slots: Vec<Slot>) -> Book {
        let mut book = Book::new(slots, Gaps::default(), Timeline::default());
        for index in 0..book.slots.len() {
            book.await_deadline(id_at(index), at(0));
        }
        book
    }

    #[test]
    fn a_check_whose_adding_was_undone_is_forgotten_by_the_queue() {
        let mut book = book_of(vec![slot(20), slot(10)]);
        book.slots.truncate(1);
        assert_eq!(book.next_due(), Some(at(20) + Span::from_micros(1)));
        assert_eq!(book.pop_due(at(30)), Some(id_at(0)));
        assert_eq!(book.pop_due(at(30)), None);
    }

    #[test]
    fn a_check_that_is_put_back_after_it_was_popped_is_awaited_again() {
        let mut book = book_of(vec![slot(10)]);
        let check = id_at(0);
        let before = book.slot(check).clone();
        assert_eq!(book.pop_due(at(11)), Some(check));
        book.put_back(check, before);
        book.await_deadline(check, at(11));
        assert_eq!(book.pop_due(at(11)), Some(check), "it would never be looked at again");
    }
}

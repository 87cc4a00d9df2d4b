//! The book: every check's hot state in memory, owned by the writer, and the queue of who is due next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use domain::check::{Check, Listening, State};
use domain::demand::Demand;
use domain::gap::{Gaps, Tolerance};
use domain::id::CheckId;
use domain::managed::{self, Effects, Managed, World};
use domain::time::Timestamp;

use super::demands::Demands;
use super::digests::Digests;
use super::managed::shelf::{Shelf, Slot};
use super::names::Names;
use super::packed::Packed;
use super::planted;
use super::timeline::Timeline;

/// Checks whose last pings share a row of `pulses`: 32 kB, a few pages of the database.
pub(super) const PULSE_PAGE: usize = 4_096;

/// Stands for no place in the queue of who is due next.
pub(super) const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// A row of the book.
#[derive(Debug)]
struct Row {
    facts: Packed,
    demand: Arc<Demand>,
    /// The instant under which it stands in `Book::due`; other entries of it there are stale.
    queued_at: Timestamp,
}

/// All checks, and what the rules need besides.
pub(crate) struct Book {
    /// The declared ones.
    slots: Vec<Row>,
    /// The managed ones.
    pub(super) shelf: Shelf,
    pub(super) names: Names,
    pub(super) demands: Demands,
    pub(super) gaps: Gaps,
    pub(super) tolerance: Tolerance,
    pub(super) timeline: Timeline,
    /// Until when no mail about a check goes out; some may be over.
    pub(super) snoozes: BTreeMap<CheckId, Timestamp>,
    /// Which mails list what the open pass has decided.
    pub(super) digests: Digests,
    /// Pages of `pulses` with pings that only the log has.
    pub(super) stale_pulses: BTreeSet<usize>,
    due: BinaryHeap<Reverse<(Timestamp, CheckId)>>,
    /// Somebody came to stand before everybody else in `due`.
    has_earlier: bool,
}

impl Book {
    /// Opens an empty book with room for so many checks.
    pub(super) fn new(checks: usize, gaps: Gaps, timeline: Timeline) -> Self {
        Self {
            slots: Vec::with_capacity(checks),
            shelf: Shelf::default(),
            names: Names::for_checks(checks),
            demands: Demands::default(),
            gaps,
            tolerance: Tolerance::DEFAULT,
            timeline,
            snoozes: BTreeMap::new(),
            digests: Digests::default(),
            stale_pulses: BTreeSet::new(),
            due: BinaryHeap::new(),
            has_earlier: false,
        }
    }

    /// Counts all checks that were ever in the config.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Adds a check; returns its identity.
    pub(super) fn add(
        &mut self,
        check: &Check,
        (name, key): (&str, Option<&[u8; 32]>),
        archived_at: Option<Timestamp>,
        demand: &Arc<Demand>,
    ) -> CheckId {
        let id = id_at(self.slots.len());
        let name = self.names.add(id, name, key, archived_at.is_none());
        let demand = self.demands.shared(demand);
        self.slots.push(Row { facts: Packed::new(check, name, archived_at), demand, queued_at: NEVER });
        id
    }

    /// Forgets this check and all that were added after it.
    pub(super) fn truncate(&mut self, check: CheckId) {
        self.slots.truncate(check.index());
    }

    pub(super) fn check(&self, check: CheckId) -> Check {
        let slot = self.slot(check);
        slot.facts.unpack(slot.demand.policy)
    }

    /// Takes over everything of a check but its policy, which is a part of its demand.
    pub(super) fn set_check(&mut self, check: CheckId, after: &Check) {
        self.slot_mut(check).facts.pack(after);
    }

    pub(super) fn facts(&self, check: CheckId) -> &Packed {
        &self.slot(check).facts
    }

    pub(super) fn facts_mut(&mut self, check: CheckId) -> &mut Packed {
        &mut self.slot_mut(check).facts
    }

    pub(super) fn name(&self, check: CheckId) -> &str {
        self.names.name(self.facts(check).name)
    }

    /// Returns what people call a check.
    pub(super) fn shown_name(&self, check: CheckId) -> String {
        if check.is_managed() {
            return self.shelf.get(check).map_or_else(String::new, Slot::shown_name);
        }
        self.name(check).to_owned()
    }

    /// Tells whether the incident of this number lasts.
    pub(super) fn is_still_down(&self, check: CheckId, incident: u32) -> bool {
        if check.is_managed() {
            return match self.shelf.get(check).map(|slot| slot.check.state) {
                Some(managed::State::Down(present)) => present.number == incident,
                Some(managed::State::New | managed::State::Up | managed::State::Paused) | None => false,
            };
        }
        match self.check(check).state {
            State::Down(present) => present.number == incident,
            State::New | State::Up => false,
        }
    }

    pub(super) fn key(&self, check: CheckId) -> Option<[u8; 32]> {
        self.names.key(self.facts(check).name)
    }

    pub(super) fn demand(&self, check: CheckId) -> &Arc<Demand> {
        &self.slot(check).demand
    }

    /// Asks something else of a check; returns what was asked before.
    pub(super) fn set_demand(&mut self, check: CheckId, demand: &Arc<Demand>) -> Arc<Demand> {
        let demand = self.demands.shared(demand);
        std::mem::replace(&mut self.slot_mut(check).demand, demand)
    }

    /// Puts back what was asked of a check.
    pub(super) fn put_demand_back(&mut self, check: CheckId, before: Arc<Demand>) {
        self.slot_mut(check).demand = before;
    }

    /// Tells whether there is such a check, declared and in the config, or managed.
    pub(super) fn is_in_use(&self, check: CheckId) -> bool {
        if check.is_managed() {
            return self.shelf.get(check).is_some();
        }
        self.slots.get(check.index()).is_some_and(|slot| slot.facts.archived_at().is_none())
    }

    pub(super) fn listening(&self) -> Listening<'_> {
        Listening { gaps: &self.gaps, tolerance: self.tolerance }
    }

    /// Returns what the rules of managed checks have to know.
    pub(super) fn world(&self) -> World<'_> {
        World { listening: self.listening(), wall_offset_micros: self.timeline.latest().unwrap_or_default() }
    }

    /// Applies an event to a managed check; returns the check as it was, and what else the event caused, or `None` if
    /// there is no such check.
    pub(super) fn happen(&mut self, check: CheckId, event: &managed::Event) -> Option<(Managed, Effects)> {
        let Self { shelf, gaps, tolerance, timeline, .. } = self;
        let slot = shelf.get_mut(check)?;
        let before = slot.check.clone();
        let listening = Listening { gaps, tolerance: *tolerance };
        let world = World { listening, wall_offset_micros: timeline.latest().unwrap_or_default() };
        let effects = slot.check.apply(event, world);
        Some((before, effects))
    }

    /// Returns every declared check that is in use.
    pub(super) fn in_use(&self) -> impl Iterator<Item = CheckId> {
        self.slice(0, self.len())
    }

    /// Returns who is in use among so many declared checks, beginning with the one at a place.
    pub(super) fn slice(&self, from: usize, most: usize) -> impl Iterator<Item = CheckId> {
        (from..self.len().min(from.saturating_add(most))).map(id_at).filter(|check| self.is_in_use(*check))
    }

    /// Makes sure that the check is looked at when it may be due.
    ///
    /// A ping does not come here: it only moves the deadline away, and the entry that stands too early is found out
    /// when it comes up. So a ping costs no work that depends on the number of checks.
    pub(super) fn await_deadline(&mut self, check: CheckId, now: Timestamp) {
        let Some(at) = self.wakes_at(check, now) else { return };
        let Some(queued_at) = self.queued_at(check) else { return };
        if at < *queued_at {
            *queued_at = at;
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
        !self.is_queued_at(check, NEVER)
    }

    /// Lets all managed checks be looked at anew, a portion at a time, because the clocks or the rules have changed.
    pub(super) fn await_managed(&mut self) {
        self.shelf.awaited = 0;
        self.has_earlier |= 0 < self.shelf.count();
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
            if let Some(queued_at) = self.queued_at(check) {
                *queued_at = NEVER;
            }
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
        if check.is_managed() {
            return self.shelf.get(check).is_some_and(|slot| slot.queued_at == at);
        }
        self.slots.get(check.index()).is_some_and(|slot| slot.queued_at == at)
    }

    fn queued_at(&mut self, check: CheckId) -> Option<&mut Timestamp> {
        if check.is_managed() {
            return self.shelf.get_mut(check).map(|slot| &mut slot.queued_at);
        }
        self.slots.get_mut(check.index()).map(|slot| &mut slot.queued_at)
    }

    fn wakes_at(&self, check: CheckId, now: Timestamp) -> Option<Timestamp> {
        if check.is_managed() {
            return self.shelf.get(check)?.check.wakes_at(self.world(), now);
        }
        if !self.is_in_use(check) && !planted::watches_removed() {
            return None;
        }
        self.check(check).wakes_at(self.listening(), now)
    }

    fn slot(&self, check: CheckId) -> &Row {
        &self.slots[check.index()]
    }

    fn slot_mut(&mut self, check: CheckId) -> &mut Row {
        &mut self.slots[check.index()]
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
    use crate::store::stage::POLICY;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn book_of(max_sleeps: &[i64]) -> Book {
        let mut book = Book::new(0, Gaps::default(), Timeline::default());
        for max_sleep in max_sleeps {
            let policy = Policy { schedule: Schedule::Every(Span::from_seconds(*max_sleep)), ..POLICY };
            let demand = Demand { policy, max_sleep: "10".into(), recipients: Arc::new([]) };
            let name = max_sleep.to_string();
            let check = book.add(&Check::new(policy, at(0)), (&name, None), None, &Arc::new(demand));
            book.await_deadline(check, at(0));
        }
        book
    }

    #[test]
    fn a_check_whose_adding_was_undone_is_forgotten_by_the_queue() {
        let mut book = book_of(&[20, 10]);
        book.truncate(id_at(1));
        assert_eq!(book.next_due(), Some(at(20) + Span::from_micros(1)));
        assert_eq!(book.pop_due(at(30)), Some(id_at(0)));
        assert_eq!(book.pop_due(at(30)), None);
    }

    #[test]
    fn a_check_that_is_put_back_after_it_was_popped_is_awaited_again() {
        let mut book = book_of(&[10]);
        let check = id_at(0);
        assert_eq!(book.pop_due(at(11)), Some(check));
        book.await_deadline(check, at(11));
        assert_eq!(book.pop_due(at(11)), Some(check), "it would never be looked at again");
    }
}

//! The shelf: every managed check's hot state in memory, owned by the writer.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use domain::id::CheckId;
use domain::managed::filter::Filter;
use domain::managed::{Managed, State};
use domain::time::Timestamp;
use uuid::Uuid;

use super::plans::Plans;
use super::settings::{Edit, Settings, UniqueBy};
use crate::store::book::{NEVER, PULSE_PAGE};

/// A managed check with all that belongs to it.
#[derive(Clone, Debug)]
pub(in crate::store) struct Slot {
    pub(in crate::store) uuid: Uuid,
    pub(in crate::store) badge_key: Uuid,
    pub(in crate::store) settings: Arc<Settings>,
    pub(in crate::store) filter: Arc<Filter>,
    pub(in crate::store) check: Managed,
    /// The instant under which it stands in the queue of who is due next.
    pub(in crate::store) queued_at: Timestamp,
}

impl Slot {
    /// Returns what people call it: its name, or its UUID if it has none.
    pub(in crate::store) fn shown_name(&self) -> String {
        if self.settings.name.is_empty() { self.uuid.to_string() } else { self.settings.name.clone() }
    }
}

/// All managed checks.
#[derive(Default)]
pub(in crate::store) struct Shelf {
    /// By their indexes; those of deleted ones stay empty.
    slots: Vec<Option<Box<Slot>>>,
    count: usize,
    names: Index,
    slugs: Index,
    tags: Index,
    pub(in crate::store) plans: Plans,
    /// Before this place the queue of who is due next has the deadlines as the clocks stand.
    pub(in crate::store) awaited: usize,
}

/// The checks with a text, oldest first, by a hash of the text: who looks a text up compares it.
#[derive(Default)]
struct Index {
    hasher: RandomState,
    places: BTreeSet<(u32, u32)>,
}

impl Index {
    fn hash(&self, text: &str) -> u32 {
        u32::try_from(self.hasher.hash_one(text) >> 32).expect("32 bits")
    }

    fn insert(&mut self, text: &str, index: u32) {
        if !text.is_empty() {
            self.places.insert((self.hash(text), index));
        }
    }

    fn remove(&mut self, text: &str, index: u32) {
        if !text.is_empty() {
            self.places.remove(&(self.hash(text), index));
        }
    }

    /// Returns the checks that may have a text.
    fn find(&self, text: &str) -> impl Iterator<Item = CheckId> {
        let hash = self.hash(text);
        self.places.range((hash, 0)..=(hash, u32::MAX)).map(|&(_, index)| CheckId::managed(index))
    }
}

/// Who has a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Bearers {
    None,
    One(CheckId),
    Many,
}

impl Shelf {
    /// Counts the checks.
    pub(in crate::store) fn count(&self) -> usize {
        self.count
    }

    /// Counts the places, those of deleted checks too.
    pub(in crate::store) fn places(&self) -> usize {
        self.slots.len()
    }

    /// Returns a check, or `None` if it was deleted or never was.
    pub(in crate::store) fn get(&self, check: CheckId) -> Option<&Slot> {
        self.slots.get(place(check)?)?.as_deref()
    }

    pub(in crate::store) fn get_mut(&mut self, check: CheckId) -> Option<&mut Slot> {
        self.slots.get_mut(place(check)?)?.as_deref_mut()
    }

    /// Returns the identity of a check that is to be added.
    pub(in crate::store) fn next(&self) -> CheckId {
        id_at(self.slots.len())
    }

    /// Takes note that this many checks have been, the last ones deleted.
    pub(in crate::store) fn grow(&mut self, places: usize) {
        self.slots.resize_with(self.slots.len().max(places), || None);
    }

    /// Puts a check into its place, or empties it; returns what was there.
    pub(in crate::store) fn put(&mut self, check: CheckId, slot: Option<Box<Slot>>) -> Option<Box<Slot>> {
        let (Some(place), Some(index)) = (place(check), check.managed_index()) else { return slot };
        self.grow(place + 1);
        let before = self.slots[place].take();
        if let Some(before) = &before {
            self.count -= 1;
            for (list, text) in self.indexes(&before.settings) {
                list.remove(text, index);
            }
        }
        if let Some(slot) = &slot {
            self.count += 1;
            for (list, text) in self.indexes(&slot.settings) {
                list.insert(text, index);
            }
        }
        self.slots[place] = slot;
        before
    }

    /// Puts a check back as it was, or takes it away, but for its place in the queue of who is due next.
    pub(in crate::store) fn put_back(&mut self, check: CheckId, before: Option<Box<Slot>>) {
        let queued_at = self.get(check).map_or(NEVER, |slot| slot.queued_at);
        self.put(check, before);
        if let Some(slot) = self.get_mut(check) {
            slot.queued_at = queued_at;
        }
    }

    /// Returns the checks at so many places, beginning with this one.
    pub(in crate::store) fn slice(&self, from: usize, most: usize) -> impl Iterator<Item = (CheckId, &Slot)> {
        let until = self.slots.len().min(from.saturating_add(most));
        let places = (from..until).zip(&self.slots[from.min(until)..until]);
        places.filter_map(|(place, slot)| Some((id_at(place), slot.as_deref()?)))
    }

    /// Returns every check.
    pub(in crate::store) fn all(&self) -> impl Iterator<Item = (CheckId, &Slot)> {
        self.slice(0, self.slots.len())
    }

    /// Returns the oldest check that is what a request says in all of these, or `None` if it does not say one of them.
    pub(in crate::store) fn find_alike(&self, edit: &Edit, by: &[UniqueBy]) -> Option<CheckId> {
        if by.is_empty() || !by.iter().all(|field| field.is_given_in(edit)) {
            return None;
        }
        let is_alike = |slot: &Slot| by.iter().all(|field| field.matches(edit, &slot.settings));
        let lists = [(&self.names, UniqueBy::Name, &edit.name), (&self.slugs, UniqueBy::Slug, &edit.slug)];
        let lists = lists.into_iter().chain([(&self.tags, UniqueBy::Tags, &edit.tags)]);
        for (list, field, text) in lists {
            // A text that is empty is in no list, as most checks have it.
            if let Some(text) = text.as_ref().filter(|text| by.contains(&field) && !text.is_empty()) {
                return list.find(text).find(|check| self.get(*check).is_some_and(is_alike));
            }
        }
        self.all().find(|(_, slot)| is_alike(slot)).map(|(check, _)| check)
    }

    /// Returns who has a slug.
    pub(in crate::store) fn bearers(&self, slug: &str) -> Bearers {
        let has_slug = |check: &CheckId| self.get(*check).is_some_and(|slot| slot.settings.slug == slug);
        let mut bearers = self.slugs.find(slug).filter(has_slug);
        match (bearers.next(), bearers.next()) {
            (None, _) => Bearers::None,
            (Some(check), None) => Bearers::One(check),
            (Some(_), Some(_)) => Bearers::Many,
        }
    }

    /// Returns the earliest instant from which a deadline of any of them may be reckoned.
    pub(in crate::store) fn oldest_base(&self) -> Option<Timestamp> {
        let base = |check: &Managed| {
            let last_ping = check.last_ping.filter(|_| check.state == State::Up);
            let runs = check.runs.first().into_iter().chain(&check.last_start).map(|run| run.at);
            last_ping.into_iter().chain(runs).min()
        };
        self.all().filter_map(|(_, slot)| base(&slot.check)).min()
    }

    /// Returns the numbers and times of the last pings of a page, as `pulses` has them.
    pub(in crate::store) fn pulse_payload(&self, page: usize) -> Vec<u8> {
        let mut payload = Vec::new();
        let Some(first) = place_of_page(page) else { return payload };
        for slot in self.slots.iter().skip(first).take(PULSE_PAGE) {
            let known = slot.as_deref().map(|slot| (slot.check.pings, slot.check.last_ping));
            let (pings, last_ping) = known.unwrap_or((0, None));
            payload.extend(pings.to_le_bytes());
            payload.extend(last_ping.map_or(i64::MIN, Timestamp::as_micros).to_le_bytes());
        }
        payload
    }

    /// Takes note of the last pings of a page, where they are later than what is known.
    pub(in crate::store) fn note_pulses(&mut self, page: usize, payload: &[u8]) {
        let Some(first) = place_of_page(page) else { return };
        for (place, bytes) in (first..).zip(payload.as_chunks::<16>().0) {
            let (&[pings, last_ping], _) = bytes.as_chunks::<8>() else { continue };
            let last_ping = i64::from_le_bytes(last_ping);
            let at = (last_ping != i64::MIN).then_some(Timestamp::from_micros(last_ping));
            self.note_ping(id_at(place), u64::from_le_bytes(pings), at);
        }
    }

    /// Takes note of a ping that changed no more than how many there were and when the last was, unless it is known;
    /// `at` is `None` if it does not count as the last.
    pub(in crate::store) fn note_ping(&mut self, check: CheckId, n: u64, at: Option<Timestamp>) {
        let Some(slot) = self.get_mut(check) else { return };
        if slot.check.pings < n {
            slot.check.pings = n;
            slot.check.last_ping = slot.check.last_ping.max(at);
        }
    }

    fn indexes<'a>(&mut self, settings: &'a Settings) -> [(&mut Index, &'a str); 3] {
        [
            (&mut self.names, &*settings.name),
            (&mut self.slugs, &*settings.slug),
            (&mut self.tags, &*settings.tags),
        ]
    }
}

fn place(check: CheckId) -> Option<usize> {
    usize::try_from(check.managed_index()?.checked_sub(1)?).ok()
}

/// Returns the identity of the check at a place.
pub(in crate::store) fn id_at(place: usize) -> CheckId {
    let index = u32::try_from(place + 1).ok().filter(|index| *index < 1 << 31);
    CheckId::managed(index.expect("no more than 2^31 checks are ever made"))
}

/// Returns the first place of a page of `pulses`, or `None` if that page is of declared checks.
fn place_of_page(page: usize) -> Option<usize> {
    page.checked_sub(id_at(0).index() / PULSE_PAGE)?.checked_mul(PULSE_PAGE)
}

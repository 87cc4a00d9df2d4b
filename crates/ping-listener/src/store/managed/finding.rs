//! Finding: which managed check is meant by a UUID, a slug or a badge, for every request at once, without the writer.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use domain::id::CheckId;
use domain::managed::filter::Filter;
use uuid::Uuid;

use super::shelf::{Bearers, Shelf, Slot};

/// A check that a request means.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its identity.
    pub id: CheckId,
    /// What its pings say.
    pub filter: Arc<Filter>,
    /// It stands in the config, and takes nothing but successes.
    pub is_declared: bool,
}

/// Which checks have a slug.
#[derive(Clone, Debug)]
pub enum BySlug {
    /// Nobody.
    None,
    /// This one.
    One(Found),
    /// More than one.
    Many,
}

/// How checks are found, as of the last commit.
#[derive(Clone, Default)]
pub(in crate::store) struct Findings(Arc<Tables>);

#[derive(Default)]
struct Tables {
    checks: Table<Uuid, Found>,
    slugs: Table<Box<str>, Option<Found>>,
    badges: Table<Uuid, CheckId>,
    /// What stands for a check that lets everything pass.
    filter: Arc<Filter>,
}

/// What a transaction changed of how checks are found.
#[derive(Default)]
pub(in crate::store) struct Moves {
    checks: Vec<(CheckId, Uuid, Uuid)>,
    slugs: Vec<Box<str>>,
}

impl Moves {
    /// Notes that a check has come, gone or changed; called before and after it.
    pub(in crate::store) fn note(&mut self, check: CheckId, slot: &Slot) {
        self.checks.push((check, slot.uuid, slot.badge_key));
        if !slot.settings.slug.is_empty() {
            self.slugs.push(slot.settings.slug.as_str().into());
        }
    }

    /// Tells whether nothing has changed.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }
}

impl Findings {
    /// Shows everybody what has changed.
    pub(in crate::store) fn publish(&self, moves: &Moves, known: &Shelf) {
        for (check, uuid, badge_key) in &moves.checks {
            let slot = known.get(*check);
            self.0.checks.set(*uuid, slot.map(|slot| found(*check, slot)));
            self.0.badges.set(*badge_key, slot.map(|_| *check));
        }
        for slug in &moves.slugs {
            let bearer = match known.bearers(slug) {
                Bearers::None => None,
                Bearers::One(check) => Some(known.get(check).map(|slot| found(check, slot))),
                Bearers::Many => Some(None),
            };
            self.0.slugs.set(slug.clone(), bearer);
        }
    }

    /// Shows everybody all checks.
    pub(in crate::store) fn publish_all(&self, known: &Shelf) {
        let mut moves = Moves::default();
        for (check, slot) in known.all() {
            moves.note(check, slot);
        }
        moves.slugs.sort_unstable();
        moves.slugs.dedup();
        self.publish(&moves, known);
    }

    pub(in crate::store) fn by_uuid(&self, uuid: Uuid) -> Option<Found> {
        self.0.checks.find(&uuid)
    }

    pub(in crate::store) fn by_slug(&self, slug: &str) -> BySlug {
        match self.0.slugs.find(slug) {
            None => BySlug::None,
            Some(Some(found)) => BySlug::One(found),
            Some(None) => BySlug::Many,
        }
    }

    pub(in crate::store) fn by_badge(&self, badge_key: Uuid) -> Option<CheckId> {
        self.0.badges.find(&badge_key)
    }

    /// Returns what a declared check is found as.
    pub(in crate::store) fn declared(&self, id: CheckId) -> Found {
        Found { id, filter: self.0.filter.clone(), is_declared: true }
    }
}

pub(in crate::store) fn found(id: CheckId, slot: &Slot) -> Found {
    Found { id, filter: slot.filter.clone(), is_declared: false }
}

/// Parts of a table: so many requests may look while one part is written, and a part that grows keeps few waiting.
const PARTS: usize = 64;

/// A table that many read while one writes.
struct Table<K, V> {
    hasher: RandomState,
    parts: [RwLock<HashMap<K, V>>; PARTS],
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { hasher: RandomState::new(), parts: std::array::from_fn(|_| RwLock::default()) }
    }
}

impl<K: Eq + Hash, V: Clone> Table<K, V> {
    fn find<Q>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.part(key).read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Sets a value, or takes it away.
    fn set(&self, key: K, value: Option<V>) {
        let mut part = self.part(&key).write().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => part.insert(key, value),
            None => part.remove(&key),
        };
    }

    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> &RwLock<HashMap<K, V>> {
        let part = usize::try_from(self.hasher.hash_one(key) % PARTS as u64).unwrap_or(0);
        &self.parts[part]
    }
}

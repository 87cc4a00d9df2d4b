//! What all pages see of the checks, looked at once for many.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError};

use domain::id::CheckId;
use domain::time::Span;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::Rooms;
use super::recent::Strips;
use super::selection::Selection;
use super::subject::Subject;
use super::summary::Summary;
use crate::store::error::StoreError;

/// Checks of which what was seen is kept: so many cost some ten megabytes.
const SEEN_MAX: usize = 20_000;

/// For how long it is kept at most, whatever happens.
const SEEN_OLD: SignedDuration = SignedDuration::from_secs(5);

/// While checks only ping or grow late, one look at many is good for so many times as long as it took: however many
/// people look and however many checks ping, looking takes a tenth of one core.
const REST_FACTOR: f64 = 10.0;

/// It is good for no longer than this, and open pages look again then.
const REST_MAX: Span = Span::from_millis(500);

/// To look at fewer checks takes no longer than to ask when somebody last did.
const RESTED_CHECKS_MIN: usize = 1_000;

/// Selections whose order is kept for one look: more than are on the screens of one team.
const ORDERS_MAX: usize = 64;

/// All checks as somebody has just seen them, so that who types in a search does not ask the writer with every key.
#[derive(Default)]
pub struct Sight {
    seen: Mutex<Option<Seen>>,
    /// The strips that were drawn of them.
    pub(super) strips: Strips,
}

struct Seen {
    /// What has changed so far without plain pings, as the store counts it.
    deeds: u64,
    from: Timestamp,
    /// From then on the clock alone makes something of it wrong.
    until: Timestamp,
    /// When it was looked at, and for how long it is good while checks only ping.
    looked_at: domain::time::Timestamp,
    rest: Span,
    scene: Arc<Scene>,
}

/// All checks at one moment, the declared ones first, each kind in the order in which they came.
pub(super) struct Scene {
    /// What had changed by then, as the store counts it.
    pub(super) version: u64,
    subjects: Vec<Subject>,
    summary: OnceLock<Summary>,
    orders: std::sync::Mutex<Vec<(Selection, Arc<[usize]>)>>,
}

impl Deref for Scene {
    type Target = [Subject];

    fn deref(&self) -> &[Subject] {
        &self.subjects
    }
}

impl Scene {
    pub(super) fn new(subjects: Vec<Subject>) -> Self {
        Self { version: 0, subjects, summary: OnceLock::new(), orders: std::sync::Mutex::default() }
    }

    /// Says how all stand together.
    pub(super) fn summary(&self) -> &Summary {
        self.summary.get_or_init(|| Summary::of(&self.subjects))
    }

    /// Returns the places of all checks that are selected, in their order.
    pub(super) fn order(&self, selection: &Selection) -> Arc<[usize]> {
        let asked = Selection { from: 0, testing: None, ..selection.clone() };
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = orders.iter().find(|(known, _)| *known == asked) {
            return known.clone();
        }
        let order: Arc<[usize]> = asked.select(&self.subjects).into();
        orders.truncate(ORDERS_MAX - 1);
        orders.insert(0, (asked, order.clone()));
        order
    }

    /// Returns these checks, as far as they still are.
    pub(super) fn of(&self, checks: &[CheckId]) -> Vec<&Subject> {
        let wanted: HashSet<_> = checks.iter().collect();
        self.subjects.iter().filter(|subject| wanted.contains(&subject.id)).collect()
    }

    /// Returns the checks on one page of a selection, in its order.
    pub(super) fn on_page<'a>(
        &'a self,
        selection: &Selection,
    ) -> impl Iterator<Item = &'a Subject> + use<'a> {
        let order = self.order(selection);
        let page = selection.page_of(&order).to_vec();
        page.into_iter().filter_map(|place| self.subjects.get(place))
    }
}

impl Seen {
    fn is_good(&self, rooms: &Rooms, now: Timestamp) -> bool {
        if rooms.clock.now() < self.looked_at + self.rest {
            return self.deeds == rooms.store.deeds() && self.from <= now;
        }
        !rooms.is_past(self.scene.version) && (self.from..=self.until).contains(&now)
    }
}

impl Rooms {
    /// Tells whether something has changed since this version.
    pub(super) fn is_past(&self, version: u64) -> bool {
        version != *self.store.changes().borrow()
    }

    /// Returns all checks.
    pub(super) async fn subjects(&self) -> Result<Arc<Scene>, StoreError> {
        // Who comes meanwhile waits for the same answer.
        let mut seen = self.sight.seen.lock().await;
        let now = self.clock.wall_now();
        if let Some(seen) = seen.as_ref().filter(|seen| seen.is_good(self, now)) {
            return Ok(seen.scene.clone());
        }
        *seen = None;
        let (version, deeds) = (*self.store.changes().borrow(), self.store.deeds());
        let looked_at = self.clock.now();
        let subjects = self.look_at_all().await?;
        let took = self.clock.now() - looked_at;
        let has_many = RESTED_CHECKS_MIN <= subjects.len();
        let rest = if has_many { took.scaled(REST_FACTOR).min(REST_MAX) } else { Span::ZERO };
        let scene = Arc::new(Scene { version, ..Scene::new(subjects) });
        if scene.len() <= SEEN_MAX {
            let turns =
                scene.iter().flat_map(|subject| [subject.due, subject.deadline, subject.snoozed_until]);
            let oldest = now.saturating_add(SEEN_OLD).unwrap_or(now);
            let until = turns.flatten().filter(|at| now <= *at).min().map_or(oldest, |at| at.min(oldest));
            let scene = scene.clone();
            *seen = Some(Seen { deeds, from: now, until, looked_at, rest, scene });
        }
        Ok(scene)
    }

    async fn look_at_all(&self) -> Result<Vec<Subject>, StoreError> {
        let declared = self.store.checks().await?;
        let managed = self.store.all_managed().await?;
        let declared = declared.into_iter().map(|check| Subject::of_declared(&self.store, check));
        Ok(declared.chain(managed.iter().map(Subject::of_managed)).collect())
    }
}

//! What readers see of managed checks, without keeping pings waiting.

use std::sync::Arc;

use domain::flip::Reason;
use domain::id::CheckId;
use domain::managed::{Shown, State, Word};
use domain::time::Span;
use jiff::Timestamp;
use uuid::Uuid;

use super::settings::Settings;
use super::shelf::Slot;
use crate::store::Store;
use crate::store::apply::Desk;
use crate::store::error::StoreError;
use crate::store::sqlite::flips;

/// Checks that the writer looks at before it does something else: some milliseconds.
const SLICE: usize = 256;

/// One check, as it stands at the instant of asking. Instants are wall-clock time.
#[derive(Clone, Debug)]
pub struct View {
    /// Its identity.
    pub id: CheckId,
    /// Its UUID.
    pub uuid: Uuid,
    /// The UUID of its badge.
    pub badge_key: Uuid,
    /// What is asked of it.
    pub settings: Arc<Settings>,
    /// What to show of it.
    pub shown: Shown,
    /// The same in the first version of the API.
    pub shown_v1: Shown,
    /// A run has begun and is not known to have ended.
    pub is_started: bool,
    /// How many pings were recorded.
    pub pings: u64,
    /// The latest success or failure.
    pub last_ping: Option<Timestamp>,
    /// From when on its patience counts: when a ping is due, or a run began.
    pub next_ping: Option<Timestamp>,
    /// When the latest run began.
    pub last_start: Option<Timestamp>,
    /// The instant at which it goes down if nothing comes.
    pub deadline: Option<Timestamp>,
    /// How much later that is, or was, because the listener itself was away.
    pub extended: Span,
    /// How long the last run took.
    pub last_duration: Option<Span>,
    /// Runs that have begun and are not known to have ended, with their ids, the latest last.
    pub runs: Vec<(Option<Uuid>, Timestamp)>,
    /// Since when it is down, and why.
    pub down: Option<(Timestamp, Reason)>,
    /// When it was made.
    pub created: Timestamp,
    /// Until when no mail about it goes out; `None` if it is not snoozed.
    pub snoozed_until: Option<Timestamp>,
}

/// A change of a check from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedFlipView {
    /// When.
    pub at: Timestamp,
    /// The state before.
    pub from: Word,
    /// The state after.
    pub to: Word,
    /// Why, as a word: `silence`, `overrun`, `fail`, `ping`, `paused`, `resumed`.
    pub reason: &'static str,
}

impl Store {
    /// Returns a managed check, or `None` if there is none of that identity.
    pub async fn managed(&self, check: CheckId) -> Result<Option<View>, StoreError> {
        self.write(move |desk| Ok(desk.managed_view(check))).await
    }

    /// Returns every managed check, in the order in which they were made; of many, some may be seen a moment later.
    pub async fn all_managed(&self) -> Result<Vec<View>, StoreError> {
        let mut checks = Vec::new();
        let mut from = 0;
        loop {
            let (slice, end) = self
                .write(move |desk| {
                    let known = &desk.book.shelf;
                    let slice = known.slice(from, SLICE).map(|(check, slot)| desk.view_of(check, slot));
                    Ok((slice.collect::<Vec<_>>(), known.places()))
                })
                .await?;
            checks.extend(slice);
            from += SLICE;
            if end <= from {
                return Ok(checks);
            }
        }
    }

    /// Returns the UUIDs of those of these checks that are in use, declared or managed.
    pub async fn uuids_of(&self, checks: Vec<CheckId>) -> Result<Vec<(CheckId, Uuid)>, StoreError> {
        let of_managed = self
            .write(move |desk| {
                let book = &desk.book;
                let in_use = checks.iter().copied().filter(|check| book.is_in_use(*check));
                Ok(in_use
                    .map(|check| (check, book.shelf.get(check).map(|slot| slot.uuid)))
                    .collect::<Vec<_>>())
            })
            .await?;
        let declared = |check| self.uuid_of_declared(check);
        Ok(of_managed
            .into_iter()
            .map(|(check, uuid)| (check, uuid.unwrap_or_else(|| declared(check))))
            .collect())
    }

    /// Returns the flips of a check, declared or managed, from `from` on and before `until`, latest recorded first.
    pub async fn flips_of(
        &self,
        check: CheckId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Vec<ManagedFlipView>, StoreError> {
        self.look(move |connection| flips::latest_first(connection, check, (from, until))).await
    }
}

impl Desk<'_> {
    pub(in crate::store) fn managed_view(&self, check: CheckId) -> Option<View> {
        self.book.shelf.get(check).map(|slot| self.view_of(check, slot))
    }

    fn view_of(&self, id: CheckId, slot: &Slot) -> View {
        let (check, world, now) = (&slot.check, self.book.world(), self.now);
        let wall = |at| self.book.timeline.wall(at);
        let deadline = check.deadline(world, now);
        let down = match check.state {
            State::Down(incident) => Some(incident),
            State::New | State::Up | State::Paused => None,
        };
        let runs = check.runs.iter().chain(&check.last_start);
        View {
            id,
            uuid: slot.uuid,
            badge_key: slot.badge_key,
            settings: slot.settings.clone(),
            shown: check.shown(world, now, false),
            shown_v1: check.shown(world, now, true),
            is_started: check.is_started(),
            pings: check.pings,
            last_ping: check.last_ping.map(wall),
            next_ping: check.next_ping(world, now).map(wall),
            last_start: check.last_start.map(|run| wall(run.at)),
            deadline: deadline.map(|deadline| wall(deadline.at)),
            extended: deadline.map_or_else(
                || down.map_or(Span::ZERO, |incident| incident.extended),
                |deadline| deadline.extended,
            ),
            last_duration: check.last_duration,
            runs: runs.map(|run| (run.rid, wall(run.at))).collect(),
            down: down.map(|incident| (wall(incident.since), incident.reason)),
            created: wall(check.created),
            snoozed_until: self.snoozed_until(id),
        }
    }
}

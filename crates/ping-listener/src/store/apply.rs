//! The door: the only place where a check changes, and where what it causes is written beside it.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::check::{Check, Ending, Event};
use domain::demand::Demand;
use domain::gap::Gap;
use domain::id::CheckId;
use domain::managed::Managed;
use domain::ping::{Ping, Signal};
use domain::time::Timestamp;
use faults::points::{self, Point};
use rusqlite::Connection;

use super::book::{Book, PULSE_PAGE};
use super::digests::Count;
use super::identity::Identity;
use super::loading::Volume;
use super::log::BatchWriter;
use super::managed::finding::Moves;
use super::managed::shelf::Slot;
use super::names::Names;
use super::packed::Packed;
use super::planted;
use super::queue::BATCH_JOBS_MAX;
use super::sqlite::{checks, flips, managed};

/// One transaction, with everything that may be read and changed in it.
pub(crate) struct Desk<'a> {
    /// The stamp of the job at hand.
    pub(super) now: Timestamp,
    /// The open transaction.
    pub(super) connection: &'a Connection,
    pub(super) book: &'a mut Book,
    pub(super) identity: &'a mut Identity,
    pub(super) batch: &'a mut BatchWriter,
    pub(super) changes: &'a mut Changes,
    /// Gaps that have ended and are not in the database yet: what cannot be written now is written later.
    pub(super) unsaved_gaps: &'a mut Vec<(Gap, &'static str)>,
    pub(super) wall_offset_micros: i64,
    /// The door was open when the transaction began.
    pub(super) is_listening: bool,
    /// Pings that the job at hand moved from the log to their place in the history.
    pub(super) sorted: Volume,
}

/// What a transaction has changed in memory: to be saved with it, or to be undone.
#[derive(Default)]
pub(super) struct Changes {
    undo: Vec<Undo>,
    unsaved: BTreeSet<CheckId>,
    /// Readers see something else than before.
    pub(super) is_visible: bool,
    /// Checks have pinged, which readers see too.
    pub(super) has_pings: bool,
    /// What the names were, if they have changed.
    names_before: Option<Names>,
    /// Something was queued to be said.
    pub(super) is_mail_queued: bool,
    /// Managed checks that are found in another way than before.
    pub(super) moves: Moves,
}

/// Room that is kept from one transaction to the next: as many changes as there may be pings in one.
const UNDO_KEPT: usize = 2 * BATCH_JOBS_MAX;

/// How to take one change back.
pub(super) enum Undo {
    Facts(CheckId, Packed),
    Demand(CheckId, Arc<Demand>),
    Added(CheckId),
    Popped(CheckId),
    StalePulse(usize),
    WallOffset,
    Counted(Box<str>, Count),
    /// How many pings a managed check had, and when the last was.
    Pulse(CheckId, u64, Option<Timestamp>),
    /// How a managed check stood.
    State(CheckId, Box<Managed>),
    /// A managed check with all that belongs to it, or that there was none.
    Shelved(CheckId, Option<Box<Slot>>),
    /// Until when a check was snoozed, or that it was not.
    Snoozed(CheckId, Option<Timestamp>),
}

impl Desk<'_> {
    /// Appends a ping to the log and applies it.
    pub(super) fn ping(&mut self, check: CheckId) -> rusqlite::Result<()> {
        let at = self.now;
        self.batch.push(check, at, self.wall_offset_micros);
        self.book.stale_pulses.insert(check.index() / PULSE_PAGE);
        self.changes.has_pings = true;
        self.apply(check, &Event::Ping(Ping { at, signal: Signal::Success }))?;
        // What `apply` keeps to undo has the number before.
        self.book.facts_mut(check).pings += 1;
        Ok(())
    }

    /// Applies an event to a check and writes what it caused: all of it in this transaction, or nothing.
    pub(super) fn apply(&mut self, check: CheckId, event: &Event) -> rusqlite::Result<()> {
        let before = self.book.check(check);
        let mut after = before;
        let effects = after.apply(event, self.book.listening());
        self.change(check, |book| book.set_check(check, &after));
        if before.policy != after.policy {
            let demand = Demand { policy: after.policy, ..Demand::clone(self.book.demand(check)) };
            self.demand(check, &Arc::new(demand));
        }
        if !effects.is_changed {
            if !self.book.is_awaited(check) {
                self.book.await_deadline(check, self.now);
            }
            return Ok(());
        }
        self.touch(check);
        if let Some(flip) = effects.flip {
            flips::insert(self.connection, check, flip, self.book.timeline.wall(flip.at))?;
            points::reach(Point::FlipWritten);
        }
        if let Some((incident, ending)) = effects.ended {
            match ending {
                Ending::Returned(at) => self.say_returned(check, &before, incident, at)?,
                Ending::Withdrawn => self.withdraw(check)?,
            }
        }
        if let Some(alert) = effects.alert {
            self.say_alert(check, alert)?;
            points::reach(Point::AlertWritten);
        }
        if planted::is_queued_after(event) {
            self.book.await_deadline(check, self.now);
        }
        Ok(())
    }

    /// Notes that a check's row has to be saved with this transaction.
    pub(super) fn touch(&mut self, check: CheckId) {
        self.changes.unsaved.insert(check);
        self.changes.is_visible = true;
    }

    /// Changes a row of the book so that it can be undone.
    pub(super) fn change(&mut self, check: CheckId, change: impl FnOnce(&mut Book)) {
        self.changes.undo.push(Undo::Facts(check, self.book.facts(check).clone()));
        change(self.book);
    }

    /// Asks something else of a check.
    pub(super) fn demand(&mut self, check: CheckId, demand: &Arc<Demand>) {
        let before = self.book.set_demand(check, demand);
        self.changes.undo.push(Undo::Demand(check, before));
    }

    /// Returns the book with names that may be changed, and go back to what they were if this is undone.
    pub(super) fn with_names(&mut self) -> &mut Book {
        self.changes.names_before.get_or_insert_with(|| self.book.names.clone());
        self.book
    }

    /// Adds a check to the book.
    pub(super) fn add(
        &mut self,
        name: &str,
        key: Option<&[u8; 32]>,
        demand: &Arc<Demand>,
    ) -> rusqlite::Result<CheckId> {
        let new = Check::new(demand.policy, self.now);
        let check = self.with_names().add(&new, (name, key), None, demand);
        checks::insert(self.connection, check, name)?;
        self.changes.undo.push(Undo::Added(check));
        self.touch(check);
        Ok(check)
    }

    /// Takes the next check that was overdue at `at`, or returns `None` if there is none.
    pub(super) fn pop_due(&mut self, at: Timestamp) -> Option<CheckId> {
        let check = self.book.pop_due(at)?;
        self.changes.undo.push(Undo::Popped(check));
        Some(check)
    }

    /// Notes that a page of last pings is written.
    pub(super) fn take_stale_pulse(&mut self, page: usize) {
        if self.book.stale_pulses.remove(&page) {
            self.changes.undo.push(Undo::StalePulse(page));
        }
    }

    /// Notes where the wall clock stands from now on.
    pub(super) fn push_wall_offset(&mut self, offset: i64) {
        self.book.timeline.push(self.now, offset);
        self.changes.undo.push(Undo::WallOffset);
        self.book.await_managed();
    }

    /// Writes what has to be committed together with the jobs: the batch of pings, and the rows of changed checks.
    pub(super) fn save(&mut self, batch_id: i64) -> rusqlite::Result<bool> {
        for &check in &self.changes.unsaved {
            if check.is_managed() {
                // It may have been deleted in the same transaction.
                if let Some(slot) = self.book.shelf.get(check) {
                    managed::save_state(self.connection, check, &slot.check)?;
                }
                continue;
            }
            let archived_at = self.book.facts(check).archived_at();
            checks::save(self.connection, check, &self.book.check(check), archived_at)?;
        }
        let Some(payload) = planted::logged(self.batch.finish()) else { return Ok(false) };
        super::sqlite::pings::append_batch(self.connection, batch_id, payload)?;
        points::reach(Point::AfterWrite);
        Ok(true)
    }
}

impl Changes {
    /// Notes how to take back what was changed.
    pub(super) fn note(&mut self, undo: Undo) {
        self.undo.push(undo);
    }

    /// Tells whether the names have changed.
    pub(super) fn has_new_names(&self) -> bool {
        self.names_before.is_some()
    }

    /// Forgets how to undo what is durable.
    pub(super) fn clear(&mut self) {
        // A start changes a million checks; what follows, a few thousand at once.
        self.undo.clear();
        self.undo.shrink_to(UNDO_KEPT);
        self.unsaved.clear();
        self.is_visible = false;
        self.has_pings = false;
        self.names_before = None;
        self.is_mail_queued = false;
        self.moves = Moves::default();
    }

    /// Puts the book back to what it was before the transaction.
    pub(super) fn undo(&mut self, book: &mut Book, now: Timestamp) {
        let mut looked_at = BTreeSet::new();
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Facts(check, before) => {
                    *book.facts_mut(check) = before;
                    looked_at.insert(check);
                }
                Undo::Demand(check, before) => {
                    book.put_demand_back(check, before);
                    looked_at.insert(check);
                }
                Undo::Added(check) => {
                    book.truncate(check);
                    looked_at.remove(&check);
                }
                Undo::Popped(check) => {
                    looked_at.insert(check);
                }
                Undo::StalePulse(page) => {
                    book.stale_pulses.insert(page);
                }
                Undo::WallOffset => book.timeline.pop(),
                Undo::Counted(recipient, before) => book.digests.put_back(&recipient, before),
                Undo::Pulse(check, pings, last_ping) => {
                    if let Some(slot) = book.shelf.get_mut(check) {
                        (slot.check.pings, slot.check.last_ping) = (pings, last_ping);
                    }
                }
                Undo::State(check, before) => {
                    if let Some(slot) = book.shelf.get_mut(check) {
                        slot.check = *before;
                    }
                    looked_at.insert(check);
                }
                Undo::Snoozed(check, Some(before)) => {
                    book.snoozes.insert(check, before);
                }
                Undo::Snoozed(check, None) => {
                    book.snoozes.remove(&check);
                }
                Undo::Shelved(check, before) => {
                    book.shelf.put_back(check, before);
                    looked_at.insert(check);
                }
            }
        }
        if let Some(before) = self.names_before.take() {
            book.names = before;
        }
        for check in looked_at {
            book.await_deadline(check, now);
        }
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Span;

    use crate::store::Store;
    use crate::store::declare::Trust;
    use crate::store::error::StoreError;
    use crate::store::stage::{POLICY, Stage, declaration};

    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    /// Lets the database grow to no more than it is, or to any size again.
    async fn limit_size(store: &Store, is_limited: bool) {
        let limit = move |desk: &mut super::Desk<'_>| {
            let pages: i64 = desk.connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let most = if is_limited { pages } else { i64::from(u32::MAX) - 1 };
            desk.connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
        };
        store.write(limit).await.unwrap();
    }

    #[tokio::test]
    async fn limits_that_could_not_be_written_are_not_in_force() {
        let names: Vec<String> = (0..2_000).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names[..2], &RECIPIENTS).await;
        let store = stage.store();
        limit_size(store, true).await;
        let mut wanted = declaration(&names, &RECIPIENTS, POLICY);
        wanted.digest_over = 1;
        assert_eq!(store.declare(wanted, Trust::Start).await.unwrap_err(), StoreError::Full);
        limit_size(store, false).await;
        stage.silence(Span::from_seconds(60)).await;
        stage.silence(Span::from_seconds(60)).await;
        assert_eq!(stage.lease().await.unwrap().facts.len(), 1, "two alerts are two mails, as before");
    }

    #[tokio::test]
    async fn what_a_full_disk_undid_never_was() {
        let names: Vec<String> = (0..2_000).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names[..1], &RECIPIENTS).await;
        let store = stage.store();
        limit_size(store, true).await;
        let grown = store.declare(declaration(&names, &RECIPIENTS, POLICY), Trust::Start).await;
        assert_eq!(grown.unwrap_err(), StoreError::Full);
        limit_size(store, false).await;
        assert_eq!(store.checks().await.unwrap().len(), 1);
        assert!(store.find("test1").is_none());
        stage.silence(Span::from_seconds(60)).await;
        stage.silence(Span::from_seconds(60)).await;
        assert_eq!(stage.rows().await.len(), 1, "the only check is silent");
        stage.declare(&names, &RECIPIENTS, POLICY).await;
        stage.ping("test1999").await;
        stage.silence(Span::from_seconds(11)).await;
        assert_eq!(stage.store().checks().await.unwrap().len(), names.len());
        assert_eq!(stage.rows().await.len(), names.len(), "everybody is silent");
    }
}

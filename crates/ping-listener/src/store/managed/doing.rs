//! Doing: the door of managed checks, where they change, and where what that causes is written beside it.

use std::sync::Arc;

use domain::id::CheckId;
use domain::managed::{Effects, Event, Managed, State, Told};
use faults::points::{self, Point};
use uuid::Uuid;

use super::finding::found;
use super::messages::Message;
use super::planted;
use super::settings::{Edit, Settings, UniqueBy};
use super::shelf::{Bearers, Slot};
use super::viewing::View;
use super::{CHECKS_MAX, Creation, Provisioned, Resumed};
use crate::store::apply::{Desk, Undo};
use crate::store::book::{NEVER, PULSE_PAGE};
use crate::store::changes::{Author, Deed};
use crate::store::details::Detail;
use crate::store::sqlite::{flips, managed, pings};

impl Desk<'_> {
    /// Appends a ping with what came with it to the log and applies it; returns whether there is such a check.
    pub(in crate::store) fn signal(&mut self, check: CheckId, message: &Message) -> rusqlite::Result<bool> {
        let Some(index) = check.managed_index() else {
            let is_known = self.book.is_in_use(check);
            if is_known {
                self.ping(check)?;
            }
            return Ok(is_known);
        };
        let event = Event::Ping { at: self.now, signal: message.signal, rid: message.rid };
        let Some(effects) = self.happen(check, &event)? else { return Ok(false) };
        let n = self.book.shelf.get(check).map_or(0, |slot| slot.check.pings);
        let detail = Detail {
            n,
            signal: effects.recorded,
            rid: message.rid,
            exit_status: message.exit_status,
            scheme: &message.scheme,
            remote_addr: message.remote_addr,
            method: &message.method,
            user_agent: &message.user_agent,
            body: &message.body,
        };
        self.batch.push_detail(index, self.now, self.wall_offset_micros, &detail);
        self.book.stale_pulses.insert(check.index() / PULSE_PAGE);
        self.changes.has_pings = true;
        Ok(true)
    }

    /// Applies an event to a managed check and writes what it caused: all of it in this transaction, or nothing.
    /// Returns `None` if there is no such check.
    pub(in crate::store) fn happen(
        &mut self,
        check: CheckId,
        event: &Event,
    ) -> rusqlite::Result<Option<Effects>> {
        let Some((before, effects)) = self.book.happen(check, event) else { return Ok(None) };
        if !effects.is_changed {
            self.changes.note(Undo::Pulse(check, before.pings, before.last_ping));
            if !self.book.is_awaited(check) {
                self.book.await_deadline(check, self.now);
            }
            return Ok(Some(effects));
        }
        let is_pause = effects.flip.is_some() && matches!(event, Event::Pause(_));
        self.changes.note(Undo::State(check, Box::new(before)));
        self.touch(check);
        if let Some(flip) = effects.flip {
            flips::insert_managed(self.connection, check, flip, self.book.timeline.wall(flip.at))?;
            points::reach(Point::FlipWritten);
        }
        match effects.told {
            Some(Told::Down(incident)) => self.say_down(check, incident)?,
            Some(Told::Up { ended, at }) => self.say_up(check, ended, at)?,
            None if is_pause => self.withdraw(check)?,
            None => {}
        }
        if effects.told.is_some() {
            points::reach(Point::AlertWritten);
        }
        self.book.await_deadline(check, self.now);
        Ok(Some(effects))
    }

    /// Makes a check, or changes the oldest one that is alike.
    pub(super) fn create(
        &mut self,
        edit: &Edit,
        unique: &[UniqueBy],
        drawn: [Uuid; 2],
        author: &Author,
    ) -> rusqlite::Result<Creation> {
        if let Some(alike) = self.book.shelf.find_alike(edit, unique)
            && let Some(view) = self.edit(alike, edit, author)?
        {
            return Ok(Creation::Updated(view));
        }
        let made = self.make(edit.apply(&Settings::default()), drawn, author)?;
        Ok(made.and_then(|check| self.managed_view(check)).map_or(Creation::OverLimit, Creation::Made))
    }

    /// Returns the check with a slug; if nobody has it, makes one.
    pub(super) fn provision(&mut self, slug: &str, drawn: [Uuid; 2]) -> rusqlite::Result<Provisioned> {
        let known = match self.book.shelf.bearers(slug) {
            Bearers::Many => return Ok(Provisioned::Many),
            Bearers::One(check) => Some(check),
            Bearers::None => None,
        };
        if let Some((check, slot)) = known.and_then(|check| Some((check, self.book.shelf.get(check)?))) {
            return Ok(Provisioned::Found(found(check, slot)));
        }
        let (name, slug) = (slug.to_owned(), slug.to_owned());
        let settings = Settings { name, slug, is_told: true, ..Settings::default() };
        let made = self.make(settings, drawn, &Author::Ping)?;
        let made = made.and_then(|check| Some((check, self.book.shelf.get(check)?)));
        Ok(made.map_or(Provisioned::OverLimit, |(check, slot)| Provisioned::Made(found(check, slot))))
    }

    /// Changes what is asked of a check; returns it, or `None` if there is none.
    pub(super) fn edit(
        &mut self,
        check: CheckId,
        edit: &Edit,
        author: &Author,
    ) -> rusqlite::Result<Option<View>> {
        let Some(slot) = self.book.shelf.get(check) else { return Ok(None) };
        let settings = edit.apply(&slot.settings);
        if settings != *slot.settings {
            let before = slot.settings.clone();
            let mut slot = Box::new(slot.clone());
            let plan = self.book.shelf.plans.plan(&settings);
            slot.filter = self.book.shelf.plans.filter(&settings);
            slot.settings = Arc::new(settings);
            if planted::saves_edits() {
                managed::save_settings(self.connection, check, &slot)?;
            }
            self.note_edit(check, author, (&before, &slot.settings))?;
            self.shelve(check, Some(slot));
            self.happen(check, &Event::Edit(self.now, plan))?;
        }
        Ok(self.managed_view(check))
    }

    /// Deletes a check; returns it as it was, or `None` if there is none.
    pub(super) fn delete(&mut self, check: CheckId) -> rusqlite::Result<Option<View>> {
        let Some(view) = self.managed_view(check) else { return Ok(None) };
        self.withdraw(check)?;
        self.forget_snooze(check)?;
        // What was stamped before this is in the log by now, or comes into it with this transaction.
        let (logged, sorted) = (pings::last_batch(self.connection)?, pings::fold(self.connection)?);
        let coming = i64::from(self.batch.finish().is_some());
        managed::delete(self.connection, check, logged.max(sorted.batch) + coming)?;
        self.shelve(check, None);
        Ok(Some(view))
    }

    /// Pauses a check; returns it, or `None` if there is none.
    pub(super) fn pause(&mut self, check: CheckId, author: &Author) -> rusqlite::Result<Option<View>> {
        let Some(slot) = self.book.shelf.get(check) else { return Ok(None) };
        if slot.check.state != State::Paused {
            self.note_change(check, author, &Deed::Paused)?;
        }
        self.happen(check, &Event::Pause(self.now))?;
        Ok(self.managed_view(check))
    }

    /// Resumes a check that is paused.
    pub(super) fn resume(&mut self, check: CheckId, author: &Author) -> rusqlite::Result<Resumed> {
        let Some(slot) = self.book.shelf.get(check) else { return Ok(Resumed::Gone) };
        if slot.check.state != State::Paused {
            return Ok(Resumed::NotPaused);
        }
        self.note_change(check, author, &Deed::Resumed)?;
        self.happen(check, &Event::Resume(self.now))?;
        Ok(self.managed_view(check).map_or(Resumed::Gone, Resumed::Done))
    }

    /// Adds a check; returns its identity, or `None` if there are as many as there may be.
    pub(super) fn make(
        &mut self,
        settings: Settings,
        [uuid, badge_key]: [Uuid; 2],
        author: &Author,
    ) -> rusqlite::Result<Option<CheckId>> {
        let known = &mut self.book.shelf;
        if CHECKS_MAX <= known.count() {
            return Ok(None);
        }
        let check = known.next();
        let slot = Box::new(Slot {
            uuid,
            badge_key,
            check: Managed::new(known.plans.plan(&settings), self.now),
            filter: known.plans.filter(&settings),
            settings: Arc::new(settings),
            queued_at: NEVER,
        });
        managed::save_settings(self.connection, check, &slot)?;
        self.note_change(check, author, &Deed::Made)?;
        self.shelve(check, Some(slot));
        self.touch(check);
        Ok(Some(check))
    }

    /// Puts a check into its place, or empties it, so that it can be undone.
    fn shelve(&mut self, check: CheckId, slot: Option<Box<Slot>>) {
        points::reach(Point::ManagedWritten);
        if let Some(slot) = &slot {
            self.changes.moves.note(check, slot);
        }
        let before = self.book.shelf.put(check, slot);
        if let Some(before) = &before {
            self.changes.moves.note(check, before);
        }
        self.changes.note(Undo::Shelved(check, before));
        self.changes.is_visible = true;
    }

    /// Looks anew when the next managed checks may be due, if the clocks were set; returns whether all are looked at.
    pub(in crate::store) fn await_some(&mut self) -> bool {
        let known = &mut self.book.shelf;
        let from = known.awaited;
        known.awaited = known.places().min(from.saturating_add(AWAITED_MAX));
        let is_last = known.awaited == known.places();
        let some: Vec<CheckId> = self.book.shelf.slice(from, AWAITED_MAX).map(|(check, _)| check).collect();
        for check in some {
            self.book.await_deadline(check, self.now);
        }
        is_last
    }
}

/// Deadlines looked at anew in one transaction: some milliseconds.
const AWAITED_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use domain::managed::Shown;
    use domain::ping::Signal;
    use domain::time::Span;
    use rusqlite::ffi;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::store::error::StoreError;
    use crate::store::managed::finding::BySlug;
    use crate::store::stage::Stage;

    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    async fn stage() -> Stage {
        Stage::open(&["declared"], &RECIPIENTS).await
    }

    fn named(name: &str) -> Edit {
        Edit { name: Some(name.to_owned()), ..Edit::default() }
    }

    #[tokio::test]
    async fn a_check_is_found_from_its_making_to_its_deletion_and_its_number_never_again() {
        let stage = stage().await;
        let store = stage.store();
        let made = stage.make("job").await;
        assert_eq!(store.find_uuid(made.uuid).unwrap().id, made.id);
        assert_eq!(store.managed_of_badge(made.badge_key), Some(made.id));
        assert!(matches!(store.find_slug("job"), BySlug::One(found) if found.id == made.id));
        stage.signal(made.id, Signal::Success).await.unwrap();
        let deleted = store.delete(made.id).await.unwrap().unwrap();
        assert_eq!((deleted.pings, deleted.shown), (1, Shown::Up));
        assert!(store.find_uuid(made.uuid).is_none() && matches!(store.find_slug("job"), BySlug::None));
        assert!(store.managed_of_badge(made.badge_key).is_none());
        assert_eq!(stage.signal(made.id, Signal::Success).await.unwrap_err(), StoreError::Gone);
        assert!(store.delete(made.id).await.unwrap().is_none());
        assert!(store.edit(made.id, named("other"), Author::Person).await.unwrap().is_none());
        let stage = stage.restart(&["declared"], &RECIPIENTS).await;
        assert!(made.id < stage.make("next").await.id);
    }

    #[tokio::test]
    async fn a_declared_check_is_found_by_a_uuid_that_outlives_a_restart_and_not_its_removal() {
        let stage = stage().await;
        let declared = stage.store().find("declared").unwrap().id;
        let uuid = stage.store().uuid_of_declared(declared);
        let stage = stage.restart(&["declared"], &RECIPIENTS).await;
        let found = stage.store().find_uuid(uuid).unwrap();
        assert_eq!((found.id, found.is_declared), (declared, true));
        stage.signal(found.id, Signal::Success).await.unwrap();
        assert!(stage.store().check(declared).await.unwrap().last_ping.is_some());
        let badge = stage.store().badge_of_declared(declared);
        assert_eq!(stage.store().declared_of_badge(badge), Some(declared));
        stage.declare(&["other"], &RECIPIENTS, crate::store::stage::POLICY).await;
        assert_eq!(stage.signal(found.id, Signal::Success).await.unwrap_err(), StoreError::Gone);
    }

    #[tokio::test]
    async fn a_slug_that_two_have_means_nobody_until_one_is_left() {
        let stage = stage().await;
        let (first, second) = (stage.make("job").await, stage.make("job").await);
        let store = stage.store();
        assert!(matches!(store.find_slug("job"), BySlug::Many));
        assert!(matches!(store.provision("job").await.unwrap(), Provisioned::Many));
        store.delete(first.id).await.unwrap();
        assert!(matches!(store.find_slug("job"), BySlug::One(found) if found.id == second.id));
        let moved = Edit { slug: Some("other".to_owned()), ..Edit::default() };
        store.edit(second.id, moved, Author::Person).await.unwrap();
        assert!(matches!(store.find_slug("job"), BySlug::None));
        let Provisioned::Made(made) = store.provision("job").await.unwrap() else { panic!() };
        let Provisioned::Found(found) = store.provision("job").await.unwrap() else { panic!() };
        assert_eq!((made.id, stage.seen(made.id).await.settings.is_told), (found.id, true));
    }

    #[tokio::test]
    async fn what_is_asked_to_be_unique_is_made_once_and_then_changed() {
        let stage = stage().await;
        let store = stage.store();
        let by = || vec![UniqueBy::Name, UniqueBy::Grace];
        let edit = Edit { grace: Some(90), ..named("job") };
        let Creation::Made(made) = store.create(edit.clone(), by(), Author::Person).await.unwrap() else {
            panic!()
        };
        let tagged = Edit { tags: Some("etl".to_owned()), ..edit.clone() };
        let Creation::Updated(same) = store.create(tagged, by(), Author::Person).await.unwrap() else {
            panic!()
        };
        assert_eq!((same.id, &*same.settings.tags), (made.id, "etl"));
        for other in
            [named("job"), Edit { grace: Some(91), ..edit.clone() }, Edit { grace: Some(90), ..named("") }]
        {
            assert!(matches!(store.create(other, by(), Author::Person).await.unwrap(), Creation::Made(_)));
        }
        let Creation::Updated(nameless) =
            store.create(Edit { grace: Some(90), ..named("") }, by(), Author::Person).await.unwrap()
        else {
            panic!("a name that is empty is a name")
        };
        assert_ne!(nameless.id, made.id);
        assert_eq!(store.all_managed().await.unwrap().len(), 4);
    }

    #[tokio::test]
    async fn a_period_that_was_shortened_ends_when_the_shorter_does() {
        let stage = stage().await;
        let check = stage.make("job").await.id;
        stage.signal(check, Signal::Success).await.unwrap();
        // The first pass after a start looks at everybody.
        stage.silence(Span::from_seconds(1)).await;
        let shorter = Edit { timeout: Some(30), grace: Some(10), ..Edit::default() };
        stage.store().edit(check, shorter, Author::Person).await.unwrap();
        stage.silence(Span::from_seconds(41)).await;
        assert!(stage.seen(check).await.down.is_some());
    }

    #[tokio::test]
    async fn what_was_rolled_back_never_was() {
        let stage = stage().await;
        let (kept, edited) = (stage.make("kept").await, stage.make("edited").await);
        stage.signal(edited.id, Signal::Success).await.unwrap();
        let has_failed = AtomicBool::new(false);
        let (id, deleted) = (edited.id, kept.id);
        let all = move |desk: &mut Desk<'_>| {
            if has_failed.swap(true, Ordering::Relaxed) {
                return Ok(());
            }
            let moved = Edit { slug: Some("moved".to_owned()), timeout: Some(3_600), ..Edit::default() };
            desk.edit(id, &moved, &Author::Person)?;
            desk.happen(id, &Event::Ping { at: desk.now, signal: Signal::Fail, rid: None })?;
            desk.happen(id, &Event::Pause(desk.now))?;
            desk.delete(deleted)?;
            desk.create(&named("made"), &[], [Uuid::from_u128(1), Uuid::from_u128(2)], &Author::Person)?;
            Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None))
        };
        stage.store().write(all).await.unwrap();
        let seen = stage.seen(edited.id).await;
        assert_eq!((seen.shown, seen.pings, &*seen.settings.slug), (Shown::Up, 1, "edited"));
        assert_eq!(stage.store().all_managed().await.unwrap().len(), 2);
        assert!(stage.store().find_uuid(Uuid::from_u128(1)).is_none());
        stage.signal(kept.id, Signal::Success).await.unwrap();
        stage.silence(Span::from_seconds(121)).await;
        assert_eq!(stage.seen(edited.id).await.shown, Shown::Down, "it is still awaited");
        let flips = stage.store().flips_of(edited.id, None, None).await.unwrap();
        assert_eq!(flips.len(), 2, "up and down");
    }

    #[tokio::test]
    async fn a_step_of_the_wall_clock_moves_the_deadlines_of_calendar_checks() {
        let stage = stage().await;
        let hourly = Edit { schedule: Some("0 * * * *".to_owned()), grace: Some(60), ..named("job") };
        let made = stage.make_as(hourly).await;
        stage.signal(made.id, Signal::Success).await.unwrap();
        stage.store().pass().await.unwrap();
        let clock = stage.store().0.clock.clone();
        clock.set_wall_offset_micros(clock.wall_offset_micros() + Span::from_minutes(30).as_micros());
        stage.store().pass().await.unwrap();
        stage.silence(Span::from_minutes(32)).await;
        let flips = stage.store().flips_of(made.id, None, None).await.unwrap();
        assert_eq!(flips.len(), 2, "the alert does not wait for half an hour that the clock skipped");
    }
}

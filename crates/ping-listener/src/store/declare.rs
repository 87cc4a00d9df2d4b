//! Declaring checks: making the book agree with the config, in one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::check::{Check, Event, Policy, State};
use domain::gap::Tolerance;
use domain::id::CheckId;
use domain::time::Timestamp;

use super::apply::Desk;
use super::attempts::SENT_BY_EMAIL;
use super::book::Slot;
use super::identity::ChannelKind;
use super::planted;
use super::sqlite::outbox::{self as rows};
use super::sqlite::settings;

/// What the config states, as far as the store has to know it.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Every check, in the config's order; names are unique.
    pub checks: Vec<DeclaredCheck>,
    /// K of the rule of own downtime.
    pub tolerance: Tolerance,
    /// More alerts than this to one recipient in one pass become one mail.
    pub digest_over: u32,
}

/// One check as the config states it.
#[derive(Clone, Debug)]
pub struct DeclaredCheck {
    /// Its name.
    pub name: Box<str>,
    /// What is asked of it.
    pub policy: Policy,
    /// `max_sleep` as the config writes it.
    pub max_sleep: Box<str>,
    /// Where its alerts go.
    pub recipients: Arc<[Box<str>]>,
    /// SHA-256 of its ping key.
    pub key: Option<[u8; 32]>,
}

/// What a declaration changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Checks that were not known before.
    pub added: usize,
    /// Checks that were archived and are watched again.
    pub restored: usize,
    /// Checks whose policy changed.
    pub revised: usize,
    /// Checks that the config does not name any more.
    pub archived: usize,
    /// Checks whose shortened period would have made them late at once; they were granted a first one.
    pub granted_time: Vec<String>,
}

/// A declaration that would archive so much that it looks like an accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the new config leaves out {archived} of {known} checks, which looks like an accident: nothing was changed; restart the server if it is meant"
)]
pub struct TooMuchArchived {
    /// Checks that would go.
    pub archived: usize,
    /// Checks that are known.
    pub known: usize,
}

/// Whether a declaration may archive much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A start: whoever wrote the file meant it.
    Start,
    /// A reload: a cut-off file must not silence the monitor.
    Reload,
}

/// A reload may archive so many checks whatever their share.
const ARCHIVED_FREELY_MAX: usize = 10;

/// A reload may archive one in so many checks.
const ARCHIVED_SHARE: usize = 5;

impl Desk<'_> {
    /// Makes the book agree with the config.
    pub(super) fn declare(
        &mut self,
        declaration: &Declaration,
        trust: Trust,
    ) -> rusqlite::Result<Result<Declared, TooMuchArchived>> {
        let mut declared = Declared::default();
        let leaving = self.leaving(declaration);
        let known = self.book.in_use().count();
        if trust == Trust::Reload
            && ARCHIVED_FREELY_MAX < leaving.len()
            && known < leaving.len() * ARCHIVED_SHARE
        {
            return Ok(Err(TooMuchArchived { archived: leaving.len(), known }));
        }
        let is_tolerance_new = self.book.tolerance != declaration.tolerance;
        self.book.tolerance = declaration.tolerance;
        self.identity.digest_over = declaration.digest_over;
        for check in leaving {
            self.archive(check)?;
            declared.archived += 1;
        }
        let known: HashMap<Arc<str>, CheckId> = self
            .book
            .slots
            .iter()
            .enumerate()
            .map(|(index, slot)| (slot.name.clone(), super::book::id_at(index)))
            .collect();
        for wanted in &declaration.checks {
            match known.get(&*wanted.name) {
                None => {
                    self.add(wanted)?;
                    declared.added += 1;
                }
                Some(&check) => self.bring_up_to_date(check, wanted, &mut declared)?,
            }
        }
        if is_tolerance_new {
            // Less of it may have moved deadlines to before where the queue has them.
            let in_use: Vec<CheckId> = self.book.in_use().map(|(check, _)| check).collect();
            for check in in_use {
                self.book.await_deadline(check, self.now);
            }
        }
        if trust == Trust::Start && planted::voids_leases() {
            // Only one process uses the folder, so whoever held a lease is gone.
            self.void_leases(Timestamp::from_micros(i64::MAX))?;
            faults::points::reach(faults::points::Point::LeasesVoided);
            // A pass that a crash interrupted decided alerts that nobody gathered.
            for pass in rows::ungathered_passes(self.connection)? {
                self.gather(pass)?;
            }
        }
        self.changes.is_directory_stale = true;
        self.changes.is_visible = true;
        Ok(Ok(declared))
    }

    /// Takes note of where mails go. From inbox to mail server, open incidents are due at once.
    pub(super) fn choose_channel(&mut self, channel: ChannelKind) -> rusqlite::Result<()> {
        const CHANNEL: &str = "channel";
        self.identity.channel = channel;
        let before = settings::find(self.connection, CHANNEL)?;
        if before.as_deref() == Some(channel.word()) {
            return Ok(());
        }
        settings::save(self.connection, CHANNEL, channel.word())?;
        rows::move_to_channel(self.connection, channel.word())?;
        if before.is_some() && channel == ChannelKind::Email {
            let down: Vec<CheckId> = self
                .book
                .in_use()
                .filter(|(_, slot)| matches!(slot.check.state, State::Down(_)))
                .map(|(check, _)| check)
                .collect();
            for check in down {
                self.apply(check, &Event::ChannelOpened)?;
            }
        }
        Ok(())
    }

    /// Tells whether a mail of this data folder ever went out by a mail server.
    pub(super) fn has_sent_by_email(&self) -> rusqlite::Result<bool> {
        Ok(settings::find(self.connection, SENT_BY_EMAIL)?.is_some())
    }

    fn leaving(&self, declaration: &Declaration) -> Vec<CheckId> {
        let wanted: HashSet<&str> = declaration.checks.iter().map(|check| &*check.name).collect();
        self.book.in_use().filter(|(_, slot)| !wanted.contains(&*slot.name)).map(|(check, _)| check).collect()
    }

    fn add(&mut self, wanted: &DeclaredCheck) -> rusqlite::Result<()> {
        let mut slot = Slot::new(Check::new(wanted.policy, self.now), Arc::from(&*wanted.name), None);
        describe(&mut slot, wanted);
        let check = self.add_slot(slot)?;
        self.book.await_deadline(check, self.now);
        Ok(())
    }

    fn bring_up_to_date(
        &mut self,
        check: CheckId,
        wanted: &DeclaredCheck,
        declared: &mut Declared,
    ) -> rusqlite::Result<()> {
        self.distort_reload(check);
        let slot = self.book.slot(check);
        let before = slot.check;
        let was_archived = slot.archived_at.is_some();
        if was_archived || !is_described(slot, wanted) {
            self.edit_slot(check, |slot| {
                slot.archived_at = None;
                describe(slot, wanted);
            });
        }
        if was_archived {
            declared.restored += 1;
            self.apply(check, &Event::Restore(self.now, wanted.policy))?;
        } else if before.policy != wanted.policy {
            declared.revised += 1;
            self.apply(check, &Event::Revise(self.now, wanted.policy))?;
            if before.policy.is_monitored && !wanted.policy.is_monitored {
                self.withdraw(check)?;
            }
            let after = self.book.slot(check).check;
            if after.revised.is_some_and(|revised| revised.at == self.now) {
                declared.granted_time.push(wanted.name.to_string());
            }
        } else if !self.book.is_awaited(check) {
            self.book.await_deadline(check, self.now);
        }
        Ok(())
    }

    fn archive(&mut self, check: CheckId) -> rusqlite::Result<()> {
        let now = self.now;
        self.apply(check, &Event::Archive(now))?;
        self.withdraw(check)?;
        self.edit_slot(check, |slot| slot.archived_at = Some(now));
        self.touch(check);
        Ok(())
    }
}

fn is_described(slot: &Slot, wanted: &DeclaredCheck) -> bool {
    *slot.max_sleep == *wanted.max_sleep && slot.recipients == wanted.recipients && slot.key == wanted.key
}

fn describe(slot: &mut Slot, wanted: &DeclaredCheck) {
    if *slot.max_sleep != *wanted.max_sleep {
        slot.max_sleep = Arc::from(&*wanted.max_sleep);
    }
    slot.recipients = wanted.recipients.clone();
    slot.key = wanted.key;
}

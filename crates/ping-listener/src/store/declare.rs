//! Declaring checks: making the book agree with the config, in one transaction.

use std::sync::Arc;

use domain::check::{Event, State};
use domain::demand::Demand;
use domain::gap::Tolerance;
use domain::id::CheckId;
use domain::time::Timestamp;

use super::apply::Desk;
use super::attempts::SENT_BY_EMAIL;
use super::identity::ChannelKind;
use super::managed::telling::SAYS_ALL_DOWN;
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
    /// Who hears of managed checks; empty when nobody does.
    pub recipients: Arc<[Box<str>]>,
}

/// One check as the config states it.
#[derive(Clone, Debug)]
pub struct DeclaredCheck {
    /// Its name.
    pub name: Box<str>,
    /// What is asked of it.
    pub demand: Arc<Demand>,
    /// SHA-256 of its ping key.
    pub key: Option<Box<[u8; 32]>>,
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

/// Why a declaration is not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undeclared {
    /// It would archive so much that it looks like an accident.
    #[error(
        "the new config leaves out {archived} of {known} checks, which looks like an accident: nothing was changed; restart the server if it is meant"
    )]
    TooMuchArchived {
        /// Checks that would go.
        archived: usize,
        /// Checks that are known.
        known: usize,
    },
    /// The disk became full in the midst of it.
    #[error(
        "the disk became full when {done} of {all} changes were made, and those stay; make room, and reload again"
    )]
    CutShort {
        /// Changes that are in force.
        done: usize,
        /// Changes that the new config makes.
        all: usize,
    },
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
    ) -> rusqlite::Result<Result<Declared, Undeclared>> {
        let mut declared = Declared::default();
        let found = self.find_declared(declaration);
        let leaving = self.leaving(&found);
        if trust == Trust::Reload {
            let known = self.book.names.in_use();
            if let Some(refusal) = Undeclared::too_much(leaving.len(), known) {
                return Ok(Err(refusal));
            }
        }
        let is_tolerance_new = self.take_limits(declaration);
        for check in leaving {
            self.archive(check, &mut declared)?;
        }
        for (wanted, check) in declaration.checks.iter().zip(found) {
            self.make_agree(wanted, check, &mut declared)?;
        }
        if is_tolerance_new {
            // Less of it may have moved deadlines to before where the queue has them.
            let in_use: Vec<CheckId> = self.book.in_use().collect();
            for check in in_use {
                self.book.await_deadline(check, self.now);
            }
        }
        if trust == Trust::Start {
            // Nobody has seen the names yet, even if none of them is new.
            self.with_names();
        }
        self.say_all_down()?;
        if trust == Trust::Start && planted::voids_leases() {
            // Only one process uses the folder, so whoever held a lease is gone.
            self.void_leases(Timestamp::from_micros(i64::MAX))?;
            faults::points::reach(faults::points::Point::LeasesVoided);
            // A pass that a crash interrupted decided alerts that nobody gathered.
            for pass in rows::ungathered_passes(self.connection)? {
                self.gather(pass)?;
            }
        }
        self.book.demands.forget_unused();
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
                .filter(|check| matches!(self.book.check(*check).state, State::Down(_)))
                .collect();
            for check in down {
                self.apply(check, &Event::ChannelOpened)?;
            }
            // Who hears of managed checks may not be known before the config is declared.
            settings::save(self.connection, SAYS_ALL_DOWN, "yes")?;
            self.say_all_down()?;
        }
        Ok(())
    }

    /// Tells whether a mail of this data folder ever went out by a mail server.
    pub(super) fn has_sent_by_email(&self) -> rusqlite::Result<bool> {
        Ok(settings::find(self.connection, SENT_BY_EMAIL)?.is_some())
    }

    /// Returns the declared checks that are known, in the order of the declaration.
    fn find_declared(&self, declaration: &Declaration) -> Vec<Option<CheckId>> {
        declaration.checks.iter().map(|wanted| self.book.names.find(&wanted.name)).collect()
    }

    /// Returns the checks in use that are not among these.
    fn leaving(&self, found: &[Option<CheckId>]) -> Vec<CheckId> {
        let mut is_wanted = vec![false; self.book.len()];
        for check in found.iter().flatten() {
            is_wanted[check.index()] = true;
        }
        self.book.in_use().filter(|check| !is_wanted[check.index()]).collect()
    }

    /// Takes over what the config says of all checks together; returns whether deadlines may have moved by it.
    pub(super) fn take_limits(&mut self, declaration: &Declaration) -> bool {
        let is_tolerance_new = self.book.tolerance != declaration.tolerance;
        self.book.tolerance = declaration.tolerance;
        self.identity.digest_over = declaration.digest_over;
        self.identity.recipients = declaration.recipients.clone();
        if is_tolerance_new {
            self.book.await_managed();
        }
        is_tolerance_new
    }

    /// Tells whether a known check is not what the config asks for.
    pub(super) fn differs(&self, check: CheckId, wanted: &DeclaredCheck) -> bool {
        !self.book.is_in_use(check)
            || **self.book.demand(check) != *wanted.demand
            || self.book.key(check).as_ref() != wanted.key.as_deref()
    }

    /// Makes a check what the config asks for; one that is not known is added.
    pub(super) fn make_agree(
        &mut self,
        wanted: &DeclaredCheck,
        check: Option<CheckId>,
        declared: &mut Declared,
    ) -> rusqlite::Result<()> {
        let Some(check) = check else {
            let check = self.add(&wanted.name, wanted.key.as_deref(), &wanted.demand)?;
            self.book.await_deadline(check, self.now);
            declared.added += 1;
            return Ok(());
        };
        self.distort_reload(check);
        let was_archived = !self.book.is_in_use(check);
        if was_archived {
            self.change(check, |book| book.facts_mut(check).set_archived_at(None));
            let place = self.book.facts(check).name;
            self.with_names().names.set_in_use(place, true);
        }
        let before = self.book.check(check);
        self.describe(check, wanted);
        let policy = wanted.demand.policy;
        if was_archived {
            declared.restored += 1;
            self.apply(check, &Event::Restore(self.now, policy))?;
        } else if before.policy != policy {
            declared.revised += 1;
            self.apply(check, &Event::Revise(self.now, policy))?;
            if before.policy.is_monitored && !policy.is_monitored {
                self.withdraw(check)?;
            }
            let after = self.book.check(check);
            if after.revised.is_some_and(|revised| revised.at == self.now) {
                declared.granted_time.push(wanted.name.to_string());
            }
        } else if !self.book.is_awaited(check) {
            self.book.await_deadline(check, self.now);
        }
        Ok(())
    }

    /// Takes over what the config says of a check besides its policy.
    fn describe(&mut self, check: CheckId, wanted: &DeclaredCheck) {
        let known = self.book.demand(check);
        if known.policy == wanted.demand.policy {
            if *known != wanted.demand {
                self.demand(check, &wanted.demand);
            }
        } else if known.max_sleep != wanted.demand.max_sleep || known.recipients != wanted.demand.recipients {
            // The policy changes by an event of its own.
            let demand = Demand { policy: known.policy, ..Demand::clone(&wanted.demand) };
            self.demand(check, &Arc::new(demand));
        }
        if self.book.key(check).as_ref() != wanted.key.as_deref() {
            let place = self.book.facts(check).name;
            let place = self.with_names().names.change_key(place, wanted.key.as_deref());
            self.change(check, |book| book.facts_mut(check).name = place);
        }
    }

    /// Takes a check out of use.
    pub(super) fn archive(&mut self, check: CheckId, declared: &mut Declared) -> rusqlite::Result<()> {
        let now = self.now;
        self.apply(check, &Event::Archive(now))?;
        self.withdraw(check)?;
        self.forget_snooze(check)?;
        self.change(check, |book| book.facts_mut(check).set_archived_at(Some(now)));
        let place = self.book.facts(check).name;
        self.with_names().names.set_in_use(place, false);
        self.touch(check);
        declared.archived += 1;
        Ok(())
    }
}

impl Undeclared {
    /// Returns the refusal of a reload that would archive `archived` of `known` checks, or `None` if it may.
    pub(super) fn too_much(archived: usize, known: usize) -> Option<Self> {
        let is_too_much = ARCHIVED_FREELY_MAX < archived && known < archived * ARCHIVED_SHARE;
        is_too_much.then_some(Self::TooMuchArchived { archived, known })
    }
}

impl Declared {
    /// Counts what another portion of the same declaration changed.
    pub(super) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.restored += other.restored;
        self.revised += other.revised;
        self.archived += other.archived;
        self.granted_time.extend(other.granted_time);
    }
}

//! The ledger: what the world knows of its clients and mails, to be held against what the server did.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::Timestamp;
use jiff::Timestamp as WallTime;

use crate::history::{Check, Config, Declared};

/// What is known of one check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// When the last answered ping was sent, by the true time.
    pub(crate) answered_at: Option<i64>,
    /// The stamps of all answered pings.
    pub(crate) answered: Vec<Timestamp>,
    /// Since when listening counts for it, by the true time: the last answered ping, or since it is watched.
    pub(crate) counted_since: i64,
    /// For how long the listener has surely listened since the last answered ping, or since it is watched.
    pub(crate) listened: i64,
}

/// What is known of all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) accounts: BTreeMap<Check, Account>,
    /// How often each mail was accepted.
    pub(crate) accepted: BTreeMap<String, u32>,
    /// How often nobody could know whether it was.
    pub(crate) doubtful: BTreeMap<String, u32>,
    /// The config in force, and the one before it.
    pub(crate) config: Option<Config>,
    pub(crate) config_before: Option<Config>,
    /// Pings by the wall clock that their senders were shown.
    pub(crate) shown: BTreeMap<Check, BTreeSet<WallTime>>,
}

impl Ledger {
    /// Puts a config in force at the true time `now`.
    pub(crate) fn configure(&mut self, config: Config, now: i64) {
        for declared in &config.checks {
            let is_same = self.declared(declared.check) == Some(declared);
            let account = self.accounts.entry(declared.check).or_default();
            if !is_same {
                account.counted_since = now;
                account.listened = 0;
            }
        }
        self.config_before = self.config.replace(config);
    }

    /// Returns what the config in force says of a check.
    #[must_use]
    pub(crate) fn declared(&self, check: Check) -> Option<&Declared> {
        let of = |config: &'_ Config| config.checks.iter().position(|declared| declared.check == check);
        let config = self.config.as_ref()?;
        of(config).map(|place| &config.checks[place])
    }

    /// Returns the shortest `max_sleep` that the configs of late have for a check, in microseconds.
    #[must_use]
    pub(crate) fn least_max_sleep(&self, check: Check) -> Option<i64> {
        let configs = self.config.iter().chain(&self.config_before);
        let declared = configs.flat_map(|config| &config.checks).filter(|declared| declared.check == check);
        declared.map(|declared| declared.max_sleep.as_micros()).min()
    }

    /// Notes that a ping which was sent at the true time `sent` was answered at `now`.
    pub(crate) fn answer(&mut self, check: Check, stamp: Timestamp, (sent, now): (i64, i64)) {
        let account = self.accounts.entry(check).or_default();
        account.answered_at = account.answered_at.max(Some(sent));
        account.answered.push(stamp);
        account.listened = 0;
        account.counted_since = now;
    }

    /// Notes that a ping which was sent at the true time `sent` is on the disk, though nobody was told.
    pub(crate) fn append(&mut self, check: Check, sent: i64) {
        let account = self.accounts.entry(check).or_default();
        account.answered_at = account.answered_at.max(Some(sent));
        account.listened = 0;
    }

    /// Notes that the listener has surely listened between two true times.
    pub(crate) fn listen(&mut self, from: i64, until: i64) {
        for account in self.accounts.values_mut() {
            account.listened += (until - from.max(account.counted_since)).max(0);
        }
    }
}

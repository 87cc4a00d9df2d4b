//! Accounts: why a check stands where it stands, in facts that a reader can follow.

use crate::check::{Check, Listening, State};
use crate::gap::{Deadline, Gap};
use crate::managed::{Managed, Run, World};
use crate::time::Timestamp;

/// What decides over a check at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What its schedule expects, or expected before it fell silent; `None` if it expects nothing now.
    pub expectation: Option<Expectation>,
    /// Runs that have begun and are not known to have ended, oldest first.
    pub runs: Vec<OpenRun>,
    /// When it goes down if nothing comes before, or `None` if it is down already, or nothing is awaited.
    pub deadline: Option<Deadline>,
}

/// What a schedule expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The ping from which it is reckoned, or what stands for one before the first.
    pub since: Timestamp,
    /// When the next one was due before anybody knew of gaps.
    pub planned: Timestamp,
    /// When it is due.
    pub base: Timestamp,
    /// When it is missed.
    pub deadline: Deadline,
    /// The gaps that count here, oldest first: times in which a ping may have been lost.
    pub gaps: Vec<Gap>,
    /// A run that began in time may go on until the deadline.
    pub is_put_off_by_run: bool,
}

/// A run that has begun and is not known to have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRun {
    /// Which.
    pub run: Run,
    /// When its time is over.
    pub limit: Timestamp,
    /// Its end may have been lost while nobody listened: it is let go at its limit, without a word.
    pub is_excused: bool,
}

impl Managed {
    /// Tells what decides over the check at `now`.
    #[must_use]
    pub fn account(&self, world: World<'_>, now: Timestamp) -> Account {
        let runs = self.open_runs().map(|run| OpenRun {
            run,
            limit: self.limit_of(run).at,
            is_excused: self.is_excused(run, world, now),
        });
        let mut runs: Vec<_> = runs.collect();
        runs.sort_by_key(|open| open.run.at);
        Account { expectation: self.expectation(world, now), runs, deadline: self.deadline(world, now) }
    }
}

impl Check {
    /// Tells what decides over the check at `now`.
    #[must_use]
    pub fn account(&self, listening: Listening<'_>, now: Timestamp) -> Account {
        let is_awaited = self.policy.is_monitored;
        let expectation = is_awaited.then(|| self.expectation(listening, now));
        let deadline = match self.state {
            State::Down(_) => None,
            State::New | State::Up => expectation.as_ref().map(|expectation| expectation.deadline),
        };
        Account { expectation, runs: Vec::new(), deadline }
    }
}

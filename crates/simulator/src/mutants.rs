//! The proof of the proof: plants each bug, one at a time, and says within how many seeds it is found.
#![expect(clippy::print_stdout, reason = "whoever plants bugs wants to see which were found")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use faults::bugs::{Bug, plant};

use crate::managed::alone;
use crate::run::run_seed;
use crate::seed::Seed;

/// A few bugs of different rooms, for the test command.
const SMOKE: [Bug; 20] = [
    Bug::AnswersFromMemory,
    Bug::LateTooEarly,
    Bug::GapsIgnored,
    Bug::SuspendIsNoGap,
    Bug::StepForwardIsNoGap,
    Bug::WallClockDeadlines,
    Bug::AlertedInMemoryOnly,
    Bug::LeasesOutliveProcess,
    Bug::SwitchedOnKeepsAnchor,
    Bug::NothingJoins,
    Bug::PingCancelsFirstAlert,
    Bug::BreakerChargesMails,
    Bug::SnoozeLetsNewThrough,
    Bug::HungRunForgotten,
    Bug::DowntimeExcusesNoRun,
    Bug::RestartHidesMissedSlot,
    Bug::FailureCountsAsSuccess,
    Bug::ScheduleInUtc,
    Bug::LogOfJobsUnread,
    Bug::RunsForgottenAtRestart,
];

/// What the names of the bugs begin with that only worlds with jobs can show.
const BUGS_OF_STORED_JOBS: &str = "stored-job.";

/// How a bug was found.
#[derive(Clone, Debug)]
struct Found {
    /// So many seeds were run until then.
    seeds: u64,
    /// The one that found it.
    seed: Seed,
    law: &'static str,
}

/// Plants each bug until a seed finds it, `most` seeds at most, and prints a table; returns whether all were found.
#[must_use]
pub fn find_all(most: u64) -> bool {
    find(Bug::ALL, most)
}

/// Plants the bugs whose names have `word` in them.
#[must_use]
pub fn find_some(word: &str, most: u64) -> bool {
    let some: Vec<Bug> = Bug::ALL.iter().copied().filter(|bug| bug.name().contains(word)).collect();
    find(&some, most)
}

/// Plants the bug of this name in whatever this thread runs from now on.
pub fn plant_named(name: &str) -> Result<(), String> {
    let bug = Bug::ALL.iter().copied().find(|bug| bug.name() == name);
    plant(Some(bug.ok_or_else(|| format!("`{name}` is the name of no bug"))?));
    Ok(())
}

/// Plants a few.
#[must_use]
pub fn find_a_few(most: u64) -> bool {
    find(&SMOKE, most)
}

fn find(bugs: &[Bug], most: u64) -> bool {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let broken_anyway = Mutex::new(BTreeMap::new());
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(&bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let law = search(bug, most, &broken_anyway);
                    say(bug, law.as_ref());
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(bug, law);
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let missed = found.values().filter(|found| found.is_none()).count();
    println!("{} of {} bugs found within {most} seeds each", found.len() - missed, found.len());
    missed == 0
}

fn say(bug: Bug, found: Option<&Found>) {
    let name = bug.name();
    match found {
        Some(Found { seeds, seed, law }) => println!("{name:36} {seeds:>5}  {:10} {law}", seed.to_string()),
        None => println!("{name:36}     -  NOT FOUND"),
    }
}

/// Runs seeds with `bug` until one breaks a promise that it keeps without it.
fn search(bug: Bug, most: u64, broken_anyway: &Mutex<BTreeMap<Seed, bool>>) -> Option<Found> {
    if bug.name().starts_with(alone::BUGS) {
        return search_alone(bug, most);
    }
    let has_jobs = bug.name().starts_with(BUGS_OF_STORED_JOBS);
    for place in 0..most {
        // What is planted for jobs shows in trouble: each of their worlds has a theme.
        let seed = if has_jobs {
            Seed { number: place, is_themed: true, has_jobs, has_snoozes: true }
        } else {
            Seed { number: place / 2, is_themed: place.is_multiple_of(2), has_jobs, has_snoozes: true }
        };
        plant(Some(bug));
        let ran = run_seed(seed);
        plant(None);
        if let Err(failure) = ran
            && !is_broken_anyway(seed, broken_anyway)
        {
            return Some(Found { seeds: place + 1, seed, law: failure.violation.law });
        }
    }
    None
}

/// Runs the rules of managed checks by themselves with `bug`: without it they agree with the contract on every seed.
fn search_alone(bug: Bug, most: u64) -> Option<Found> {
    plant(Some(bug));
    let first = (0..most).find(|seed| alone::live(*seed).is_err());
    plant(None);
    let number = first.filter(|seed| alone::live(*seed).is_ok())?;
    let seed = Seed { number, is_themed: false, has_jobs: true, has_snoozes: true };
    Some(Found { seeds: number + 1, seed, law: "a managed check is what the contract says" })
}

/// Tells whether a seed breaks a promise without any bug of ours: then it finds none.
fn is_broken_anyway(seed: Seed, known: &Mutex<BTreeMap<Seed, bool>>) -> bool {
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&is_broken) = lock().get(&seed) {
        return is_broken;
    }
    let is_broken = run_seed(seed).is_err();
    lock().insert(seed, is_broken);
    is_broken
}

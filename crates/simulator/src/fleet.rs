//! Many runs: seeds on every core, with what they cost and what they broke.
#![expect(clippy::print_stdout, reason = "whoever runs many seeds wants to see how they fare")]

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{self, Failure, Outcome};
use crate::seed::Seed;

/// Seeds that once broke a promise: a number and why, a line each.
const KEPT: &str = include_str!("../seeds/regressions.txt");

/// Failures after which no more seeds are begun.
const FAILURES_MAX: usize = 5;

/// Which seeds to run.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    pub from: u64,
    pub seeds: u64,
    /// Instead of a number of seeds, as many as this takes.
    pub minutes: Option<u64>,
    /// Each is run twice and compared.
    pub is_twice: bool,
    /// Their weather has themes.
    pub is_themed: bool,
    /// There are jobs in them.
    pub has_jobs: bool,
}

/// What many runs came to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    events: u64,
    simulated: i64,
    failures: Vec<Failure>,
}

impl Fleet {
    /// Runs the seeds and says how they fared; returns whether every promise was kept.
    #[must_use]
    pub fn run(&self) -> bool {
        let began = now();
        let next = AtomicU64::new(self.from);
        let is_enough = AtomicBool::new(false);
        let sum = Mutex::new(Sum::default());
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let limit = self.minutes.map(|minutes| Duration::from_secs(60 * minutes));
        thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    while !is_enough.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let is_over = match limit {
                            Some(limit) => limit <= now() - began,
                            None => self.from + self.seeds <= number,
                        };
                        if is_over {
                            return;
                        }
                        let (is_themed, has_jobs) = (self.is_themed, self.has_jobs);
                        let seed = Seed { number, is_themed, has_jobs, has_snoozes: true };
                        let ran = if self.is_twice { run::run_seed_twice(seed) } else { run::run_seed(seed) };
                        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                        sum.add(ran);
                        is_enough.fetch_or(FAILURES_MAX <= sum.failures.len(), Ordering::Relaxed);
                    }
                });
            }
        });
        let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
        sum.say((now() - began).as_secs_f64());
        sum.failures.is_empty()
    }
}

/// Runs the kept seeds twice each; returns whether every promise was kept.
#[must_use]
pub fn run_kept() -> bool {
    let lines = KEPT.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let kept: Vec<&str> = lines.collect();
    let (next, is_well) = (AtomicUsize::new(0), AtomicBool::new(true));
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(line) = kept.get(next.fetch_add(1, Ordering::Relaxed)) {
                    is_well.fetch_and(run_kept_one(line), Ordering::Relaxed);
                }
            });
        }
    });
    is_well.into_inner()
}

fn run_kept_one(line: &str) -> bool {
    let Some(seed) = line.split_whitespace().next().and_then(|seed| seed.parse().ok()) else {
        println!("no seed in the line {line:?} of regressions.txt");
        return false;
    };
    let ran = run::run_seed_twice(seed);
    if let Err(failure) = &ran {
        println!("{failure}\n(kept: {line})\n");
    }
    ran.is_ok()
}

impl Sum {
    fn add(&mut self, ran: Result<Outcome, Failure>) {
        self.seeds += 1;
        match ran {
            Ok(outcome) => {
                self.events += outcome.events;
                self.simulated += outcome.simulated;
            }
            Err(failure) => {
                println!("{failure}\n");
                self.failures.push(failure);
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn say(&self, took: f64) {
        let days = self.simulated as f64 / 86_400e6;
        println!(
            "{} seeds, {} broke a promise; {} events, {days:.1} simulated days; {:.2} seeds/s, {:.0} events/s in {took:.1} s",
            self.seeds,
            self.failures.len(),
            self.events,
            self.seeds as f64 / took,
            self.events as f64 / took,
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "what many runs cost is measured in real time")]
fn now() -> Instant {
    Instant::now()
}

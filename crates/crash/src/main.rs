//! Holds the long trials: `crash --rounds N` and what else `cargo xtask crash` knows.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crash::life::live;
use crash::tally::Tally;

/// Deaths in one folder, before the next begins anew.
const ROUNDS_OF_A_LIFE: usize = 25;

/// Folders at once: most of a round is waiting.
const WORKERS: usize = 2;

const USAGE: &str = "\
usage: crash [--seed S] TRIAL

  --rounds N    the program is killed N times, at named points and at any moment
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(orders) = Orders::parse(&words) else {
        eprint!("{USAGE}");
        return ExitCode::FAILURE;
    };
    if run(&orders) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Orders {
    seed: u64,
    trial: Trial,
}

enum Trial {
    Rounds(usize),
}

impl Orders {
    fn parse(words: &[String]) -> Option<Self> {
        let mut seed = 1;
        let mut trial = None;
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--seed" => seed = words.next()?.parse().ok()?,
                "--rounds" => trial = Some(Trial::Rounds(words.next()?.parse().ok()?)),
                _ => return None,
            }
        }
        Some(Self { seed, trial: trial? })
    }
}

fn run(orders: &Orders) -> bool {
    match orders.trial {
        Trial::Rounds(rounds) => kill(orders.seed, rounds),
    }
}

/// Kills the program so many times; returns whether every promise was kept.
fn kill(seed: u64, rounds: usize) -> bool {
    let lives = rounds.div_ceil(ROUNDS_OF_A_LIFE);
    let begun = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let life = begun.fetch_add(1, Ordering::Relaxed);
            if lives <= life {
                return tally;
            }
            let rounds_left = rounds - life * ROUNDS_OF_A_LIFE;
            let life_seed = seed.wrapping_mul(1_000_000) + u64::try_from(life).unwrap_or(0);
            tally.add(live(life_seed, rounds_left.min(ROUNDS_OF_A_LIFE)));
            println!("life {} of {lives}: kept every promise", life + 1);
        }
    };
    let mut tally = Tally::default();
    let mut is_kept = true;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(part) => tally.add(part),
                Err(_) => is_kept = false,
            }
        }
    });
    println!("\n{tally}");
    let spared = tally.spared();
    if !spared.is_empty() {
        println!("it never died at: {}", spared.join(", "));
    }
    is_kept && (spared.is_empty() || rounds < 1_000)
}

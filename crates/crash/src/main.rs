//! Holds the long trials: `crash --rounds N` and what else `cargo xtask crash` knows.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crash::bare;
use crash::full_disk;
use crash::io_errors::{self, Answer, Call, Outcomes};
use crash::life::{live, live_without_power};
use crash::tally::Tally;

/// Deaths in one folder, before the next begins anew.
const ROUNDS_OF_A_LIFE: usize = 25;

/// Trials at once: most of each is waiting.
const WORKERS: usize = 2;

/// So many rounds have to come to every point.
const ROUNDS_OF_ALL_POINTS: usize = 1_000;

const USAGE: &str = "\
usage: crash [--seed S] TRIAL

  --rounds N      the program is killed N times, at named points and at any moment
  --power N       the power of its disk is cut N times, at named points and at any moment
  --bare N        the power is cut N times under a program of ten lines, which tells the file system's share
  --full-disk N   its disk fills up N times
  --io-errors     each of the first 200 calls to write, sync, open and read fails, for want of room or for good
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((seed, trial)) = parse(&words) else {
        eprint!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let is_kept = match trial {
        Trial::Rounds(rounds) => die(rounds, seed, |seed, rounds| Some(live(seed, rounds))),
        Trial::Power(rounds) => die(rounds, seed, live_without_power),
        Trial::Bare(times) => cut_bare(seed, times),
        Trial::FullDisk(times) => fill(seed, times),
        Trial::IoErrors => fail_calls(),
    };
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

enum Trial {
    Rounds(usize),
    Power(usize),
    Bare(usize),
    FullDisk(usize),
    IoErrors,
}

fn parse(words: &[String]) -> Option<(u64, Trial)> {
    let mut seed = 1;
    let mut trial = None;
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--io-errors" => trial = Some(Trial::IoErrors),
            "--seed" => seed = words.next()?.parse().ok()?,
            "--rounds" => trial = Some(Trial::Rounds(words.next()?.parse().ok()?)),
            "--power" => trial = Some(Trial::Power(words.next()?.parse().ok()?)),
            "--bare" => trial = Some(Trial::Bare(words.next()?.parse().ok()?)),
            "--full-disk" => trial = Some(Trial::FullDisk(words.next()?.parse().ok()?)),
            _ => return None,
        }
    }
    Some((seed, trial?))
}

/// Does each of `count` pieces of work once, some at once; returns whether none of them panicked.
fn in_turns(count: usize, work: impl Fn(usize) + Sync) -> bool {
    let begun = AtomicUsize::new(0);
    let go = || {
        loop {
            let piece = begun.fetch_add(1, Ordering::Relaxed);
            if count <= piece {
                return;
            }
            work(piece);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(go)).collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).filter(Result::is_err).count() == 0
    })
}

/// Lets the program die so many times; returns whether every promise was kept.
fn die(rounds: usize, seed: u64, live: impl Fn(u64, usize) -> Option<Tally> + Sync) -> bool {
    let lives = rounds.div_ceil(ROUNDS_OF_A_LIFE);
    let tally = Mutex::new(Tally::default());
    let is_kept = in_turns(lives, |life| {
        let rounds_left = rounds - life * ROUNDS_OF_A_LIFE;
        let life_seed = seed.wrapping_mul(1_000_000) + u64::try_from(life).unwrap_or(0);
        match live(life_seed, rounds_left.min(ROUNDS_OF_A_LIFE)) {
            Some(part) => tally.lock().expect("no trial panics here").add(part),
            None => println!("this process may not mount a small disk, so nothing was tried"),
        }
        println!("life {} of {lives} has ended", life + 1);
    });
    let tally = tally.into_inner().expect("no trial panics here");
    println!("\n{tally}");
    let spared = tally.spared();
    if !spared.is_empty() {
        println!("it never died at: {}", spared.join(", "));
    }
    is_kept && (spared.is_empty() || rounds < ROUNDS_OF_ALL_POINTS)
}

fn cut_bare(seed: u64, times: usize) -> bool {
    for (stops_first, when) in [(false, "while it writes"), (true, "when it has stopped")] {
        match bare::append(seed, times, stops_first) {
            Some(bare::Losses { synced, lost, cuts }) => {
                println!(
                    "the power was cut {times} times {when}: {synced} records synced, {lost} lost in {cuts} cuts"
                );
            }
            None => println!("this process may not mount a small disk, so nothing was tried"),
        }
    }
    true
}

fn fill(seed: u64, times: usize) -> bool {
    match full_disk::fill(seed, times) {
        Some(pings) => {
            println!("the disk was full {times} times; {pings} pings were answered 200, none was lost");
        }
        None => println!("this process may not mount a small disk, so nothing was tried"),
    }
    true
}

/// Lets each of the first calls fail; returns whether every promise was kept.
fn fail_calls() -> bool {
    let kinds: Vec<_> = [Call::Write, Call::Sync, Call::Open, Call::Read]
        .into_iter()
        .flat_map(|call| [(call, Answer::Broken), (call, Answer::Full)])
        .collect();
    let all = Mutex::new(Outcomes::default());
    let is_kept = in_turns(kinds.len(), |kind| {
        let (call, answer) = kinds[kind];
        let outcomes = io_errors::hold_all(call, answer);
        println!("{outcomes}");
        all.lock().expect("no trial panics here").add(outcomes);
    });
    let all = all.into_inner().expect("no trial panics here");
    println!("\n{} errors were given\n{all}", all.reached());
    is_kept
}

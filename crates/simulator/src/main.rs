//! The simulator's command line: runs seeds on all cores, and says what they broke.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

use std::process::ExitCode;

use simulator::fleet::{self, Fleet};
use simulator::managed::alone;
use simulator::seed::Seed;
use simulator::without_store::figures;
use simulator::{mutants, run};

const USAGE: &str = "\
usage: cargo xtask sim [--seeds N] [--from S] [--minutes M] [--twice] [--themes]
       cargo xtask sim --seed S [--verbose] [--plant BUG]
       cargo xtask sim --kept | --without-kept [--seeds N] …
       cargo xtask sim --mutants [--only WORD] [--seeds N]
       cargo xtask sim --smoke [--seeds N]
       cargo xtask sim --without-store [--seeds N] [--from S]

  --seeds N    runs N seeds, 300 if nothing is said
  --from S     begins at seed S instead of 0
  --minutes M  runs seeds for M minutes instead of a number of them
  --twice      runs each seed twice and compares
  --themes     bends the weather of each seed towards one kind of trouble
  --jobs       puts jobs into them, whose checks were made over the API
  --seed S     runs one seed, themed-N for one with a theme, jobs-N for one with jobs, unsnoozed-N for one in which
               nobody snoozes; --verbose prints all that happens in it; --plant does so with a bug
  --kept       runs only the kept seeds, which always run first
  --without-kept  leaves the kept seeds out
  --mutants    plants each bug and runs up to N seeds, every second one with a theme, until it is found; --only
               those with WORD in their names
  --smoke      the same with a few of them
  --without-store  runs the rules by themselves, without store and clocks
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match heed(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Does what the words ask for; returns whether every promise was kept.
fn heed(words: &[String]) -> Result<bool, String> {
    let mut fleet =
        Fleet { from: 0, seeds: 300, minutes: None, is_twice: false, is_themed: false, has_jobs: false };
    let (mut seed, mut is_verbose, mut kept_only, mut kept_too) = (None, false, false, true);
    let (mut planted, mut only, mut without_store) = (None, None, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            let number = words.next().and_then(|number| number.parse().ok());
            number.ok_or_else(|| format!("{word} wants a number"))
        };
        match word.as_str() {
            "--seeds" => fleet.seeds = number()?,
            "--from" => fleet.from = number()?,
            "--minutes" => fleet.minutes = Some(number()?),
            "--seed" => seed = Some(words.next().map_or("", String::as_str).parse()?),
            "--twice" => fleet.is_twice = true,
            "--themes" => fleet.is_themed = true,
            "--jobs" => fleet.has_jobs = true,
            "--verbose" => is_verbose = true,
            "--kept" => kept_only = true,
            "--without-kept" => kept_too = false,
            "--mutants" => planted = Some(Planted::All),
            "--smoke" => planted = Some(Planted::Few),
            "--plant" => mutants::plant_named(words.next().map_or("", String::as_str))?,
            "--only" => only = words.next().cloned(),
            "--without-store" => without_store = true,
            _ => return Err(format!("`{word}` is no word of the simulator")),
        }
    }
    if without_store {
        println!("{}", figures::measure(fleet.from, fleet.seeds)?);
        println!("{}", alone::measure(fleet.from, fleet.seeds)?);
        return Ok(true);
    }
    match (planted, only) {
        (Some(Planted::All), Some(word)) => return Ok(mutants::find_some(&word, fleet.seeds)),
        (Some(Planted::All), None) => return Ok(mutants::find_all(fleet.seeds)),
        (Some(Planted::Few), _) => return Ok(mutants::find_a_few(fleet.seeds)),
        (None, _) => {}
    }
    if let Some(seed) = seed {
        return Ok(run_one(seed, is_verbose));
    }
    let kept = !kept_too || fleet::run_kept();
    if kept_only {
        return Ok(kept);
    }
    Ok(fleet.run() && kept)
}

/// Which bugs to plant.
enum Planted {
    All,
    Few,
}

fn run_one(seed: Seed, is_verbose: bool) -> bool {
    let ran = if is_verbose { run::tell_seed(seed) } else { run::run_seed_twice(seed) };
    match ran {
        Ok(outcome) => println!("seed {seed} kept every promise: {outcome:?}"),
        Err(ref failure) => println!("{failure}"),
    }
    ran.is_ok()
}

//! Lets the simulator run seeds: `cargo xtask sim`.

use crate::command;
use crate::count::Count;

/// Seeds that the test command runs, each twice.
const SEEDS_OF_A_TEST: &str = "300";

/// Seeds with a theme that the test command runs, each once.
const THEMED_SEEDS_OF_A_TEST: &str = "60";

/// Seeds with jobs that the test command runs, each once.
const SEEDS_OF_JOBS_OF_A_TEST: &str = "60";

/// Seeds that the test command runs through the rules alone.
const SEEDS_WITHOUT_STORE: &str = "100";

/// The simulator, built fast and by itself: it takes the server with the places at which it dies.
const SIMULATOR: [&str; 7] = ["run", "--release", "--locked", "--quiet", "-p", "simulator", "--"];

/// Hands `words` (such as `--seeds 1000`) to the simulator.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    command::run(command::cargo(&SIMULATOR).args(words))
}

/// Runs the kept seeds and the seeds of the test command twice, those with a theme and those with jobs once,
/// plants a few bugs, and lets the rules run alone: each of the five is a test.
pub(crate) fn test() -> Result<Count, String> {
    let mut count = Count::default();
    let storms: [&[&str]; 5] = [
        &["--seeds", SEEDS_OF_A_TEST, "--twice"],
        &["--themes", "--seeds", THEMED_SEEDS_OF_A_TEST, "--without-kept"],
        &["--jobs", "--seeds", SEEDS_OF_JOBS_OF_A_TEST, "--without-kept"],
        &["--smoke", "--seeds", "50"],
        &["--without-store", "--seeds", SEEDS_WITHOUT_STORE],
    ];
    for words in storms {
        let (is_well, _) = command::run_and_listen(command::cargo(&SIMULATOR).args(words))?;
        count += if is_well { Count { passed: 1, failed: 0 } } else { Count { passed: 0, failed: 1 } };
    }
    Ok(count)
}

//! Lets the simulator run seeds: `cargo xtask sim`.

use crate::command;

/// Seeds that the test command runs, each twice.
const SEEDS_OF_A_TEST: &str = "300";

/// The simulator, built fast and by itself: it takes the server with the places at which it dies.
const SIMULATOR: [&str; 7] = ["run", "--release", "--locked", "--quiet", "-p", "simulator", "--"];

/// Hands `words` (such as `--seeds 1000`) to the simulator.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    command::run(command::cargo(&SIMULATOR).args(words))
}

/// Runs the kept seeds and the seeds of the test command, and plants a few bugs; returns whether every promise was kept
/// and every bug found.
pub(crate) fn test() -> Result<bool, String> {
    let (is_well, _) =
        command::run_and_listen(command::cargo(&SIMULATOR).args(["--seeds", SEEDS_OF_A_TEST, "--twice"]))?;
    let (finds, _) = command::run_and_listen(command::cargo(&SIMULATOR).args(["--smoke", "--seeds", "50"]))?;
    Ok(is_well && finds)
}

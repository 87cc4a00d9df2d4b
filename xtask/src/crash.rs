//! Holds the trials of crashes, I/O errors, full disks and power cuts: `cargo xtask crash`.

use crate::command;
use crate::faulty;
use crate::needs;

/// Builds the program that can be told where to die, then hands `words` (such as `--rounds 1000`) to the trials.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    needs::install()?;
    faulty::build()?;
    let mut trials = command::cargo(&["run", "--locked", "--quiet", "-p", "crash", "--"]);
    command::run(trials.args(words))
}

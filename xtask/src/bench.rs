//! Builds the server and the bench as they ship, and lets the bench measure: `cargo xtask bench`.

use crate::command;

/// Builds both in release, then hands `words` (such as `--quick`) to the bench.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    // One after the other: together, the server would get features of its crates that only the bench asks for.
    for package in ["ping-listener", "bench"] {
        command::run(&mut command::cargo(&["build", "--release", "--locked", "-p", package]))?;
    }
    let mut bench =
        command::cargo(&["run", "--release", "--locked", "--quiet", "-p", "bench", "--", "measure"]);
    command::run(bench.args(words))
}

//! Builds the server and the bench as they ship, and lets the bench measure: `cargo xtask bench`.

use crate::command;

/// Builds both in release, then hands `words` (such as `--quick`) to the bench.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    command::run(&mut command::cargo(&[
        "build",
        "--release",
        "--locked",
        "-p",
        "ping-listener",
        "-p",
        "bench",
    ]))?;
    let mut bench =
        command::cargo(&["run", "--release", "--locked", "--quiet", "-p", "bench", "--", "compare"]);
    command::run(bench.args(words))
}

//! Hours under load, with restarts, clock steps and a failing mail server: `cargo xtask soak --minutes N`.

use std::fs;

use crate::command;

/// Builds the server for proofs in release, puts a copy aside, and lets the trial run with `words`.
///
/// The copy stays what it is when somebody builds the program that people run meanwhile.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    command::run(&mut command::cargo(&[
        "build",
        "--release",
        "--locked",
        "-p",
        "ping-listener",
        "-p",
        "soak",
        "--features",
        "ping-listener/fault-injection",
    ]))?;
    let built = command::built("release");
    let folder = built.with_file_name("soak");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    for name in ["ping-listener", "soak"] {
        fs::copy(built.join(name), folder.join(name))
            .map_err(|error| format!("cannot copy {name}: {error}"))?;
    }
    let mut soak = command::program(&folder.join("soak").to_string_lossy());
    command::run(soak.env("PING_LISTENER_PROGRAM", folder.join("ping-listener")).args(words))
}

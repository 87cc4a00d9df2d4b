//! Finds the program that can be told where to die.

use std::path::PathBuf;
use std::process::Command;

/// Where it lies beside the programs of cargo.
const PLACE: &str = "fault-injection/ping-listener";

/// Finds the program that was built with the feature `fault-injection`.
pub(crate) fn faulty_program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let beside = own.ancestors().skip(1).map(|folder| folder.join(PLACE)).find(|path| path.is_file());
    beside.expect("the program with the feature fault-injection is built: `cargo xtask test` or `cargo xtask crash` does")
}

/// Asks it for the names of the points at which it can be made to die.
pub(crate) fn points() -> Vec<String> {
    let output = Command::new(faulty_program()).env("PING_LISTENER_FAULT", "names").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let names: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert!(!names.is_empty(), "the program knows no points: it was built without the feature");
    names
}

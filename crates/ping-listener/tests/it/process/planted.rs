//! The program that people get has neither the places to die at nor the bugs, not even their names.

use std::fs;
use std::process::Command;

/// Returns the names that a source declares by `Variant = "name",`.
fn names(source: &str) -> Vec<&str> {
    source.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.strip_suffix("\",")).collect()
}

#[test]
fn the_program_holds_no_fault_on_purpose() {
    // A build beside the simulator has them: then another program is named, or there is nothing to look at.
    if cfg!(feature = "fault-injection") {
        return;
    }
    let points = names(include_str!("../../../../faults/src/points.rs"));
    let bugs = names(include_str!("../../../../faults/src/bugs.rs"));
    assert!(2 < points.len() && 40 < bugs.len(), "the names are found");
    let list = tempfile::NamedTempFile::new().unwrap();
    fs::write(list.path(), [points, bugs].concat().join("\n")).unwrap();
    // A program of tests is a hundred megabytes: what is made for searching takes a second, a loop of ours minutes.
    let mut search = Command::new("grep");
    search.args(["--text", "--only-matching", "--fixed-strings", "--file"]).arg(list.path());
    let found = search.arg(rig::server::program()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "these names are in the program");
    assert_eq!(found.status.code(), Some(1), "the search found nothing, and did not fail");
}

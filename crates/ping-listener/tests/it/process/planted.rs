//! The program that people get has neither the places to die at nor the bugs, not even their names.

use std::fs;

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
    let program = fs::read(rig::server::program()).unwrap();
    let points = names(include_str!("../../../../faults/src/points.rs"));
    let bugs = names(include_str!("../../../../faults/src/bugs.rs"));
    assert!(2 < points.len() && 40 < bugs.len(), "the names are found");
    for name in points.iter().chain(&bugs) {
        let is_there = program.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(!is_there, "`{name}` is in the program");
    }
}

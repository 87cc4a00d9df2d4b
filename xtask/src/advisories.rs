//! Asks whether a known weakness has been published for anything we depend on: `cargo xtask advisories`.

use crate::command;

/// Fetches the public database of advisories and compares `Cargo.lock` with it.
///
/// It stands apart from `check`, which has to give the same answer tomorrow, and without a network.
pub(crate) fn run() -> Result<(), String> {
    if !command::has_cargo_command("deny") {
        return Err("cargo-deny is needed: cargo install --locked cargo-deny".to_owned());
    }
    command::run(&mut command::cargo(&["deny", "--locked", "check", "advisories"]))
}

//! Everything that can be found wrong without running the program: `cargo xtask check`.

use crate::command;
use crate::dependencies;

/// Checks format, lints, documentation, the rules of the house and the dependencies; stops at the first that fails.
pub(crate) fn run() -> Result<(), String> {
    format()?;
    lints()?;
    documentation()?;
    rules_of_the_house()?;
    dependencies::check()
}

fn format() -> Result<(), String> {
    command::run(&mut command::cargo(&["fmt", "--all", "--check"]))
}

fn lints() -> Result<(), String> {
    let words = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    command::run(&mut command::cargo(&words))
}

fn documentation() -> Result<(), String> {
    let words = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
    command::run(command::cargo(&words).env("RUSTDOCFLAGS", "-D warnings"))
}

fn rules_of_the_house() -> Result<(), String> {
    let words = ["test", "--quiet", "--package", "ping-listener", "--test", "tidy", "--locked"];
    command::run(&mut command::cargo(&words))
}

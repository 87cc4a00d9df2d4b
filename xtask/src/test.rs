//! Runs every test of the workspace with the real parts it needs: `cargo xtask test`.

use crate::clients;
use crate::command;
use crate::count::Count;
use crate::faulty;
use crate::needs;
use crate::sim;
use crate::soak;

/// Installs what is missing, runs all tests, those in the documentation, the simulator and a minute of the soak, and
/// ends with a line of counts.
///
/// `selection` goes to the runner, to run fewer: `cargo xtask test -p domain`.
pub(crate) fn run(selection: &[String]) -> Result<(), String> {
    needs::install()?;
    if selection.is_empty() || selection.iter().any(|word| word == "ping-listener") {
        clients::install()?;
    }
    if selection.is_empty() || selection.iter().any(|word| word == "crash") {
        faulty::build()?;
    }
    let mut count = Count::default();
    let mut well = true;
    for words in [runner(), &["test", "--doc", "--no-fail-fast"]] {
        let mut command = command::cargo(words);
        // A page that is not as it was accepted fails its test, and is never accepted by the way.
        command.arg("--locked").env("INSTA_UPDATE", "no").env("INSTA_FORCE_PASS", "0");
        if selection.is_empty() {
            // The simulator takes the server with faults built in; the tests want the one that people run.
            command.args(["--workspace", "--exclude", "simulator"]);
        }
        let (ended_well, said) = command::run_and_listen(command.args(selection))?;
        well &= ended_well;
        count += Count::read(&said);
    }
    if selection.is_empty() {
        let storms = sim::test()?;
        well &= storms.failed == 0;
        count += storms;
        well &= soak::run(&["--minutes".to_owned(), "1".to_owned()]).is_ok();
    }
    println!("\n{count}");
    if count == Count::default() {
        return Err("no test ran".to_owned());
    }
    if well { Ok(()) } else { Err("the tests did not pass".to_owned()) }
}

/// cargo-nextest where it is installed: it runs each test in a process of its own, and ends one that hangs.
fn runner() -> &'static [&'static str] {
    if command::has_cargo_command("nextest") {
        &["nextest", "run", "--all-targets", "--no-fail-fast"]
    } else {
        &["test", "--all-targets", "--no-fail-fast"]
    }
}

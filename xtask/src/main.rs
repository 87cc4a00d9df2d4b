//! The project's own tool: `cargo xtask check`, `test` and `bench` are all that a person or a machine has to know.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

mod advisories;
mod bench;
mod check;
mod command;
mod count;
mod dependencies;
mod licence;
mod needs;
mod sim;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check        format, lints, documentation, the rules of the house, dependencies
  test         installs what the tests need, then runs every test
  bench        measures the server against a server that does nothing (--quick: about a minute)
  sim          lets simulated years of bad weather pass (--seeds N, --from S, --minutes M; --seed S --verbose)
  advisories   asks the public database of advisories about our dependencies (needs the network)
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((word, rest)) => match word.as_str() {
            "check" => check::run(),
            "test" => test::run(rest),
            "bench" => bench::run(rest),
            "sim" => sim::run(rest),
            "advisories" => advisories::run(),
            _ => Err(format!("`{word}` is no command of xtask\n\n{USAGE}")),
        },
        None => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

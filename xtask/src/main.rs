//! The project's own tool: `cargo xtask check`, `test` and `bench` are all that a person or a machine has to know.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

mod advisories;
mod bench;
mod check;
mod clients;
mod command;
mod count;
mod crash;
mod dependencies;
mod dist;
mod faulty;
mod fuzz;
mod licence;
mod needs;
mod notices;
mod sim;
mod soak;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check        format, lints, documentation, the rules of the house, dependencies
  test         installs what the tests need, then runs every test
  bench        measures every row of the table of promises (--quick: five minutes; --row P9: only that one)
  fuzz         lets the fuzzer try every parser (TARGET: only that one; --minutes N: each so long; needs nightly)
  soak         loads the server for an hour, restarts it, sets its clock, fails its mail server (--minutes N: other lengths)
  dist         packs the program: a Debian package and a tarball (--revision N: of the same version)
  crash        kills the program, fails its disk and cuts its power (--rounds N, --seed S, and more)
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
            "fuzz" => fuzz::run(rest),
            "soak" => soak::run(rest),
            "dist" => dist::run(rest),
            "crash" => crash::run(rest),
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

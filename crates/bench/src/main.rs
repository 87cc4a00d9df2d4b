//! Tells what a durable ping costs beside an answer that costs nothing: both servers on this machine, in turns.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]
#![expect(clippy::disallowed_methods, reason = "a bench measures the real clock")]

mod compare;
mod load;
mod no_op;
mod process;
mod report;
mod syncs;

use std::process::ExitCode;

const USAGE: &str = "\
usage: bench COMMAND

  compare [--quick] [--checks N] [--rounds N] [--seconds N]
                  measures the server and the no-op server in turns
  compare --calibrate …
                  measures the no-op server against itself: how far can the ratios be trusted?
  no-op ADDRESS   is the no-op server
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["compare", options @ ..] => compare::Plan::parse(options).and_then(|plan| compare::run(&plan)),
        ["no-op", address] => no_op::serve(address),
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! Tells what a durable ping costs, and a check, a restart and an hour of silence: every row of the table of promises.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]
#![expect(clippy::disallowed_methods, reason = "a bench measures the real clock")]

mod run;
mod plan;
mod rows;
mod row;
mod round;
mod load;
mod requests;
mod no_op;
mod process;
mod places;
mod fleet;
mod in_process;
mod past;
mod visitor;
mod ledger;
mod disk;
mod syncs;
mod spread;
mod machine;
mod report;
mod plot;

use std::process::ExitCode;

use mimalloc::MiMalloc;

use crate::plan::Plan;
use crate::rows::PROMISES;

/// The server's, for the server that does nothing.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const USAGE: &str = "\
usage: bench COMMAND

  measure [--quick] [--row NAME]
                  measures every row of the table, or one, and writes bench/latest.md and docs/bench/
  no-op ADDRESS   is the no-op server
  fill DATA CONFIG CHECKS PINGS
                  fills the log of a data folder, and waits to be killed
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let rows: Vec<_> = PROMISES.iter().map(|promise| promise.row).collect();
    let outcome = match words.as_slice() {
        ["measure", options @ ..] => Plan::parse(options, &rows).and_then(run::run),
        ["no-op", address] => no_op::serve(address),
        ["fill", data, config, checks, pings] => fill(data, config, checks, pings),
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

fn fill(data: &str, config: &str, checks: &str, pings: &str) -> anyhow::Result<()> {
    in_process::fill(data, config, checks.parse()?, pings.parse()?)
}

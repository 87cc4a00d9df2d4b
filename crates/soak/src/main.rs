//! Holds a trial of the server for as long as one says, and ends well only if all went well.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its terminal")]

use std::process::ExitCode;

use soak::plan::Plan;

const USAGE: &str = "usage: soak [--minutes N] [--checks N] [--pings A_SECOND] [--csv FILE]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let plan = match Plan::parse(&words) {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("soak: {error:#}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match soak::run::run(&plan, &mut |line| println!("{line}")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

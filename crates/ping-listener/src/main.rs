//! Starts the program.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn main() -> ExitCode {
    ping_listener::cli::run(std::env::args_os(), &|name| std::env::var_os(name))
}

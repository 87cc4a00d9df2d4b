//! Starts the program.

#[cfg(feature = "fault-injection")]
mod death;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Gives memory back that a start or a reload took for a while.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn main() -> ExitCode {
    #[cfg(feature = "fault-injection")]
    if let Some(status) = death::await_orders(&|name| std::env::var_os(name)) {
        return status;
    }
    ping_listener::cli::run(std::env::args_os(), &|name| std::env::var_os(name))
}

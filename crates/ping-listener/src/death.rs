//! Dies where it is told to, as by a power cut: in proofs only, and not in the program that people run.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use faults::pace;
use faults::points::{self, Point};
use rustix::process::{Signal, getpid, kill_process};

/// Where to die: `POINT:N`, the N-th time that the process comes to that point; `names` asks what points there are.
const FAULT: &str = "PING_LISTENER_FAULT";

/// How many times as fast the slow rooms go round.
const PACE: &str = "PING_LISTENER_PACE";

/// Heeds what the environment orders; returns the status to exit with where no more than an answer was wanted.
///
/// # Panics
///
/// When it orders something that makes no sense: a proof would prove nothing.
pub(crate) fn await_orders(look_up: &dyn Fn(&str) -> Option<OsString>) -> Option<ExitCode> {
    let words = |name: &str| look_up(name).map(|words| words.into_string().expect("orders are text"));
    if let Some(pace) = words(PACE) {
        pace::quicken(pace.parse().expect("a pace is a number"));
    }
    let fault = words(FAULT)?;
    if fault == "names" {
        say_names();
        return Some(ExitCode::SUCCESS);
    }
    let (name, count) = fault.split_once(':').expect("a fault is POINT:N");
    let known = Point::ALL.iter().copied().find(|point| point.name() == name);
    let fatal = known.unwrap_or_else(|| panic!("there is no point {name}"));
    let count: u64 = count.parse().expect("N is a number");
    let reached = AtomicU64::new(0);
    points::listen(Box::new(move |point| {
        if point == fatal && reached.fetch_add(1, Ordering::Relaxed) + 1 == count {
            die();
        }
    }));
    None
}

#[expect(clippy::print_stdout, reason = "whoever asks for the names reads them here")]
fn say_names() {
    for point in Point::ALL {
        println!("{}", point.name());
    }
}

/// Ends the process at once, with nothing flushed and nobody told.
fn die() -> ! {
    // There is nobody to hear of a failure; waiting below would be seen.
    let _ = kill_process(getpid(), Signal::KILL);
    loop {
        thread::park();
    }
}

//! Deadlines of sockets and of those who wait at them: the one clock that a test does not move.
//!
//! What a client may take is counted in the time of the machine, however a test or a virtual machine moves the rest.

use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Returns the present instant.
#[expect(clippy::disallowed_methods, reason = "deadlines of sockets are kept in the machine's time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Returns what ends after `pause`.
#[expect(clippy::disallowed_methods, reason = "deadlines of sockets are kept in the machine's time")]
pub(crate) fn sleep(pause: Duration) -> Sleep {
    tokio::time::sleep(pause)
}

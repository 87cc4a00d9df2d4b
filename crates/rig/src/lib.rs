//! What stories and trials need around the server: the world outside, played on this machine.

#![expect(clippy::unwrap_used, reason = "a world that cannot be played fails the test that needs it")]
#![expect(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "only tests and trials call it"
)]

pub mod app;
pub mod browser;
pub mod caller;
pub mod client;
pub mod clock;
pub mod healthchecks;
pub mod line;
pub mod server;
pub mod smtp;
mod surroundings;
mod turns;

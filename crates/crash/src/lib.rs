//! Trials of the promise that nothing is lost: the real program is killed, its disk fails or fills, its power is cut.
//!
//! What was answered 200 stands in a journal of our own, on disk before the next ping; after each blow the program is
//! started again, and has to have it all.

#![expect(clippy::unwrap_used, reason = "a trial that cannot be held has failed")]
#![expect(clippy::missing_panics_doc, clippy::must_use_candidate, reason = "only trials call it")]

pub mod bare;
pub mod full_disk;
pub mod io_errors;
pub mod job;
pub mod life;
pub mod tally;

mod account;
mod clients;
mod crew;
mod dice;
mod disk;
mod fate;
mod journal;
mod ledger;
mod program;
mod world;

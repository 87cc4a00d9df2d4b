//! The seed's contract, as whoever moves from the original sees it.

mod alerts;
mod keys;
mod logs;
mod pings;

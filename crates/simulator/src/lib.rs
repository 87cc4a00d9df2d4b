//! Years of bad weather in minutes: the real rules and the real store under false clocks, against a naive oracle.
//!
//! * [`history`]: what happened, as somebody outside would tell it.
//! * [`oracle`]: what was promised, restated naively, and held against the history.
//! * `laws`: what the world itself can judge, by its own clocks and clients.
//! * [`without_store`]: the rules by themselves against the oracle, a million events a second and more.
//! * [`managed`]: jobs, and Healthchecks' contract restated naively.
//! * [`mutants`]: bugs on purpose, and within how many seeds each is found.
//! * [`run`]: a seed from its first instant to its last.

mod acts;
mod clients;
mod config_file;
mod dice;
mod executor;
pub mod fleet;
mod hearing;
pub mod history;
mod laws;
mod ledger;
mod limits;
mod machine;
pub mod managed;
pub mod mutants;
pub mod oracle;
mod post;
mod process;
mod reporter;
pub mod run;
pub mod seed;
mod snoozing;
mod theme;
mod trace;
mod weather;
mod witness;
pub mod without_store;
mod world;

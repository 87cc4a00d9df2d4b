//! Years of bad weather in minutes: the real rules and the real store under false clocks, against a naive oracle.
//!
//! * [`history`]: what happened, as somebody outside would tell it.
//! * [`oracle`]: what was promised, restated naively, and held against the history.
//! * [`without_store`]: the rules by themselves against the oracle, a million events a second and more.

pub mod history;
pub mod oracle;

pub mod without_store;

pub mod dice;

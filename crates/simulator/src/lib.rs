//! Years of bad weather in minutes: the real rules and the real store under false clocks, against a naive oracle.
//!
//! * [`history`]: what happened, as somebody outside would tell it.
//! * [`oracle`]: what was promised, restated naively, and held against the history.

pub mod history;
pub mod oracle;

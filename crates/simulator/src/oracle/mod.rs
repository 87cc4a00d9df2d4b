//! What was promised, restated naively from the words of the contract, and held against what happened.
//!
//! Nothing here is taken from the server: it shares no rule with it, and so not its mistakes.

pub mod witness;

pub mod clocks;
pub mod gaps;
pub mod mails;
pub mod silence;
pub mod violation;

#[cfg(test)]
mod stories;

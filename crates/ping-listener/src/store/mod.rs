//! What is remembered, and the one door through which a check changes.

pub mod facts;

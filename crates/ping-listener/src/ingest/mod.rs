//! Where pings come in: one file a dialect, each of which only translates.

pub mod seed;
pub mod query;

//! Where pings come in: one file a dialect, each of which only translates.

mod clerk;
pub mod seed;
pub mod query;

//! Where pings come in: one file a dialect, each of which only translates.

pub mod listener;
pub mod seed;
pub mod native;
mod clerk;
pub mod query;
mod unstored;

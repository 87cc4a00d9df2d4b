//! A heartbeat monitor that does not lie. The rooms stand in the order in which a ping walks them.

pub mod config;

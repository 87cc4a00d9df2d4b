//! A heartbeat monitor that does not lie. The rooms stand in the order in which a ping walks them.

pub mod config;
pub mod http;
pub mod ingest;
pub mod store;
pub mod rounds;
pub mod message;
pub mod links;
pub mod channels;
pub mod web;
pub mod api;
pub mod telemetry;
pub mod clock;
pub mod random;

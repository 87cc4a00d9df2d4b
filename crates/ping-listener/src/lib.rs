//! A heartbeat monitor that does not lie. The rooms stand in the order in which a ping walks them.

pub mod cli;
pub mod app;
pub mod reload;
pub mod config;
pub mod keys;
pub mod import;
pub mod http;
pub mod ingest;
pub mod store;
pub mod rounds;
pub mod timekeeper;
pub mod watchdog;
pub mod outbox;
pub mod message;
pub mod links;
pub mod channels;
pub mod explaining;
pub mod web;
pub mod api;
pub mod sweeper;
pub mod heartbeat;
pub mod bulletin;
pub mod telemetry;
pub mod clock;
pub mod zones;
pub mod random;

//! What the stories need around the server: the world outside, played on this machine.

pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod server;
pub(crate) mod smtp;

//! Every parser of the server, as a function that takes any bytes and panics when a law is broken.
//!
//! The fuzzer tries them for hours; the test command tries what the fuzzer found, and some thousands of inputs more.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a target says that a law is broken")]

pub mod addresses;
pub mod calendar;
pub mod callers;
pub mod config;
pub mod cron;
pub mod details;
pub mod environment;
pub mod heads;
pub mod imports;
mod input;
pub mod keywords;
pub mod links;
pub mod logs;
pub mod mails;
pub mod peers;
pub mod ping;
pub mod replies;
pub mod requests;
pub mod rules;
mod schedules;
pub mod sessions;
pub mod stored;
pub mod targets;

/// A name, which is that of its corpus too, and what tries an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 21] = [
    ("addresses", addresses::target),
    ("calendar", calendar::target),
    ("callers", callers::target),
    ("config", config::target),
    ("cron", cron::target),
    ("details", details::target),
    ("environment", environment::target),
    ("heads", heads::target),
    ("imports", imports::target),
    ("keywords", keywords::target),
    ("links", links::target),
    ("logs", logs::target),
    ("mails", mails::target),
    ("peers", peers::target),
    ("ping", ping::target),
    ("replies", replies::target),
    ("requests", requests::target),
    ("rules", rules::target),
    ("sessions", sessions::target),
    ("stored", stored::target),
    ("targets", targets::target),
];

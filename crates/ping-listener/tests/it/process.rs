//! The program as an operator meets it: how it starts, refuses to, reloads, stops, and what it says about it.

mod commands;
mod damage;
mod full_disk;
mod held_door;
mod import;
mod keys;
mod packaging;
mod planted;
mod refusals;
mod reloading;
mod secrets;
mod stopping;
mod supervision;
mod words;

/// Two users who are never late while a test runs.
const QUIET: &str = r#"{
  "recipient": "you@example.org",
  "users": {
    "test": {"monitor": true, "max_sleep": 3600, "email_frequency": 3600},
    "other": {"monitor": false, "max_sleep": 3, "email_frequency": 60}
  }
}"#;

/// A user who is late at once, and written about once.
const SILENT: &str = r#"{
  "base_frequency": 0.1,
  "email_processing_frequency": 0.1,
  "recipient": "you@example.org",
  "users": {"silent": {"monitor": true, "max_sleep": 0.1, "email_frequency": 3600}}
}"#;

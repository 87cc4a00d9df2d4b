//! Managed checks: the tables that Healthchecks' clients rely on, own downtime, and laws that hold whatever happens.

#[path = "managed/downtime.rs"]
mod downtime;
#[path = "managed/laws.rs"]
mod laws;
#[path = "managed/oracle.rs"]
mod oracle;
#[path = "managed/runs.rs"]
mod runs;
#[path = "managed/tables.rs"]
mod tables;
#[path = "managed/trial.rs"]
mod trial;

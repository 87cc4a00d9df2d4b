//! The store's rows in SQLite: one file a noun, one statement a function, and no rule about checks.

pub(super) mod changes;
pub(super) mod checkpoint;
pub(super) mod checks;
pub(super) mod copier;
pub(super) mod database;
pub(super) mod downtime;
pub(super) mod flips;
pub(super) mod inbox;
pub(super) mod keys;
pub(super) mod leases;
pub(super) mod managed;
pub(super) mod managed_pings;
pub(super) mod outbox;
pub(super) mod pings;
mod planted;
pub(super) mod posted;
pub(super) mod refused;
pub(super) mod settings;
pub(super) mod snoozes;
pub(super) mod tallies;

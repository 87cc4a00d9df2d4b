//! Managed checks: their rules restated naively from Healthchecks' contract, and worlds in which jobs keep to them or
//! not.

pub mod alone;
pub(crate) mod asking;
pub(crate) mod contract;
pub(crate) mod crew;
pub(crate) mod jobs;
pub(crate) mod member;
pub(crate) mod noted;
pub(crate) mod slots;
mod world;

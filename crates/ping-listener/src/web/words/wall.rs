//! What the wall view says.

use super::counted;

pub(crate) const TITLE: &str = "Wall";
pub(crate) const LEAVE: &str = "Leave";
pub(crate) const FULL_SCREEN: &str = "Full screen";
pub(crate) const COUNTS: &str = "Checks by standing";
pub(crate) const TILES: &str = "Checks, the worst first";
pub(crate) const LAST: &str = "last ping";
pub(crate) const NO_PING: &str = "no ping yet";
pub(crate) const SINCE: &str = "since";
pub(crate) const SNOOZED: &str = "snoozed";

/// How all checks stand together.
pub(crate) fn sentence(all: usize, down: usize, late: usize) -> String {
    match (all, down, late) {
        (0, _, _) => "No checks yet".to_owned(),
        (_, 0, 0) => "All is well".to_owned(),
        (_, 0, late) => format!("{} late", counted(late, "check", "checks")),
        (all, down, _) => format!("{down} of {all} down"),
    }
}

/// How many checks found no room.
pub(crate) fn others(number: usize) -> String {
    format!("and {number} more, none of them worse")
}

//! The list of checks.

use domain::time::Span;

use super::counted;

pub(crate) const TITLE: &str = "Checks";
pub(crate) const COUNTS: &str = "Checks by standing";
pub(crate) const STALE: &str = "The list of checks has changed.";
pub(crate) const RELOAD: &str = "Reload the page";
pub(crate) const FILTER_LABEL: &str = "Filter by name";
pub(crate) const FILTER: &str = "Filter";
pub(crate) const SHOW_ALL: &str = "Show all";
pub(crate) const EMPTY: &str = "No check to show.";
pub(crate) const CHECK: &str = "Check";
pub(crate) const STANDING: &str = "Standing";
pub(crate) const LAST_PING: &str = "Last ping";
pub(crate) const DEADLINE: &str = "Deadline";
pub(crate) const TRY: &str = "Try it";
pub(crate) const KEY: &str = "key";
pub(crate) const KEY_HINT: &str = "Its pings and logs need a ping key";
pub(crate) const SINCE: &str = "since";
pub(crate) const PING_ONCE: &str = "Ping once";
pub(crate) const MORE: &str = "More checks";
pub(crate) const PREVIOUS: &str = "← Previous";
pub(crate) const NEXT: &str = "Next →";
pub(crate) const LOG: &str = "Log";
pub(crate) const CLEAR: &str = "Clear";
pub(crate) const LOG_HINT: &str = "While a switch is on, this page pings in the check’s name. Switched off, or with the page closed, the silence begins and the alert can be watched.";
pub(crate) const LOG_LABEL: &str = "Pings and answers";
pub(crate) const CONFIG: &str = "Config in force";
pub(crate) const CONFIG_CHECKS: &str = "Config of the checks";
pub(crate) const USER: &str = "User";
pub(crate) const MAILS_GO_TO: &str = "Mails go to";
pub(crate) const NOBODY: &str = "nobody";

pub(crate) fn none_matches(q: &str) -> String {
    format!("No check has “{q}” in its name.")
}

pub(crate) fn ping_as(name: &str, every: Span) -> String {
    format!("Ping as {name} every {every}")
}

pub(crate) fn ping_once_as(name: &str) -> String {
    format!("Ping once as {name}")
}

pub(crate) fn range(from: usize, until: usize, of: usize) -> String {
    format!("{from} to {until} of {of}")
}

pub(crate) fn alerts(number: u32) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), "alert", "alerts")
}

pub(crate) fn extended(by: Span) -> String {
    format!("deadline extended by {by} because the listener was away")
}

/// How all checks stand together.
pub(crate) fn summary(all: usize, down: usize, late: usize) -> String {
    match (all, down, late) {
        (0, _, _) => "No check is in the config.".to_owned(),
        (_, 0, 0) => "Nobody is silent.".to_owned(),
        (_, 0, 1) => "1 check is late.".to_owned(),
        (_, 0, late) => format!("{late} checks are late."),
        (all, 1, _) => format!("1 of {all} checks is silent."),
        (all, silent, _) => format!("{silent} of {all} checks are silent."),
    }
}

//! What a schedule means, before it holds.

use domain::time::Span;

pub(crate) const TITLE: &str = "Next times";
pub(crate) const SHOW: &str = "Show the next times";
pub(crate) const NEVER: &str = "It never comes again.";

/// A schedule without a clock: it counts from ping to ping.
pub(crate) fn by_period(period: Span) -> String {
    format!("Every {period}, counted from ping to ping. After a ping now, the next would be due then:")
}

pub(crate) fn alert(at: &str) -> String {
    format!("alert at {at}")
}

//! The charts of a check.

use domain::time::Span;

pub(crate) const INTERVALS: &str = "Time between pings";
pub(crate) const RUNS: &str = "Run time";
pub(crate) const ALLOWED_WAIT: &str = "Allowed: period and grace";
pub(crate) const ALLOWED_RUN: &str = "Allowed";
pub(crate) const AWAY: &str = "we were away";
pub(crate) const OVER: &str = "longer than allowed";
pub(crate) const LATE: &str = "late, within its grace";
pub(crate) const OVER_LIMIT: &str = "longer than a run may take";
pub(crate) const FAILED: &str = "failed";

/// What the chart of waits shows: how many, how many of them too long, the longest, and what is allowed now.
pub(crate) fn intervals(count: usize, over: usize, longest: Span, allowed: Span) -> String {
    let over = if over == 0 { "None".to_owned() } else { over.to_string() };
    format!("{over} of the last {count} waits longer than allowed; the longest {longest}, allowed {allowed}.")
}

/// The same of runs.
pub(crate) fn runs(count: usize, over: usize, longest: Span, allowed: Span) -> String {
    let over = if over == 0 { "None".to_owned() } else { over.to_string() };
    format!("{over} of the last {count} runs longer than allowed; the longest {longest}, allowed {allowed}.")
}

/// One bar.
pub(crate) fn bar(at: &str, length: Span, note: &str) -> String {
    if note.is_empty() { format!("{at}: {length}") } else { format!("{at}: {length}, {note}") }
}

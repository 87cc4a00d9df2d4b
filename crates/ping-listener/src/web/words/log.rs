//! The log of one check, and a single ping of it.

use domain::time::Span;

pub(crate) const TITLE: &str = "Log";
pub(crate) const SHOW: &str = "Show only";
pub(crate) const APPLY: &str = "Show";
pub(crate) const SHOW_ALL: &str = "Show all";
pub(crate) const EMPTY: &str = "There is nothing here yet.";
pub(crate) const KEPT: &str =
    "The latest 100 pings are here with all that came with them. The pages of days know older ones.";

pub(crate) const SUCCESS: &str = "Success";
pub(crate) const START: &str = "Start";
pub(crate) const FAIL: &str = "Failure";
pub(crate) const LOG: &str = "Message";
pub(crate) const IGNORED: &str = "Ignored";
pub(crate) const FLIPS: &str = "Changes of standing";
pub(crate) const MAILS: &str = "Mails";
pub(crate) const AWAY: &str = "Own absences";
pub(crate) const MAIL: &str = "Mail";
pub(crate) const AWAY_HERE: &str = "Nobody listened";

pub(crate) const RUN_FAILED: &str = "Down: a run failed";
pub(crate) const RUN_HUNG: &str = "Down: a run did not end in time";
pub(crate) const WENT_SILENT: &str = "Down: no ping came in time";
pub(crate) const MONITOR_OFF: &str = "Its monitoring was switched off";
pub(crate) const SCHEDULE_CHANGED: &str = "Something else is asked of it";
pub(crate) const ARCHIVED: &str = "It was taken out of the config";
pub(crate) const FIRST_PING: &str = "Up: it told for the first time that all is well";
pub(crate) const PAUSE_ENDED: &str = "Up: a ping ended the pause";
pub(crate) const CAME_BACK: &str = "Up again";
pub(crate) const PAUSED: &str = "Paused";
pub(crate) const RESUMED: &str = "Resumed: a first ping is awaited";

pub(crate) const DETAILS: &str = "details";

pub(crate) const BODY: &str = "What it had to say";
pub(crate) const NO_BODY: &str = "It had nothing to say.";
pub(crate) const RAW: &str = "As it came";
pub(crate) const CUT: &str = "Only the beginning is shown here.";
pub(crate) const NUMBER: &str = "Number";
pub(crate) const CAME: &str = "Came";
pub(crate) const TOOK: &str = "Ended a run of";
pub(crate) const STATUS: &str = "Exit status";
pub(crate) const FROM: &str = "From";
pub(crate) const BY: &str = "By";
pub(crate) const CLIENT: &str = "Client";
pub(crate) const RUN: &str = "Run";
pub(crate) const NEWER: &str = "Newer ping →";
pub(crate) const OLDER: &str = "← Older ping";
pub(crate) const OTHERS: &str = "Other pings";
pub(crate) const FORGOTTEN: &str = "This ping is not kept";
pub(crate) const FORGOTTEN_HINT: &str =
    "Only the latest 100 pings of a check are kept with all that came with them.";

pub(crate) fn title(name: &str) -> String {
    format!("Log of {name}")
}

pub(crate) fn ping_title(number: u64, name: &str) -> String {
    format!("Ping {number} of {name}")
}

pub(crate) fn number(number: u64) -> String {
    format!("no. {number}")
}

pub(crate) fn took(length: Span) -> String {
    format!("took {length}")
}

pub(crate) fn exit_status(status: u8) -> String {
    format!("exit status {status}")
}

pub(crate) fn body(bytes: usize) -> String {
    format!("body, {}", size(bytes))
}

/// So many bytes, in a unit that is read at a glance.
pub(crate) fn size(bytes: usize) -> String {
    if bytes < 1_000 { format!("{bytes} B") } else { format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100) }
}

pub(crate) fn away(cause: &str, until: Option<&str>) -> String {
    let cause = super::settings::cause(cause);
    match until {
        Some(until) => format!("{cause}, until {until}"),
        None => format!("{cause}, and lasts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!([0, 999, 1_000, 10_240].map(size), ["0 B", "999 B", "1.0 kB", "10.2 kB"]);
    }
}

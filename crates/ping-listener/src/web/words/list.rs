//! The list of checks, and what can be done there.

use domain::time::Span;

use super::counted;

pub(crate) const TITLE: &str = "Checks";
pub(crate) const COUNTS: &str = "Checks by standing";
pub(crate) const STALE: &str = "The list has changed.";
pub(crate) const RELOAD: &str = "Show it anew";
pub(crate) const ADD: &str = "Add a check";

pub(crate) const SEARCH: &str = "Search";
pub(crate) const SEARCH_HINT: &str = "Name or tag";
pub(crate) const TAG: &str = "Tag";
pub(crate) const ALL_TAGS: &str = "All tags";
pub(crate) const FILTER: &str = "Filter";
pub(crate) const TESTING: &str = "Testing";
pub(crate) const SHOW_ALL: &str = "Show all";
pub(crate) const NONE_MATCHES: &str = "No check is like that.";

pub(crate) const FIRST: &str =
    "A check waits for pings of a job: a backup, a pump, a nightly script. When they stop, you get a mail.";
pub(crate) const FIRST_BUTTON: &str = "Make a first check";
pub(crate) const FIRST_OWN: &str = "Or say yourself what to expect";
pub(crate) const FIRST_NAME: &str = "My first check";
pub(crate) const FIRST_PING_BEFORE: &str = "Now let";
pub(crate) const FIRST_PING_AFTER: &str =
    "ping: run this line, and its standing turns to up without a reload.";

pub(crate) const CHOOSE: &str = "Choose";
pub(crate) const CHOOSE_ALL: &str = "Choose all on this page";
pub(crate) const CHECK: &str = "Check";
pub(crate) const STANDING: &str = "Standing";
pub(crate) const LAST_PING: &str = "Last ping";
pub(crate) const DUE: &str = "Next due";
pub(crate) const RECENT: &str = "Last 24 hours";
pub(crate) const TRY: &str = "Try it";
pub(crate) const DO: &str = "Do";
pub(crate) const CONFIG_TAG: &str = "config";
pub(crate) const CONFIG_HINT: &str = "It stands in the config file, and is changed there";
pub(crate) const KEY: &str = "key";
pub(crate) const KEY_HINT: &str = "Its pings and logs need a ping key";
pub(crate) const SINCE: &str = "since";
pub(crate) const SNOOZED: &str = "snoozed until";
pub(crate) const LOG_OF_DAY: &str = "Log";
pub(crate) const MORE: &str = "More checks";
pub(crate) const PREVIOUS: &str = "← Previous";
pub(crate) const NEXT: &str = "Next →";

pub(crate) const LEGEND: &str = "Each bar is half an hour:";
pub(crate) const LEGEND_UP: &str = "pinged";
pub(crate) const LEGEND_LATE: &str = "late";
pub(crate) const LEGEND_DOWN: &str = "down";
pub(crate) const LEGEND_AWAY: &str = "the listener itself was away";

pub(crate) const BULK: &str = "With the chosen checks";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const RESUME: &str = "Resume";
pub(crate) const DELETE: &str = "Delete";
pub(crate) const SNOOZE: &str = "Snooze";
pub(crate) const WAKE: &str = "End the snooze";
pub(crate) const SNOOZE_FOR: &str = "Snooze for";
pub(crate) const TAG_NAME: &str = "Tag to add or take off";
pub(crate) const ADD_TAG: &str = "Add tag";
pub(crate) const REMOVE_TAG: &str = "Take off";
pub(crate) const NO_TAG: &str = "Write one tag, without spaces.";
pub(crate) const NO_TIME: &str = "Choose for how long, at most 30 days.";

pub(crate) const NEW_TITLE: &str = "New check";
pub(crate) const NEW_LEAD: &str = "Say what to expect of it; all of it can be changed later.";
pub(crate) const NEW_BUTTON: &str = "Make the check";
pub(crate) const OVER_LIMIT: &str = "There are as many checks as there may be; delete one first.";

pub(crate) const DELETE_BUTTON: &str = "Delete for good";
pub(crate) const CANCEL: &str = "Cancel";

pub(crate) const PING_ONCE: &str = "Ping once";
pub(crate) const LOG: &str = "Log";
pub(crate) const CLEAR: &str = "Clear";
pub(crate) const LOG_EMPTY: &str = "Nothing yet.";
pub(crate) const LOG_HINT: &str = "While a switch is on, this page pings in the check’s name. Switched off, or with the page closed, the silence begins and the alert can be watched.";
pub(crate) const LOG_LABEL: &str = "Pings and answers";
pub(crate) const CONFIG: &str = "Config in force";
pub(crate) const CONFIG_CHECKS: &str = "Config of the checks";
pub(crate) const USER: &str = "User";
pub(crate) const MAILS_GO_TO: &str = "Mails go to";
pub(crate) const NOBODY: &str = "nobody";

/// For how long checks can be snoozed, as the form sends it and as people read it.
pub(crate) const SNOOZES: [(&str, &str); 6] = [
    ("20m", "20 minutes"),
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("1d", "1 day"),
    ("7d", "1 week"),
    ("30d", "30 days"),
];

pub(crate) fn title(down: usize) -> String {
    if down == 0 { TITLE.to_owned() } else { format!("{down} down · {TITLE}") }
}

pub(crate) fn choose(name: &str) -> String {
    format!("Choose {name}")
}

pub(crate) fn actions(name: &str) -> String {
    format!("What to do with {name}")
}

pub(crate) fn snooze_for(length: &str) -> String {
    format!("Snooze for {length}")
}

pub(crate) fn matching(number: usize) -> String {
    counted(number, "check", "checks")
}

pub(crate) fn delete_title(checks: usize) -> String {
    if checks == 1 { "Delete this check?".to_owned() } else { format!("Delete these {checks} checks?") }
}

pub(crate) fn delete_hint(checks: usize) -> &'static str {
    if checks == 1 {
        "Its pings, bodies and history go with it, and its ping address stops working. This cannot be undone."
    } else {
        "Their pings, bodies and history go with them, and their ping addresses stop working. This cannot be undone."
    }
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
    format!("due {by} later: the listener was away")
}

pub(crate) fn seconds(number: &str) -> String {
    format!("{number} s")
}

/// How all checks stand together.
pub(crate) fn summary(all: usize, down: usize, late: usize) -> String {
    match (all, down, late) {
        (0, _, _) => "No check yet.".to_owned(),
        (_, 0, 0) => "Nobody is silent.".to_owned(),
        (_, 0, 1) => "1 check is late.".to_owned(),
        (_, 0, late) => format!("{late} checks are late."),
        (all, 1, _) => format!("1 of {} is down.", counted(all, "check", "checks")),
        (all, down, _) => format!("{down} of {all} checks are down."),
    }
}

/// The last day for who cannot see its strip, in half hours.
pub(crate) fn recent(pinged: usize, late: usize, down: usize, away: usize) -> String {
    let told = [(pinged, "pings"), (late, "late"), (down, "down"), (away, "the listener away")];
    let mut parts = Vec::from_iter((pinged == 0).then(|| "no ping".to_owned()));
    for (nth, (number, word)) in told.into_iter().filter(|(number, _)| 0 < *number).enumerate() {
        // The unit is said once.
        let number = if nth == 0 { counted(number, "half hour", "half hours") } else { number.to_string() };
        parts.push(format!("{word} in {number}"));
    }
    format!("Last 24 hours: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_told_with_its_unit_once() {
        assert_eq!(
            recent(16, 0, 13, 3),
            "Last 24 hours: pings in 16 half hours, down in 13, the listener away in 3"
        );
        assert_eq!(recent(0, 0, 1, 0), "Last 24 hours: no ping, down in 1 half hour");
        assert_eq!(recent(0, 0, 0, 0), "Last 24 hours: no ping");
    }
}

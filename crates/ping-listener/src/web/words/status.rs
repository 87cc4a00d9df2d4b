//! What the status page and its setup say.

use domain::time::Span;
use jiff::civil::Date;

use super::counted;

pub(crate) const TITLE: &str = "Status page";
pub(crate) const USUAL_TITLE: &str = "Status";
pub(crate) const OFF: &str = "Only you see this page: it is switched off.";
pub(crate) const SET_UP: &str = "Set up this page";
pub(crate) const CHECKS: &str = "Checks";
pub(crate) const NO_PING: &str = "No ping yet";
pub(crate) const UNWATCHED: &str = "Not watched";
pub(crate) const UNNAMED: &str = "Unnamed";
pub(crate) const SINCE: &str = "since";
pub(crate) const UPDATED: &str = "Updated";
pub(crate) const GOOD_DAY: &str = "up";
pub(crate) const BAD_DAYS: &str = "Days with downtime";
pub(crate) const TODAY: &str = "today";
pub(crate) const NINETY_DAYS_AGO: &str = "90 days ago";
pub(crate) const LEGEND: &str = "What the bars mean";
pub(crate) const KEY: [(&str, &str); 5] = [
    ("good", "up all day"),
    ("part", "down for a moment"),
    ("bad", "down for longer"),
    ("away", "this server itself was away"),
    ("none", "not known"),
];

pub(crate) const LEAD: &str = "A page for everybody, without signing in. It shows names, standings and downtime of the checks that you choose, and nothing else of them.";
pub(crate) const IS_ON: &str = "Show it to everybody";
pub(crate) const AT: &str = "It is at";
pub(crate) const LOOK: &str = "Look at it";
pub(crate) const OWN_TITLE: &str = "Title";
pub(crate) const WHICH: &str = "Which checks";
pub(crate) const ALL: &str = "All checks";
pub(crate) const BY_TAG: &str = "Checks with a tag";
pub(crate) const NO_TAGS: &str = "No check has a tag yet.";
pub(crate) const BY_NAME: &str = "These checks";
pub(crate) const BY_NAME_HINT: &str = "One name or UUID a line. They come first on the page, in this order.";
pub(crate) const ONE_MORE: &str = "One more";
pub(crate) const ONE_MORE_HINT: &str = "Its name or UUID. It goes to the end of the list above.";
pub(crate) const SAVE: &str = "Save";
pub(crate) const NO_TITLE: &str = "Expected a title, found nothing.";
pub(crate) const NOTHING_CHOSEN: &str =
    "Expected at least one check or tag, found none: there would be nothing to see.";
pub(crate) const PARTS: &str = "For other eyes";
pub(crate) const BADGES: &str = "Badges";
pub(crate) const WALL: &str = "Wall";

/// How all checks on the page stand together.
pub(crate) fn sentence(all: usize, down: usize, late: usize) -> String {
    match (all, down, late) {
        (0, _, _) => "Nothing is shown here yet".to_owned(),
        (_, 0, 0) => "Everything is up".to_owned(),
        (all, 0, late) => format!("{late} of {all} late"),
        (all, down, _) => format!("{down} of {all} down"),
    }
}

/// How many checks found no room on the page; they count in its sentence.
pub(crate) fn others(number: usize) -> String {
    format!("and {number} more, which are not listed here but counted above")
}

pub(crate) fn day(date: Date, told: &str) -> String {
    format!("{date}: {told}")
}

pub(crate) fn down_for(length: Span) -> String {
    format!("down for {length}")
}

pub(crate) fn away_for(length: Span) -> String {
    format!("the listener was away for {length}")
}

/// How so many days were: which part of the time it was up, from 0 to 1, and how many days had downtime.
pub(crate) fn summary(uptime: Option<f64>, bad: usize, days: usize) -> String {
    let days = counted(days, "day", "days");
    let Some(uptime) = uptime else { return "No history yet".to_owned() };
    // What was down for a moment was not up all the time: never rounded up to a hundred.
    let percent = if 0 < bad { (uptime * 10_000.0).floor().min(9_999.0) / 100.0 } else { uptime * 100.0 };
    let down = if 0 < bad { format!(", down on {bad}") } else { String::new() };
    format!("{percent:.2} % up in {days}{down}")
}

pub(crate) fn title_too_long(most: usize, found: usize) -> String {
    format!("Expected at most {most} characters, found {found}.")
}

pub(crate) fn too_many(most: usize, found: usize) -> String {
    format!("Expected at most {most} checks, found {found}.")
}

pub(crate) fn unknown(name: &str) -> String {
    format!("Expected the name of a check in each line, found “{name}”, which none has.")
}

pub(crate) fn ambiguous(name: &str) -> String {
    format!("Several checks are called “{name}”: write the UUID from the page of the one you mean.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_down_was_not_up_all_the_time() {
        assert_eq!(summary(Some(1.0), 0, 90), "100.00 % up in 90 days");
        assert_eq!(summary(Some(0.999_999_9), 1, 90), "99.99 % up in 90 days, down on 1");
        assert_eq!(summary(None, 0, 90), "No history yet");
    }
}

//! What the pages say: every sentence of the web interface, one file a page, so that a translation has one place.

pub(crate) mod answers;
pub(crate) mod asked;
pub(crate) mod badges;
pub(crate) mod banners;
pub(crate) mod calendar;
pub(crate) mod charts;
pub(crate) mod check;
pub(crate) mod day;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod done;
pub(crate) mod edit;
pub(crate) mod history;
pub(crate) mod inbox;
pub(crate) mod layout;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod mails;
pub(crate) mod preview;
pub(crate) mod script;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(in crate::web) mod snippets;
pub(crate) mod status;
pub(crate) mod wall;

use domain::time::Span;

/// The language of all these words, as pages declare it.
pub(crate) const LANGUAGE: &str = "en";

pub(crate) const BRAND: &str = "Ping Listener";

pub(crate) const NEVER: &str = "never";
pub(crate) const NONE: &str = "none";
pub(crate) const COPY: &str = "Copy";

pub(crate) const SILENT: &str = "Silent";
pub(crate) const FAILED: &str = "Failed";
pub(crate) const HUNG: &str = "Hung";
pub(crate) const DOWN: &str = "Down";
pub(crate) const LATE: &str = "Late";
pub(crate) const RUNNING: &str = "Running";
pub(crate) const UP: &str = "Up";
pub(crate) const NEW: &str = "New";
pub(crate) const PAUSED: &str = "Paused";
pub(crate) const UNMONITORED: &str = "Not monitored";

/// How far away an instant is, in seconds from now; what is to come is less than nothing.
pub(crate) fn ago(seconds: i64) -> String {
    let distance = Span::from_seconds(seconds.abs());
    if seconds < 0 { format!("in {distance}") } else { format!("{distance} ago") }
}

/// A length of time in its two largest units.
pub(crate) fn span(length: Span) -> String {
    length.to_string()
}

/// How often pings are expected, of a check that goes by periods.
pub(crate) fn every(period: Span) -> String {
    format!("every {period}")
}

/// A schedule by the clock, and whose clock that is.
pub(crate) fn by_the_clock(words: &str, zone: &str) -> String {
    format!("{words}, {zone}")
}

/// So many of something, with the word in its right form.
pub(crate) fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_look_back_and_ahead() {
        assert_eq!(ago(3), "3 s ago");
        assert_eq!(ago(-65), "in 1 min 5 s");
        assert_eq!(counted(1, "check", "checks"), "1 check");
        assert_eq!(counted(0, "check", "checks"), "0 checks");
    }
}

//! How names, times, lengths and the listener's own downtime are written in a mail.

use domain::time::Span;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Writes an instant as the contract has it: local time, to the microsecond.
pub(super) fn exact_time(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

/// Writes an instant for reading: local time, to the second.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

pub(super) fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    at.to_zoned(zone.clone())
}

/// Names the zone in which times are written.
pub(super) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().map_or_else(|| "the server's local time".to_owned(), |name| name.replace('_', " "))
}

/// Writes a length in its two largest units, in whole seconds once it has any: `2 h 3 min`, `13 s`.
pub(super) fn length(seconds: f64) -> String {
    let whole = if 1.0 <= seconds { seconds.round() } else { seconds };
    Span::from_seconds(1).scaled(whole).to_string()
}

/// Says what the listener's own downtime did to a deadline: how far it was extended, and whether to its limit.
pub(super) fn own_downtime(blind_seconds: f64, allowance_spent: bool) -> impl Iterator<Item = String> {
    let extended = (0.0 < blind_seconds).then(|| {
        let downtime = length(blind_seconds);
        format!("The deadline was extended because the listener itself was down for {downtime}.")
    });
    let spent = allowance_spent.then(|| {
        "The allowance for the listener's own downtime was used up, \
         so it may have reported while nobody listened."
            .to_owned()
    });
    extended.into_iter().chain(spent)
}

/// Counts things in words that agree: `1 reminder`, `2 reminders`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Makes a text safe on one line: control characters, among them every line end, become `�`.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|character| if is_line_breaking(character) { '\u{FFFD}' } else { character }).collect()
}

/// Writes a text in ASCII only; what ASCII cannot say becomes `?`.
pub(super) fn ascii(text: &str) -> String {
    text.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect()
}

fn is_line_breaking(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_their_two_largest_units() {
        for (seconds, words) in [
            (0.2, "0.2 s"),
            (13.4, "13 s"),
            (60.0, "1 min"),
            (7_389.0, "2 h 3 min"),
            (90_061.0, "1 d 1 h"),
            (86_400.0, "1 d"),
        ] {
            assert_eq!(length(seconds), words);
        }
    }

    #[test]
    fn a_text_stays_on_its_line() {
        assert_eq!(
            one_line("a\r\nBcc: x\0\u{85}\u{2028}"),
            "a\u{FFFD}\u{FFFD}Bcc: x\u{FFFD}\u{FFFD}\u{FFFD}"
        );
    }
}

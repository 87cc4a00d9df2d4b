//! The days and months of a check.

use domain::time::Span;
use jiff::civil::Date;

use super::counted;
use crate::store::past::Cell;

pub(crate) const TITLE: &str = "Days";
pub(crate) const MONTHS: &str = "Other months";
pub(crate) const EARLIER: &str = "← Earlier";
pub(crate) const LATER: &str = "Later →";
pub(crate) const KEY: &str = "What the marks mean";

/// The marks: the name in the style sheet, and what they mean.
pub(crate) const MARKS: [(&str, &str); 5] = [
    ("up", "Pings in time"),
    ("late", "Late pings"),
    ("down", "Down"),
    ("away", "Nobody listened for a while"),
    ("none", "No ping"),
];

/// The days of a week, whole and in short.
pub(crate) const WEEKDAYS: [(&str, &str); 7] = [
    ("Monday", "Mo"),
    ("Tuesday", "Tu"),
    ("Wednesday", "We"),
    ("Thursday", "Th"),
    ("Friday", "Fr"),
    ("Saturday", "Sa"),
    ("Sunday", "Su"),
];

pub(crate) const DOWNTIME: &str = "Downtime by month";
pub(crate) const MONTH: &str = "Month";
pub(crate) const DOWN_FOR: &str = "Down for";
pub(crate) const DOWNS: &str = "Times";
pub(crate) const UPTIME: &str = "Up";
pub(crate) const AWAY: &str = "Nobody listened";
pub(crate) const AWAY_HINT: &str = "While this server itself does not listen, nobody knows how a check is. That time counts neither as up nor as down.";
pub(crate) const NEVER: &str = "–";

pub(crate) fn month(first: Date) -> String {
    first.strftime("%B %Y").to_string()
}

pub(crate) fn unknown(date: Date) -> String {
    format!("{}: not known", date.strftime("%A, %-d %B"))
}

pub(crate) fn day(date: Date, cell: &Cell) -> String {
    let pings = usize::try_from(cell.pings).unwrap_or(usize::MAX);
    let mut parts = vec![counted(pings, "ping", "pings")];
    if Span::ZERO < cell.down || 0 < cell.downs {
        let downs = usize::try_from(cell.downs).unwrap_or(usize::MAX);
        let times = if downs == 0 { String::new() } else { format!(" {},", counted(downs, "time", "times")) };
        parts.push(format!("down{times} for {}", whole_seconds(cell.down)));
    } else if Span::ZERO < cell.late {
        parts.push(format!("late for {}", whole_seconds(cell.late)));
    }
    if Span::ZERO < cell.away {
        parts.push(format!("nobody listened for {}", whole_seconds(cell.away)));
    }
    format!("{}: {}", date.strftime("%A, %-d %B"), parts.join("; "))
}

/// A length that is read at a glance.
pub(crate) fn whole_seconds(length: Span) -> String {
    Span::from_seconds(length.as_micros() / 1_000_000).to_string()
}

/// A share of time in percent; all of it only if it was all.
pub(crate) fn share(uptime: f64) -> String {
    let hundredths = (uptime * 10_000.0).floor();
    format!("{:.2} %", hundredths / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_always_up_is_a_hundred_percent() {
        assert_eq!(share(1.0), "100.00 %");
        assert_eq!(share(0.999_999), "99.99 %");
        assert_eq!(share(0.0), "0.00 %");
    }
}

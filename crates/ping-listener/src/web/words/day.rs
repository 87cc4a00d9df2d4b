//! One day of one check.

use domain::notification::Kind;
use jiff::civil::Date;

use super::counted;
use crate::store::view::RowState;

pub(crate) const STRIP: &str = "When pings came between midnight and midnight";
pub(crate) const OTHER_DAYS: &str = "Other days";
pub(crate) const DAY_BEFORE: &str = "← Day before";
pub(crate) const DAY_AFTER: &str = "Day after →";
pub(crate) const TO: &str = "to";
pub(crate) const LOCAL_TIME: &str = "local time";
pub(crate) const CLOSED: &str = "No user has this name, or its log needs a key.";
pub(crate) const NO_NAME: &str = "Say whose log you want: add username=NAME to the address.";
pub(crate) const NO_YEAR: &str = "The year 0000 does not exist; give two or four digits.";

pub(crate) const WENT_SILENT: &str = "Silent for too long since here";
pub(crate) const CAME_BACK: &str = "Pings are back";
pub(crate) const LASTS: &str = "and lasts";

pub(crate) fn title(name: &str, date: Date) -> String {
    format!("{name} on {date}")
}

pub(crate) fn date(date: Date) -> String {
    date.strftime("%A, %-d %B %Y").to_string()
}

pub(crate) fn pings(number: usize) -> String {
    if number == 0 {
        return "No ping on this day.".to_owned();
    }
    format!("{} on this day.", count(number))
}

pub(crate) fn count(number: usize) -> String {
    counted(number, "ping", "pings")
}

pub(crate) fn forgotten(days: f64) -> String {
    format!("Pings are kept for {days} days; older ones are not shown.")
}

pub(crate) fn no_month(month: i16) -> String {
    format!("The month {month} does not exist; give 01 to 12.")
}

pub(crate) fn no_day(year: i16, month: i16, day: i16) -> String {
    format!("The day {day} does not exist in {year}-{month:02}.")
}

pub(crate) fn missing(part: &str) -> String {
    format!("The {part} is missing: add {part}=… to the address.")
}

pub(crate) fn unreadable(part: &str, least: usize, most: usize) -> String {
    let joint = if least + 1 == most { "or" } else { "digits or" };
    format!("The {part} cannot be read; give it as {least} {joint} {most} digits.")
}

pub(crate) fn silence_ended(reason: &str) -> String {
    format!("The silence ended: {reason}")
}

/// What a mail said, for whom it was, and what became of it.
pub(crate) fn told(kind: Kind, recipient: &str, state: RowState) -> String {
    let kind = match kind {
        Kind::FirstAlert => "Alert",
        Kind::Reminder => "Reminder",
        Kind::Recovery => "Mail about the return",
        Kind::Notice | Kind::Unknown => "Notice",
    };
    let state = match state {
        RowState::Queued => "waits to be sent",
        RowState::Leased => "is being sent",
        RowState::Sent => "sent",
        RowState::GivenUp => "given up",
        RowState::Cancelled => "cancelled",
        RowState::Joined => "said by a later mail",
    };
    format!("{kind} to {recipient}: {state}")
}

pub(crate) fn after_attempts(attempts: u32) -> String {
    format!(" after {attempts} attempts")
}

pub(crate) fn until(time: &str) -> String {
    format!("until {time}")
}

pub(crate) fn away(cause: &str, until: &str) -> String {
    format!("The listener itself was away ({}), {until}", super::settings::cause(cause))
}

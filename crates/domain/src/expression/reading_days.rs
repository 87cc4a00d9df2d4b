//! Which days a schedule comes on, in plain words.

use super::listing::{join, list, list_as, ordinal};
use super::pattern::{Bits, Days, has, numbers};

const NTH: [&str; 6] = ["", "first", "second", "third", "fourth", "fifth"];

const WEEKDAYS: [&str; 8] =
    ["", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

#[rustfmt::skip]
const MONTHS: [&str; 13] = [
    "", "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
];

/// Reads which days; `None` if it is every day.
pub(super) fn read_days(days: &Days) -> Option<String> {
    let months = read_months(days);
    let any = months.as_deref().map(|months| format!("every day in {months}"));
    let week = read_week(days);
    match (read_dates(days), week) {
        (None, None) => any,
        // Either is enough, and one of them is every day.
        (None, Some(_)) | (Some(_), None) if !days.has_both => any,
        (None, Some(week)) => Some(week.alone(months.as_deref())),
        (Some(dates), None) => Some(dates),
        (Some(dates), Some(week)) if days.has_both => {
            Some(format!("{dates} if that is {}", week.condition()))
        }
        (Some(dates), Some(week)) => Some(format!("{dates} and {}", week.alone(months.as_deref()))),
    }
}

/// Reads months and years; `None` if it is every one.
fn read_months(days: &Days) -> Option<String> {
    let months = (days.months != Days::ALL.months).then(|| names(days.months, &MONTHS));
    let years = days.years.as_ref().map(|years| list_as(years.iter().copied(), |year| year.to_string()));
    match (months, years) {
        (Some(months), Some(years)) => Some(format!("{months} {years}")),
        (months, years) => months.or(years),
    }
}

/// Reads days by their place in the month; `None` if it is every one.
fn read_dates(days: &Days) -> Option<String> {
    if days.dates == Days::ALL.dates {
        return None;
    }
    let months = match (read_months(days), days.months == Days::ALL.months) {
        (Some(years), true) => format!("every month in {years}"),
        (Some(months), false) => months,
        (None, _) => "every month".to_owned(),
    };
    if days.dates.is_power_of_two()
        && days.months.is_power_of_two()
        && days.from_end == 0
        && !days.last_workday
    {
        return Some(format!("on {} {months}", list(days.dates)));
    }
    let mut pieces = Vec::new();
    if days.dates != 0 {
        pieces.push(format!("the {}", list_as(numbers(days.dates), ordinal)));
    }
    let from_end = numbers(days.from_end).collect::<Vec<_>>();
    if 1 < from_end.len() && (1..).zip(&from_end).all(|(nth, day)| nth == *day) {
        pieces.push(format!("the last {} days", from_end.len()));
    } else {
        pieces.extend(from_end.into_iter().map(|day| match day {
            1 => "the last day".to_owned(),
            2 => "the last day but one".to_owned(),
            _ => format!("the {} day from the end", ordinal(day)),
        }));
    }
    if days.last_workday {
        pieces.push("the last workday (Monday to Friday)".to_owned());
    }
    Some(format!("on {} of {months}", join(&pieces, "and")))
}

/// Days by their place in the week.
struct Week {
    /// As in `Monday to Friday`.
    every: Option<String>,
    /// As in `the first Monday`.
    single: Vec<String>,
}

impl Week {
    /// Reads it where nothing else says which days.
    fn alone(&self, months: Option<&str>) -> String {
        let every = self.every.as_ref().map(|every| {
            let word = if every.contains(" to ") { "" } else { "every " };
            let months = months.map_or_else(String::new, |months| format!(" in {months}"));
            format!("{word}{every}{months}")
        });
        let months = months.unwrap_or("every month");
        let single =
            (!self.single.is_empty()).then(|| format!("on {} of {months}", join(&self.single, "and")));
        join(&every.into_iter().chain(single).collect::<Vec<_>>(), "and")
    }

    /// Reads it after `if that is`.
    fn condition(&self) -> String {
        let every = self.every.as_ref().map(|every| {
            let article = if every.contains(" to ") { "" } else { "a " };
            format!("{article}{}", every.replace(" and ", " or "))
        });
        let single = self.single.iter().map(|single| format!("{single} of the month"));
        every.into_iter().chain(single).collect::<Vec<_>>().join(" or ")
    }
}

/// Reads days by their place in the week; `None` if it is every one.
fn read_week(days: &Days) -> Option<Week> {
    if days.weekdays == Days::ALL.weekdays {
        return None;
    }
    let monday_first = days.weekdays & !1 | (days.weekdays & 1) << 7;
    let mut single = Vec::new();
    for (name, weekday) in WEEKDAYS[1..].iter().zip([1_u8, 2, 3, 4, 5, 6, 0]) {
        let nth = numbers(days.nth[usize::from(weekday)]);
        single.extend(nth.map(|nth| format!("the {} {name}", NTH[nth as usize])));
        if has(days.last, u32::from(weekday)) {
            single.push(format!("the last {name}"));
        }
    }
    Some(Week { every: (monday_first != 0).then(|| names(monday_first, &WEEKDAYS)), single })
}

fn names(bits: Bits, names: &[&str]) -> String {
    list_as(numbers(bits), |number| names[number as usize].to_owned())
}

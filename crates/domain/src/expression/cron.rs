//! Cron expressions, as the crontab of Debian has them: five fields, and `L`, `LW`, `5L` and `5#3` for days.

use super::mistake::{Mistake, Part};
use super::occurrence::{Change, Limit};
use super::pattern::{Bits, Days, Pattern, Times};

/// How far to look: every date comes back within 40 years, but for what never comes.
const LIMIT: Limit = Limit::Years(50);

/// A field: its name, its range, and the names of its values from the least on.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "a minute", least: 0, most: 59, names: &[] };
const HOUR: Field = Field { name: "an hour", least: 0, most: 23, names: &[] };
const DAY: Field = Field { name: "a day of the month", least: 1, most: 31, names: &[] };
const MONTH: Field = Field {
    name: "a month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Sunday is 0 and 7.
const WEEKDAY: Field = Field {
    name: "a day of the week",
    least: 0,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

/// A cron expression, taken apart.
pub(super) struct Cron {
    pub(super) pattern: Pattern,
    pub(super) change: Change,
}

impl Cron {
    pub(super) const LIMIT: Limit = LIMIT;

    /// Reads the five words of an expression.
    pub(super) fn parse([minute, hour, day, month, weekday]: [Part<'_>; 5]) -> Result<Self, Mistake> {
        let has_star = |part: Part<'_>| part.text.starts_with('*');
        let times = Times { minutes: list(&MINUTE, minute)?, hours: list(&HOUR, hour)?, seconds: 1 };
        let mut days = Days { dates: 0, weekdays: 0, ..Days::ALL };
        days.has_both = has_star(day) || has_star(weekday);
        for item in day.split(',') {
            match item.text.to_ascii_uppercase().as_str() {
                "L" => days.from_end |= 1 << 1,
                "LW" => days.last_workday = true,
                _ => days.dates |= values(&DAY, item)?,
            }
        }
        days.months = list(&MONTH, month)?;
        for item in weekday.split(',') {
            add_weekday(&mut days, item)?;
        }
        let change = if has_star(minute) || has_star(hour) { Change::Follow } else { Change::Move };
        Ok(Self { pattern: Pattern { days, times }, change })
    }
}

fn add_weekday(days: &mut Days, item: Part<'_>) -> Result<(), Mistake> {
    if let Some((day, nth)) = item.split_once("#") {
        let weekday = value(&WEEKDAY, day)? % 7;
        let nth = nth.number().filter(|nth| (1..=5).contains(nth)).ok_or_else(|| {
            nth.wrong("a number from 1 to 5, which says which such day of the month is meant")
        })?;
        days.nth[weekday as usize] |= 1 << nth;
    } else if let Some(day) = item.text.strip_suffix(['L', 'l']) {
        let day = item.slice(0, day.len()).number().filter(|day| *day <= WEEKDAY.most);
        let day = day.ok_or_else(|| item.wrong("the number of a day of the week before L, as in 5L"))?;
        days.last |= 1 << (day % 7);
    } else {
        let found = values(&WEEKDAY, item)?;
        days.weekdays |= found & 0x7F | found >> 7 & 1;
    }
    Ok(())
}

fn list(field: &Field, part: Part<'_>) -> Result<Bits, Mistake> {
    part.split(',').try_fold(0, |found, item| Ok(found | values(field, item)?))
}

/// Reads `*`, `a`, `a-b`, and any of them with a step.
fn values(field: &Field, item: Part<'_>) -> Result<Bits, Mistake> {
    let (range, step) = item.take_step()?;
    let (first, last) = if range.text == "*" {
        (field.least, field.most)
    } else if let Some((first, last)) = range.split_once("-") {
        let (first, least) = (value(field, first)?, first.text);
        let end = value(field, last)?;
        if end < first {
            return Err(last.wrong(format!("an end of the range that is not before its beginning {least}")));
        }
        (first, end)
    } else {
        let first = value(field, range)?;
        (first, if step.is_some() { field.most } else { first })
    };
    let step = step.unwrap_or(1).min(Bits::BITS) as usize;
    Ok((first..=last).step_by(step).fold(0, |found, number| found | 1 << number))
}

fn value(field: &Field, part: Part<'_>) -> Result<u32, Mistake> {
    if let Some(name) = field.names.iter().position(|name| part.text.eq_ignore_ascii_case(name)) {
        return Ok(field.least + u32::try_from(name).unwrap_or(0));
    }
    part.number().filter(|number| (field.least..=field.most).contains(number)).ok_or_else(|| {
        let names = match field.names {
            [first, .., last] => format!(", or {first} to {last}"),
            _ => String::new(),
        };
        part.wrong(format!("{} from {} to {}{names}", field.name, field.least, field.most))
    })
}

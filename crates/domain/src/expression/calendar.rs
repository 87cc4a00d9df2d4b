//! OnCalendar expressions, as the timers of systemd have them: weekday, date, time and time zone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::mistake::{Mistake, Part};
use super::occurrence::{Change, Limit};
use super::pattern::{Bits, Days, Pattern, Times};
use super::{LookUp, calendar_names};
use crate::zone::{self, Zone};

/// The range of a number in a date or a time.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
}

const YEAR: Field = Field { name: "a year", least: 1970, most: 2199 };
const MONTH: Field = Field { name: "a month", least: 1, most: 12 };
const DAY: Field = Field { name: "a day of the month", least: 1, most: 31 };
/// No more than every month has.
const DAY_FROM_END: Field = Field { name: "a day counted from the end of the month", least: 1, most: 28 };
const HOUR: Field = Field { name: "an hour", least: 0, most: 23 };
const MINUTE: Field = Field { name: "a minute", least: 0, most: 59 };
const SECOND: Field = Field { name: "a second", least: 0, most: 59 };

/// One line of an expression, taken apart.
pub(super) struct Event {
    pub(super) pattern: Pattern,
    /// `None` for that of the check.
    pub(super) zone: Option<(&'static str, Arc<Zone>)>,
}

impl Event {
    pub(super) const CHANGE: Change = Change::Drop;
    pub(super) const LIMIT: Limit = Limit::Year(2199);

    /// Reads `[weekday] [date] [time] [time zone]`, or a shorthand in the place of the first three.
    pub(super) fn parse(line: Part<'_>, zones: LookUp<'_>) -> Result<Self, Mistake> {
        let mut words = line.words();
        let zone = take_zone(&mut words, zones)?;
        let midnight = Times { hours: 1, minutes: 1, seconds: 1 };
        let mut pattern = Pattern { days: Days::ALL, times: midnight };
        if let [word] = words[..]
            && let Some(shorthand) = calendar_names::shorthand(word.text)
        {
            words = Part::whole(shorthand).words();
        }
        let mut rest = &words[..];
        if let [before @ .., time] = rest
            && time.text.contains(':')
        {
            (pattern.times, rest) = (parse_time(*time)?, before);
        }
        if let [before @ .., date] = rest
            && is_date(*date)
        {
            parse_date(*date, &mut pattern.days)?;
            rest = before;
        }
        match rest {
            [] if words.is_empty() => Err(line.wrong("a weekday, a date or a time")),
            [] => Ok(Self { pattern, zone }),
            [weekdays] => {
                pattern.days.weekdays = parse_weekdays(*weekdays)?;
                Ok(Self { pattern, zone })
            }
            [_, surplus, ..] => {
                Err(surplus.wrong("no more than a weekday, a date, a time and a time zone, in this order"))
            }
        }
    }
}

fn starts_like_a_number(word: Part<'_>) -> bool {
    word.text.starts_with(|sign: char| sign.is_ascii_digit() || sign == '*')
}

fn is_date(word: Part<'_>) -> bool {
    starts_like_a_number(word) && word.text.contains(['-', '~'])
}

/// Takes the last word away if it names a time zone.
fn take_zone(
    words: &mut Vec<Part<'_>>,
    zones: LookUp<'_>,
) -> Result<Option<(&'static str, Arc<Zone>)>, Mistake> {
    let [.., before, last] = words[..] else { return Ok(None) };
    if let Some(name) = zone::canonical(last.text) {
        let zone = zones(name).ok_or_else(|| last.wrong("a time zone that this machine has data of"))?;
        words.pop();
        return Ok(Some((name, zone)));
    }
    // What follows a date, a time or a shorthand and is neither can only have been meant as a time zone.
    let is_complete = starts_like_a_number(before) || calendar_names::shorthand(before.text).is_some();
    if is_complete && !starts_like_a_number(last) {
        return Err(last.wrong("a time zone, as in Europe/Riga"));
    }
    Ok(None)
}

fn parse_time(word: Part<'_>) -> Result<Times, Mistake> {
    let parts: Vec<_> = word.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, None),
        [hour, minute, second] => (hour, minute, Some(second)),
        _ => return Err(word.wrong("a time, as in 12:30 or 12:30:00")),
    };
    let hours = small(&HOUR, hour)?;
    let minutes = small(&MINUTE, minute)?;
    let seconds = second.map_or(Ok(1), |second| small(&SECOND, second))?;
    Ok(Times { hours, minutes, seconds })
}

fn parse_date(word: Part<'_>, days: &mut Days) -> Result<(), Mistake> {
    let is_no_date = || word.wrong("a date, as in 12-24, *-*-1 or *-*~1");
    let (before, day, is_from_end) = match (word.split_once("~"), word.text.rfind('-')) {
        (Some((before, day)), _) => (before, day, true),
        (None, Some(dash)) => (word.slice(0, dash), word.slice(dash + 1, word.text.len()), false),
        (None, None) => return Err(is_no_date()),
    };
    let (year, month) = match before.split_once("-") {
        Some((year, month)) => (Some(year), month),
        None => (None, before),
    };
    if month.text.contains('-') {
        return Err(is_no_date());
    }
    days.years = match year {
        Some(year) if year.text != "*" => Some(years(year)?),
        Some(_) | None => None,
    };
    days.months = small(&MONTH, month)?;
    if is_from_end && day.text != "*" {
        days.dates = 0;
        days.from_end = days_from_end(day)?;
    } else {
        days.dates = small(&DAY, day)?;
    }
    Ok(())
}

/// Reads `1` as the last day, `7/1` as the last seven: a step goes on towards the end of the month.
fn days_from_end(part: Part<'_>) -> Result<Bits, Mistake> {
    part.split(',').try_fold(0, |found, item| {
        let range = range(&DAY_FROM_END, item)?;
        let last = if range.is_open { DAY_FROM_END.least } else { range.first };
        let first = if range.is_open { range.first } else { range.last };
        Ok(found | (last..=first).rev().step_by(range.step).fold(0, |found, day| found | 1 << day))
    })
}

fn small(field: &Field, part: Part<'_>) -> Result<Bits, Mistake> {
    if part.text == "*" {
        return Ok((field.least..=field.most).fold(0, |found, number| found | 1 << number));
    }
    let items = part.split(',').map(|item| range(field, item));
    items.flat_map(Range::each).try_fold(0, |found, number| Ok(found | 1 << number?))
}

fn years(part: Part<'_>) -> Result<BTreeSet<u32>, Mistake> {
    part.split(',').map(|item| range(&YEAR, item)).flat_map(Range::each).collect()
}

/// Numbers from the first to the last of it, every so many.
struct Range {
    first: u32,
    last: u32,
    step: usize,
    /// Whether it goes on as far as the field does, because only its beginning is named.
    is_open: bool,
}

impl Range {
    fn each(range: Result<Self, Mistake>) -> Vec<Result<u32, Mistake>> {
        match range {
            Ok(range) => (range.first..=range.last).step_by(range.step).map(Ok).collect(),
            Err(mistake) => vec![Err(mistake)],
        }
    }
}

/// Reads `a`, `a..b`, `a/s` and `a..b/s`.
fn range(field: &Field, item: Part<'_>) -> Result<Range, Mistake> {
    let (ends, step) = item.take_step()?;
    if ends.text == "*" && step.is_some() {
        return Err(item.wrong(format!("a number before the step, as in {}/5", field.least)));
    }
    let wide = step.unwrap_or(1).min(YEAR.most) as usize;
    let Some((first, last)) = ends.split_once("..") else {
        let first = value(field, ends)?;
        let last = if step.is_some() { field.most } else { first };
        return Ok(Range { first, last, step: wide, is_open: step.is_some() });
    };
    let (start, end) = (value(field, first)?, value(field, last)?);
    if end < start {
        return Err(
            last.wrong(format!("an end of the range that is not before its beginning {}", first.text))
        );
    }
    Ok(Range { first: start, last: end, step: wide, is_open: false })
}

fn value(field: &Field, part: Part<'_>) -> Result<u32, Mistake> {
    let of_century = |number| match number {
        0..70 if field.least == YEAR.least => number + 2000,
        70..100 if field.least == YEAR.least => number + 1900,
        _ => number,
    };
    let is_in_range = |number: &u32| (field.least..=field.most).contains(number);
    part.number()
        .map(of_century)
        .filter(is_in_range)
        .ok_or_else(|| part.wrong(format!("{} from {} to {}", field.name, field.least, field.most)))
}

/// Reads names of weekdays, lists and ranges of them; 0 is Sunday, but the week begins on Monday.
fn parse_weekdays(word: Part<'_>) -> Result<Bits, Mistake> {
    let days = word.text.strip_suffix(',').map_or(word, |days| word.slice(0, days.len()));
    days.split(',').try_fold(0, |found, item| {
        let ends = item.split_once("..").or_else(|| item.split_once("-"));
        let Some((first, last)) = ends else { return Ok(found | 1 << (weekday(item)? % 7)) };
        let (start, end) = (weekday(first)?, weekday(last)?);
        if end < start {
            return Err(last.wrong(format!("a day that is not before {} in the week", first.text)));
        }
        Ok((start..=end).fold(found, |found, day| found | 1 << (day % 7)))
    })
}

/// Returns 1 for Monday to 7 for Sunday.
fn weekday(part: Part<'_>) -> Result<u32, Mistake> {
    calendar_names::weekday(part.text).ok_or_else(|| part.wrong("a day of the week, as in Mon or Friday"))
}

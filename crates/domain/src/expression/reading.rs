//! A schedule in plain words, for mails and pages: short where it is usual, and always exact.

use super::listing::{join, list};
use super::pattern::{Bits, Pattern, Times, has, numbers};
use super::reading_days::read_days;

/// No more times of a day are listed one by one.
const LISTED_MAX: u32 = 6;

const ALL_HOURS: Bits = (1 << 24) - 1;
const SIXTY: Bits = (1 << 60) - 1;

/// Only the first second, or the first minute.
const NOUGHT: Bits = 1;

/// Reads a pattern out, as in `every 15 minutes` or `at 02:00 every day`.
pub(super) fn read(pattern: &Pattern) -> String {
    let Times { hours, minutes, seconds } = pattern.times;
    let days = read_days(&pattern.days);
    let pace = if seconds == NOUGHT { read_pace(hours, minutes) } else { None };
    let is_few = hours.count_ones() * minutes.count_ones() * seconds.count_ones() <= LISTED_MAX;
    if pace.is_none() && is_few {
        let days = days.unwrap_or_else(|| "every day".to_owned());
        return format!("{} {days}", read_few(&pattern.times));
    }
    let pace = pace.unwrap_or_else(|| read_many(&pattern.times));
    days.map_or(pace.clone(), |days| format!("{pace}, {days}"))
}

/// Reads times that come in even steps; `None` if they do not.
fn read_pace(hours: Bits, minutes: Bits) -> Option<String> {
    if minutes == NOUGHT {
        return every(hours, 24, "hour").filter(|_| 2 < hours.count_ones()).or_else(|| {
            let (first, last) = span(hours).filter(|(first, last)| 2 < last - first)?;
            Some(format!("every hour from {first:02}:00 to {last:02}:00"))
        });
    }
    if minutes.is_power_of_two() && hours == ALL_HOURS {
        let unit = if minutes == 0b10 { "minute" } else { "minutes" };
        return Some(format!("at {} {unit} past every hour", list(minutes)));
    }
    let pace = every(minutes, 60, "minute")?;
    if hours == ALL_HOURS {
        return Some(pace);
    }
    if minutes.count_ones() < 3 {
        return None;
    }
    Some(match span(hours) {
        Some((first, last)) => format!("{pace} from {first:02}:00 to {last:02}:59"),
        None => format!("{pace} of the hours {}", list(hours)),
    })
}

/// Lists times one by one.
fn read_few(times: &Times) -> String {
    let mut shown = Vec::new();
    for hour in numbers(times.hours) {
        for minute in numbers(times.minutes) {
            shown.extend(numbers(times.seconds).map(|second| match times.seconds {
                NOUGHT => format!("{hour:02}:{minute:02}"),
                _ => format!("{hour:02}:{minute:02}:{second:02}"),
            }));
        }
    }
    format!("at {}", join(&shown, "and"))
}

/// Lists the numbers that the hand of each part of the time may stand at.
fn read_many(times: &Times) -> String {
    let Times { hours, minutes, seconds } = *times;
    let part = |bits: Bits, all, name: &str| match bits {
        bits if bits == all => format!("every {name}"),
        bits if bits.is_power_of_two() => format!("{name} {}", list(bits)),
        bits => format!("{name}s {}", list(bits)),
    };
    let parts = match (minutes, hours) {
        (SIXTY, ALL_HOURS) => Vec::new(),
        _ => vec![part(minutes, SIXTY, "minute"), part(hours, ALL_HOURS, "hour")],
    };
    let even = every(seconds, 60, "second").filter(|_| 2 < seconds.count_ones());
    let seconds = (seconds != NOUGHT).then(|| even.unwrap_or_else(|| part(seconds, SIXTY, "second")));
    let all = seconds.into_iter().chain(parts).collect::<Vec<_>>().join(" of ");
    if all.starts_with("every") { all } else { format!("at {all}") }
}

/// Reads numbers that come in even steps from nought on, round and round; `None` if they do not.
fn every(bits: Bits, most: u32, unit: &str) -> Option<String> {
    let count = bits.count_ones();
    let step = most.checked_div(count).filter(|step| step * count == most)?;
    let is_even = (0..count).all(|nth| has(bits, nth * step));
    is_even.then(|| if step == 1 { format!("every {unit}") } else { format!("every {step} {unit}s") })
}

/// Returns the first and the last of numbers without a gap.
fn span(bits: Bits) -> Option<(u32, u32)> {
    let (first, last) = (numbers(bits).next()?, numbers(bits).last()?);
    (bits.count_ones() == last - first + 1).then_some((first, last))
}

//! What every schedule comes down to: which days, and which times of a day.

use std::collections::BTreeSet;

use super::civil::{DAY_SECONDS, Date};

/// A set of small numbers, one bit each.
pub(super) type Bits = u64;

/// Returns the numbers in a set, smallest first.
pub(super) fn numbers(bits: Bits) -> impl Iterator<Item = u32> {
    (0..Bits::BITS).filter(move |number| has(bits, *number))
}

pub(super) fn has(bits: Bits, number: u32) -> bool {
    bits >> number & 1 == 1
}

/// Returns the first number of a set that is `least` or more.
fn first_from(bits: Bits, least: u32) -> Option<u32> {
    let rest = bits.checked_shr(least)?;
    (rest != 0).then(|| least + rest.trailing_zeros())
}

/// Which times of a day; none of its sets is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) hours: Bits,
    pub(super) minutes: Bits,
    pub(super) seconds: Bits,
}

impl Times {
    /// Returns the first of the times that is `least` or more, in seconds from midnight.
    fn first_from(&self, least: u32) -> Option<u32> {
        let (hour, minute, second) = (least / 3_600, least / 60 % 60, least % 60);
        let first = |bits| first_from(bits, 0).unwrap_or(0);
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = first_from(self.seconds, second)
            {
                return Some(hour * 3_600 + minute * 60 + second);
            }
            if let Some(minute) = first_from(self.minutes, minute + 1) {
                return Some(hour * 3_600 + minute * 60 + first(self.seconds));
            }
        }
        let hour = first_from(self.hours, hour + 1)?;
        Some(hour * 3_600 + first(self.minutes) * 60 + first(self.seconds))
    }
}

/// Which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Days {
    /// `None` for every year.
    pub(super) years: Option<BTreeSet<u32>>,
    pub(super) months: Bits,
    /// Days of the month.
    pub(super) dates: Bits,
    /// Days of the month counted from its end: 1 is the last.
    pub(super) from_end: Bits,
    /// Whether the last day of the month that is neither Saturday nor Sunday is one.
    pub(super) last_workday: bool,
    /// Days of the week: 0 is Sunday.
    pub(super) weekdays: Bits,
    /// For each day of the week, which one of a month: 1 is the first.
    pub(super) nth: [Bits; 7],
    /// Days of the week of which the last in a month is one.
    pub(super) last: Bits,
    /// Whether a day has to match by the month and by the week; else one of the two is enough.
    pub(super) has_both: bool,
}

impl Days {
    /// Matches every day.
    pub(super) const ALL: Self = Self {
        years: None,
        months: 0x1FFE,
        dates: 0xFFFF_FFFE,
        from_end: 0,
        last_workday: false,
        weekdays: 0x7F,
        nth: [0; 7],
        last: 0,
        has_both: true,
    };

    fn has_day(&self, date: Date) -> bool {
        let of_month = self.has_day_of_month(date);
        if self.has_both {
            of_month && self.has_day_of_week(date)
        } else {
            of_month || self.has_day_of_week(date)
        }
    }

    fn has_day_of_month(&self, date: Date) -> bool {
        let length = date.month_length();
        if has(self.dates, u32::from(date.day)) || has(self.from_end, u32::from(length - date.day) + 1) {
            return true;
        }
        let last = Date { day: length, ..date };
        let back = match last.weekday() {
            0 => 2,
            6 => 1,
            _ => 0,
        };
        self.last_workday && date.day + back == length
    }

    fn has_day_of_week(&self, date: Date) -> bool {
        let weekday = date.weekday();
        let nth = u32::from(date.day.div_ceil(7));
        has(self.weekdays, u32::from(weekday))
            || has(self.nth[usize::from(weekday)], nth)
            || has(self.last, u32::from(weekday)) && date.month_length() < date.day + 7
    }
}

/// Which days, and which times of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) days: Days,
    pub(super) times: Times,
}

impl Pattern {
    /// Returns the first second that is `least` or more and matches, as a clock shows it that nobody changes.
    ///
    /// `None` if there is none up to the end of `last_year`.
    pub(super) fn first_from(&self, least: i64, last_year: i64) -> Option<i64> {
        let mut date = Date::from_number(least.div_euclid(DAY_SECONDS));
        let second = u32::try_from(least.rem_euclid(DAY_SECONDS)).unwrap_or(0);
        let mut time = self.times.first_from(second);
        let midnight = self.times.first_from(0);
        while date.year <= last_year {
            if let Some(years) = &self.days.years
                && !u32::try_from(date.year).is_ok_and(|year| years.contains(&year))
            {
                let year = years.range(u32::try_from(date.year).unwrap_or(0)..).next()?;
                (date, time) = (Date::new_year(i64::from(*year)), midnight);
            } else if !has(self.days.months, u32::from(date.month)) {
                (date, time) = (date.next_month(), midnight);
            } else if let Some(second) = time.filter(|_| self.days.has_day(date)) {
                return Some(date.number() * DAY_SECONDS + i64::from(second));
            } else if date.day < date.month_length() {
                (date.day, time) = (date.day + 1, midnight);
            } else {
                (date, time) = (date.next_month(), midnight);
            }
        }
        None
    }
}

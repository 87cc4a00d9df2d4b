//! Times of cron jobs, found by trying every minute on the clock of a zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::dice::Dice;

/// Zones whose clocks are changed, and one whose are not.
const ZONES: [&str; 4] = ["UTC", "Europe/Riga", "America/New_York", "Australia/Lord_Howe"];

const MINUTE: i64 = 60;

/// For so long a job is looked for.
const MINUTES_MAX: i64 = 3 * 24 * 60;

/// A cron expression of the few shapes that people mostly write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `*/5 * * * *`
    Each(i64),
    /// `30 * * * *`
    Hourly(i64),
    /// `30 3 * * *`, with the minute of the day.
    Daily(i64),
}

/// A cron expression in a zone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slots {
    pub(crate) shape: Shape,
    pub(crate) zone_name: &'static str,
    zone: TimeZone,
}

impl Slots {
    /// Chooses one.
    pub(crate) fn choose(dice: &mut Dice) -> Self {
        let shape = match dice.between(0, 3) {
            0 => Shape::Each(*dice.pick(&[2, 5, 7, 15])),
            1 => Shape::Hourly(dice.between(0, 59)),
            2 => Shape::Daily(dice.between(0, 24 * 60 - 1)),
            // The hours in which clocks are changed.
            _ => Shape::Daily(dice.between(0, 5 * 60)),
        };
        let zone: &&str = dice.pick(&ZONES);
        Self::new(shape, zone)
    }

    fn new(shape: Shape, zone_name: &'static str) -> Self {
        let zone = TimeZone::get(zone_name).unwrap_or(TimeZone::UTC);
        Self { shape, zone_name, zone }
    }

    /// Writes it.
    pub(crate) fn text(&self) -> String {
        match self.shape {
            Shape::Each(minutes) => format!("*/{minutes} * * * *"),
            Shape::Hourly(minute) => format!("{minute} * * * *"),
            Shape::Daily(minute) => format!("{} {} * * *", minute % 60, minute / 60),
        }
    }

    /// Returns the first time after the whole second of `wall_micros`.
    pub(crate) fn next_after(&self, wall_micros: i64) -> i64 {
        let second = wall_micros.div_euclid(1_000_000) + 1;
        let first = second + (-second).rem_euclid(MINUTE);
        let minutes = (0..MINUTES_MAX).map(|minute| first + minute * MINUTE);
        let slot = minutes.into_iter().find(|second| self.is_slot(*second)).unwrap_or(i64::MAX / 1_000_000);
        slot * 1_000_000
    }

    fn is_slot(&self, second: i64) -> bool {
        let minute_of_day = self.minute_of_day(second);
        match self.shape {
            Shape::Each(minutes) => minute_of_day % 60 % minutes == 0,
            Shape::Hourly(minute) => minute_of_day % 60 == minute,
            Shape::Daily(minute) => {
                if minute_of_day == minute {
                    return !self.was_shown_before(second);
                }
                // "Moved to the first valid minute after the gap."
                let skipped = self.offset(second) - self.offset(second - MINUTE);
                0 < skipped
                    && (1..=skipped / MINUTE).any(|back| (minute_of_day - back).rem_euclid(24 * 60) == minute)
            }
        }
    }

    /// Tells whether the clock showed the same within the last hours: "once, at the first occurrence".
    fn was_shown_before(&self, second: i64) -> bool {
        let back = self.offset(second - 3 * 60 * MINUTE) - self.offset(second);
        0 < back && self.offset(second - back) == self.offset(second) + back
    }

    fn minute_of_day(&self, second: i64) -> i64 {
        (second + self.offset(second)).rem_euclid(24 * 60 * MINUTE) / MINUTE
    }

    fn offset(&self, second: i64) -> i64 {
        let at = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        i64::from(self.zone.to_offset(at).seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(shape: Shape, after: &str) -> String {
        let after = after.parse::<Timestamp>().unwrap().as_microsecond();
        let next = Slots::new(shape, "Europe/Riga").next_after(after);
        Timestamp::from_microsecond(next).unwrap().to_string()
    }

    #[test]
    fn a_job_in_the_hour_that_is_skipped_comes_right_after_it() {
        assert_eq!(next(Shape::Daily(210), "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(next(Shape::Daily(210), "2026-03-29T01:00:00Z"), "2026-03-30T00:30:00Z");
    }

    #[test]
    fn a_job_in_the_hour_that_is_repeated_comes_the_first_time_only() {
        assert_eq!(next(Shape::Daily(210), "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next(Shape::Daily(210), "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn an_hourly_job_follows_the_time_that_passes() {
        assert_eq!(next(Shape::Hourly(30), "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z");
        assert_eq!(next(Shape::Each(5), "2026-05-13T10:07:30.5Z"), "2026-05-13T10:10:00Z");
    }
}

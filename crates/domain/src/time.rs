//! Time as the rules know it: instants of service time, and lengths.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant of *service time*: microseconds on a line that starts near the Unix epoch, never runs backwards and
/// knows neither time zones nor steps of the wall clock.
///
/// It is a type of its own, and not the wall clock's, so that the two cannot be mixed by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Names the instant `micros` microseconds after the origin of service time.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the origin of service time.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time in microseconds; negative when it counts backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Names a length of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Names a length of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 1_000)
    }

    /// Names a length of `seconds` seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// Names a length of `minutes` minutes.
    #[must_use]
    pub const fn from_minutes(minutes: i64) -> Self {
        Self::from_seconds(minutes * 60)
    }

    /// Names a length of `hours` hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_minutes(hours * 60)
    }

    /// Returns the whole length in microseconds.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the length in seconds, for display and for meters.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a length under 285 years is exact to the microsecond")]
    pub fn as_seconds_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Returns the length times `factor`, rounded to the microsecond.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and a length under 285 years is exact"
    )]
    pub fn scaled(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as i64)
    }

    /// Returns the same length as the standard library has it; a negative one becomes zero.
    #[must_use]
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Shows the length in words, in its two largest units: `3 s`, `4.5 s`, `2 h 5 min`, `3 d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: i64 = 1_000_000;
        let micros = self.0.abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if micros < 60 * SECOND {
            #[expect(clippy::cast_precision_loss, reason = "under a minute")]
            let seconds = (micros / 1_000) as f64 / 1e3;
            return write!(f, "{sign}{seconds} s");
        }
        let seconds = micros / SECOND;
        let (large, large_unit, small, small_unit) = if seconds < 3_600 {
            (seconds / 60, "min", seconds % 60, "s")
        } else if seconds < 86_400 {
            (seconds / 3_600, "h", seconds % 3_600 / 60, "min")
        } else {
            (seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
        };
        write!(f, "{sign}{large} {large_unit}")?;
        if small > 0 { write!(f, " {small} {small_unit}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_reads_in_its_two_largest_units() {
        let read = |seconds: f64| Span::from_seconds(1).scaled(seconds).to_string();
        assert_eq!(read(3.0), "3 s");
        assert_eq!(read(4.5), "4.5 s");
        assert_eq!(read(0.0), "0 s");
        assert_eq!(read(60.0), "1 min");
        assert_eq!(read(7_500.0), "2 h 5 min");
        assert_eq!(read(3.0 * 86_400.0 + 3_600.0), "3 d 1 h");
        assert_eq!(read(-90.0), "-1 min 30 s");
    }

    #[test]
    fn the_far_ends_of_time_do_not_wrap() {
        let last = Timestamp::from_micros(i64::MAX);
        assert_eq!(last + Span::from_hours(1), last);
        assert_eq!(Timestamp::from_micros(i64::MIN) - Span::from_hours(1), Timestamp::from_micros(i64::MIN));
    }
}

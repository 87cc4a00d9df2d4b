//! The calendar: days as people count them, and as a running number.

/// Seconds of a day on a clock that nobody changes.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: u8,
    /// From 1.
    pub(crate) day: u8,
}

impl Date {
    /// Finds the day that is so many days after 1 January 1970.
    pub(crate) fn from_number(number: i64) -> Self {
        // Counted from 1 March of a year that 400 divides, leap days come last, and all such spans are alike.
        let shifted = number + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        Self { year: year_of_era + era * 400 + carry, month: small(month), day: small(day) }
    }

    /// Returns the days since 1 January 1970.
    pub(crate) fn number(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let month = i64::from(self.month);
        let day_of_year = (153 * (month + if 2 < month { -3 } else { 9 }) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// Returns the day of the week: 0 is Sunday.
    pub(crate) fn weekday(self) -> u8 {
        small((self.number() + 4).rem_euclid(7))
    }

    /// Returns how many days its month has.
    pub(crate) fn month_length(self) -> u8 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Returns the first day of the month after its own.
    pub(crate) fn next_month(self) -> Self {
        let (year, month) = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        Self { year, month, day: 1 }
    }

    /// Returns the first day of a year.
    pub(crate) fn new_year(year: i64) -> Self {
        Self { year, month: 1, day: 1 }
    }
}

/// Narrows a number that its formula keeps under 32.
fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_follows_the_one_before() {
        let mut date = Date { year: 1583, month: 12, day: 31 };
        for number in date.number()..Date::new_year(2405).number() {
            assert_eq!((date.number(), Date::from_number(number)), (number, date));
            assert_eq!(i64::from(date.weekday()), (number + 4).rem_euclid(7));
            date = if date.day < date.month_length() {
                Date { day: date.day + 1, ..date }
            } else {
                date.next_month()
            };
        }
        assert_eq!(Date::from_number(0), Date::new_year(1970));
    }
}

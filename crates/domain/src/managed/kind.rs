//! Of which kind a managed check is: by a period, or by one of two dialects of schedules.

use crate::expression;

/// By what a check's next success is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A period.
    Simple,
    /// A cron expression.
    Cron,
    /// An OnCalendar expression.
    OnCalendar,
}

impl Kind {
    /// Returns what a request with these members makes of a check, or `None` if it stays what it is.
    #[must_use]
    pub fn asked(schedule: Option<&str>, has_timeout: bool) -> Option<Self> {
        match schedule.map(expression::Kind::of) {
            Some(expression::Kind::Cron) => Some(Self::Cron),
            Some(expression::Kind::OnCalendar) => Some(Self::OnCalendar),
            None if has_timeout => Some(Self::Simple),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_goes_before_a_period() {
        let rows = [
            (Some("0 2 * * *"), true, Some(Kind::Cron)),
            (Some(" 0  2 * *\t* "), false, Some(Kind::Cron)),
            (Some("0 2 * *\n*"), false, Some(Kind::OnCalendar)),
            (Some("daily"), true, Some(Kind::OnCalendar)),
            (Some("0 2 * * * *"), false, Some(Kind::OnCalendar)),
            (None, true, Some(Kind::Simple)),
            (None, false, None),
        ];
        for (schedule, has_timeout, kind) in rows {
            assert_eq!(Kind::asked(schedule, has_timeout), kind, "{schedule:?}");
        }
    }
}

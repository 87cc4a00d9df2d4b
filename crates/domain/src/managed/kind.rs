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

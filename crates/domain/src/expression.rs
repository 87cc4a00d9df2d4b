//! Schedules by the clock on the wall, written as cron or OnCalendar expressions: when they come next, and in words.
//!
//! What becomes of hours that clocks skip or show twice differs between the two: see the tables of `docs/schedules.md`.

pub mod mistake;
mod cron;
mod calendar;
mod calendar_names;
mod pattern;
mod occurrence;
pub(crate) mod civil;
mod reading;
mod reading_days;
mod listing;

use std::fmt;
use std::sync::Arc;

use calendar::Event;
use cron::Cron;
use mistake::{Mistake, Part};
use occurrence::next_after;

use crate::wall::WallTime;
use crate::zone::Zone;

/// Bytes of an expression at most: a hundred signs of any script, so that no text takes long to try.
pub const BYTES_MAX: usize = 400;

/// What has never come since the year 2000 never will.
const SINCE: WallTime = WallTime::from_seconds(946_684_800);

/// Finds the zone of a name that [`crate::zone::canonical`] knows; `None` if there are no data of it.
pub type LookUp<'a> = &'a dyn Fn(&'static str) -> Option<Arc<Zone>>;

/// In which dialect an expression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Five words in one line.
    Cron,
    /// Anything else.
    OnCalendar,
}

impl Kind {
    /// Tells the dialect of a text, right or wrong.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let is_cron = !text.contains('\n') && text.split_whitespace().count() == 5;
        if is_cron { Self::Cron } else { Self::OnCalendar }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cron => "cron",
            Self::OnCalendar => "oncalendar",
        })
    }
}

/// A schedule that has been read, and that comes at least once.
pub struct Expression(Dialect);

enum Dialect {
    Cron(Cron),
    /// The earliest of them comes next.
    OnCalendar(Vec<Event>),
}

impl Expression {
    /// Reads an expression of either dialect.
    ///
    /// `Err` says what is wrong and where; so does one that has never come since the year 2000 and never will.
    pub fn parse(text: &str, zones: LookUp<'_>) -> Result<Self, Mistake> {
        let whole = Part::whole(text);
        if BYTES_MAX < text.len() {
            return Err(whole.wrong(format!("no more than {BYTES_MAX} bytes")));
        }
        let trimmed = whole.trim();
        let dialect = match (Kind::of(text), trimmed.words()[..].try_into()) {
            (Kind::Cron, Ok(words)) => Dialect::Cron(Cron::parse(words)?),
            (Kind::Cron | Kind::OnCalendar, _) => {
                let lines = trimmed.split('\n').map(|line| Event::parse(line.trim(), zones));
                Dialect::OnCalendar(lines.collect::<Result<_, _>>()?)
            }
        };
        let expression = Self(dialect);
        match expression.next_after(SINCE, &Zone::utc()) {
            Some(_) => Ok(expression),
            None => Err(trimmed.wrong("a day that comes")),
        }
    }

    /// Returns in which dialect it is written.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.0 {
            Dialect::Cron(_) => Kind::Cron,
            Dialect::OnCalendar(_) => Kind::OnCalendar,
        }
    }

    /// Returns when it comes next in a zone, later than the whole second of `after`.
    ///
    /// A zone that an OnCalendar expression names itself goes before `zone`.
    /// `None` if it never comes again: for cron not in 50 years, for OnCalendar not before the year 2200.
    #[must_use]
    pub fn next_after(&self, after: WallTime, zone: &Zone) -> Option<WallTime> {
        let next = match &self.0 {
            Dialect::Cron(cron) => next_after(&cron.pattern, after, zone, (cron.change, Cron::LIMIT)),
            Dialect::OnCalendar(events) => {
                let next = |event: &Event| {
                    let zone = event.zone.as_ref().map_or(zone, |(_, zone)| zone);
                    next_after(&event.pattern, after, zone, (Event::CHANGE, Event::LIMIT))
                };
                events.iter().filter_map(next).min()
            }
        };
        next.filter(|next| after < *next)
    }

    /// Reads it out, as in `at 12:00 Monday to Friday`.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.0 {
            Dialect::Cron(cron) => reading::read(&cron.pattern),
            Dialect::OnCalendar(events) => {
                let read = |event: &Event| {
                    let zone = event.zone.as_ref().map(|(name, _)| format!(", {name} time"));
                    reading::read(&event.pattern) + &zone.unwrap_or_default()
                };
                events.iter().map(read).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

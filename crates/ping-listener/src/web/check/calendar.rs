//! The days of a check, month by month; each leads to its log.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::store::error::StoreError;
use crate::store::past::{Cell, Day};
use crate::web::subject::{Origin, Subject};
use crate::web::words::calendar as words;
use crate::web::{Rooms, logs};
use domain::time::Span;

/// Months that are shown at once.
const MONTHS: i32 = 3;

/// Days of a week.
const WEEK: usize = 7;

/// Some months of a check.
pub(super) struct Calendar {
    pub(super) months: Vec<Month>,
    /// The addresses of the months before and after.
    pub(super) earlier: Option<String>,
    pub(super) later: Option<String>,
}

/// One month, week by week, from Monday on.
pub(super) struct Month {
    pub(super) title: String,
    pub(super) weeks: Vec<[Option<Square>; WEEK]>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Square {
    pub(super) number: i8,
    /// The name in the style sheet of the worst that happened.
    pub(super) style: &'static str,
    /// Where its log is; `None` if nothing is known of it.
    pub(super) address: Option<String>,
    /// What happened, in words.
    pub(super) label: String,
}

impl Calendar {
    /// Looks at the months up to the one that an address names as `2026-11`, or up to the present one.
    pub(super) async fn of(
        rooms: &Rooms,
        subject: &Subject,
        asked: Option<&str>,
    ) -> Result<Self, StoreError> {
        let here = rooms.here();
        let today = here.now.to_zoned(here.zone.clone()).date();
        let last =
            asked.and_then(read_month).filter(|month| *month < today).unwrap_or(today.first_of_month());
        let first = last.saturating_sub((MONTHS - 1).months());
        let end = last.saturating_add(1.month());
        let known = end.min(today.saturating_add(1.day()));
        let days = rooms.store.days(subject.id, first, known).await?;
        let since = subject.created.to_zoned(here.zone.clone()).date();
        let months = (0..MONTHS).map(|nth| first.saturating_add(nth.months()));
        // Before the check was made there is nothing to see.
        let months = months.filter(|month| since < month.saturating_add(1.month()) || *month == last);
        let link = |date: Date| format!("{}?month={}#days", subject.address(), date.strftime("%Y-%m"));
        Ok(Self {
            months: months.map(|month| Month::new(month, &days, subject)).collect(),
            earlier: (since < first).then(|| link(first.saturating_sub(1.month()))),
            later: (end <= today)
                .then(|| link(last.saturating_add(MONTHS.months()).min(today.first_of_month()))),
        })
    }
}

impl Month {
    fn new(first: Date, days: &[Day], subject: &Subject) -> Self {
        let lead = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or_default();
        let dates = (0..i64::from(first.days_in_month())).map(|nth| first.saturating_add(nth.days()));
        let squares = dates.map(|date| {
            let day = days.iter().find(|day| day.date == date);
            Some(Square::new(date, day.map(|day| &day.cell), subject))
        });
        let places: Vec<_> = std::iter::repeat_n(None, lead).chain(squares).collect();
        let week = |places: &[Option<Square>]| {
            let mut week = [const { None }; WEEK];
            for (place, square) in week.iter_mut().zip(places) {
                place.clone_from(square);
            }
            week
        };
        Self { title: words::month(first), weeks: places.chunks(WEEK).map(week).collect() }
    }
}

impl Square {
    fn new(date: Date, cell: Option<&Cell>, subject: &Subject) -> Self {
        let known = cell.filter(|cell| Span::ZERO < cell.known || 0 < cell.pings);
        Self {
            number: date.day(),
            style: known.map_or("unknown", style),
            address: known.map(|_| address(subject, date)),
            label: known.map_or_else(|| words::unknown(date), |cell| words::day(date, cell)),
        }
    }
}

/// The log of a declared check's day is where its mails point to.
fn address(subject: &Subject, date: Date) -> String {
    match &subject.origin {
        Origin::Declared(_) => logs::address(&subject.name, None, date),
        Origin::Managed(_) => format!("{}/days/{date}", subject.address()),
    }
}

/// Returns the name in the style sheet of the worst that happened.
fn style(cell: &Cell) -> &'static str {
    if Span::ZERO < cell.down || 0 < cell.downs {
        "down"
    } else if Span::ZERO < cell.late {
        "late"
    } else if Span::ZERO < cell.away {
        "away"
    } else if 0 < cell.pings {
        "up"
    } else {
        "none"
    }
}

/// Reads a month in its one form, as its first day.
fn read_month(text: &str) -> Option<Date> {
    let date: Date = format!("{text}-01").parse().ok()?;
    (date.strftime("%Y-%m").to_string() == text).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;
    use jiff::civil::date;
    use uuid::Uuid;

    fn subject() -> Subject {
        Subject::declared(Uuid::nil(), samples::check("Pump", Standing::Up))
    }

    #[test]
    fn a_month_begins_on_its_weekday_and_has_all_its_days() {
        let month = Month::new(date(2026, 11, 1), &[], &subject());
        assert_eq!((month.title.as_str(), month.weeks.len()), ("November 2026", 6));
        let numbers = |week: usize| {
            month.weeks[week].each_ref().map(|square| square.as_ref().map_or(0, |square| square.number))
        };
        assert_eq!(numbers(0), [0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(numbers(1), [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(numbers(5), [30, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_day_shows_the_worst_of_it_and_leads_to_its_log() {
        let of = |cell: Cell| {
            let cell = Cell { known: Span::from_hours(24), ..cell };
            Square::new(date(2026, 11, 21), Some(&cell), &subject())
        };
        let minute = Span::from_minutes(1);
        let pings = Cell { pings: 288, ..Cell::default() };
        assert_eq!(of(pings).style, "up");
        assert_eq!(of(pings).address.as_deref(), Some("/logs?username=Pump&year=2026&month=11&day=21"));
        assert_eq!(of(Cell { away: minute, ..pings }).style, "away");
        assert_eq!(of(Cell { late: minute, away: minute, ..pings }).style, "late");
        let down = of(Cell { downs: 2, down: minute, late: minute, ..pings });
        assert_eq!(down.style, "down");
        assert_eq!(down.label, "Saturday, 21 November: 288 pings; down 2 times, for 1 min");
        let unknown = Square::new(date(2026, 11, 22), None, &subject());
        assert_eq!((unknown.style, unknown.address), ("unknown", None));
    }

    #[test]
    fn a_month_has_one_form() {
        assert_eq!(read_month("2026-11"), Some(date(2026, 11, 1)));
        for text in ["2026-13", "26-11", "2026-11-01", "", "x"] {
            assert_eq!(read_month(text), None, "{text}");
        }
    }
}

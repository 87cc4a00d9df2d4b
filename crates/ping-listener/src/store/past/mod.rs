//! The past of checks as pages draw it: how much they pinged, and when they were late, down or not listened to.

mod cells;
mod record;
pub mod rhythm;
#[cfg(test)]
mod tests;

use domain::id::CheckId;
use domain::managed::Due;
use domain::time::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use self::cells::fill;
use self::record::{Known, Record, Stretch};
use super::Store;
use super::apply::Desk;
use super::error::StoreError;
use super::sqlite::downtime;
use super::timeline::Timeline;

/// Checks whose past is asked for at once: a page of a list.
pub const CHECKS_AT_ONCE_MAX: usize = 200;

/// Cells of one past: more than there are days in a history.
const CELLS_MAX: usize = 1_000;

/// The past of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The check.
    pub check: CheckId,
    /// What came in each part of it, the oldest first.
    pub cells: Vec<Cell>,
}

/// What came of one check in one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How often it pinged.
    pub pings: u64,
    /// How often it went down.
    pub downs: u32,
    /// How long it kept one waiting beyond its period, as far as that is known: of managed checks only, and by what is
    /// asked of them now.
    pub late: Span,
    /// How long it was down while somebody listened.
    pub down: Span,
    /// How long the listener itself was away.
    pub away: Span,
    /// How much of the stretch the check has lived through.
    pub known: Span,
}

/// One local day of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// What came on it.
    pub cell: Cell,
}

/// One local month of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// What came in it, but for the pings, which are not counted.
    pub cell: Cell,
}

impl Cell {
    /// Returns which part of the time in which somebody listened the check was not down, from 0 to 1, or `None` if
    /// there was no such time.
    #[must_use]
    pub fn uptime(&self) -> Option<f64> {
        let heard = (self.known - self.away).as_seconds_f64();
        (0.0 < heard).then(|| (1.0 - self.down.as_seconds_f64() / heard).clamp(0.0, 1.0))
    }
}

impl Store {
    /// Returns the past of some checks, at most [`CHECKS_AT_ONCE_MAX`], between two instants of wall-clock time, in so
    /// many cells of one length. Those that are not in use are left out.
    pub async fn recent_past(
        &self,
        checks: Vec<CheckId>,
        from: Timestamp,
        until: Timestamp,
        cells: usize,
    ) -> Result<Vec<Past>, StoreError> {
        let (from, until) = (from.as_microsecond(), until.as_microsecond());
        let cells = i64::try_from(cells.clamp(1, CELLS_MAX)).unwrap_or(1);
        let length = (until - from).max(0);
        let at = |cell: i64| from + length / cells * cell + length % cells * cell / cells;
        let bounds: Vec<i64> = (0..=cells).map(at).collect();
        self.past(checks, bounds, Wanted::All).await
    }

    /// Returns each local day of a check from the first to before the second.
    pub async fn days(&self, check: CheckId, from: Date, until: Date) -> Result<Vec<Day>, StoreError> {
        let dates: Vec<Date> =
            from.series(1.day()).take_while(|date| *date <= until).take(CELLS_MAX + 1).collect();
        let cells = self.of_dates(check, &dates, Wanted::All).await?;
        Ok(dates.into_iter().zip(cells).map(|(date, cell)| Day { date, cell }).collect())
    }

    /// Returns what came of some checks, at most [`CHECKS_AT_ONCE_MAX`], on each local day from the first to before the
    /// second, but for the pings, which are not counted. Those that are not in use are left out.
    pub async fn downtime_by_day(
        &self,
        checks: Vec<CheckId>,
        from: Date,
        until: Date,
    ) -> Result<Vec<Past>, StoreError> {
        let dates = from.series(1.day()).take_while(|date| *date <= until).take(CELLS_MAX + 1);
        let zone = self.0.clock.zone();
        let bounds = dates.map(|date| midnight(date, zone)).collect();
        self.past(checks, bounds, Wanted::AllButPings).await
    }

    /// Returns the latest so many local months of a check, the present one last.
    pub async fn downtime_by_month(&self, check: CheckId, months: usize) -> Result<Vec<Month>, StoreError> {
        let today = self.0.clock.wall_now().to_zoned(self.0.clock.zone().clone()).date();
        let back = i32::try_from(months.clamp(1, CELLS_MAX)).unwrap_or(1) - 1;
        let first = today.first_of_month().saturating_sub(back.months());
        let count = usize::try_from(back).unwrap_or_default() + 2;
        let firsts: Vec<Date> = first.series(1.month()).take(count).collect();
        let cells = self.of_dates(check, &firsts, Wanted::AllButPings).await?;
        Ok(firsts.into_iter().zip(cells).map(|(first, cell)| Month { first, cell }).collect())
    }

    /// Returns what came between each of these dates and the next.
    async fn of_dates(
        &self,
        check: CheckId,
        dates: &[Date],
        wanted: Wanted,
    ) -> Result<Vec<Cell>, StoreError> {
        let zone = self.0.clock.zone();
        let bounds: Vec<i64> = dates.iter().map(|date| midnight(*date, zone)).collect();
        let mut past = self.past(vec![check], bounds, wanted).await?;
        Ok(past.pop().map(|past| past.cells).unwrap_or_default())
    }

    async fn past(
        &self,
        mut checks: Vec<CheckId>,
        bounds: Vec<i64>,
        wanted: Wanted,
    ) -> Result<Vec<Past>, StoreError> {
        checks.truncate(CHECKS_AT_ONCE_MAX);
        let now = self.0.clock.wall_now().as_microsecond();
        let (known, timeline, open_gap) = self
            .write(move |desk| {
                let known: Vec<Known> = checks.iter().filter_map(|check| desk.known(*check)).collect();
                Ok((known, desk.book.timeline.clone(), desk.book.gaps.open_since()))
            })
            .await?;
        self.look_with_log(move |connection, unsorted| {
            let (Some(&from), Some(&until)) = (bounds.first(), bounds.last()) else { return Ok(Vec::new()) };
            let asked = Stretch { from, until };
            // What has not come yet is not known; but a ping of this very instant counts.
            let range = Stretch { from, until: until.min(now).max(from) };
            let service = timeline.service_range(wall(range.from), wall(range.until));
            let gaps = downtime::gaps_between(connection, service.0, service.1)?;
            let closed = gaps.iter().map(|row| stretch(&timeline, row.gap.from, row.gap.until));
            let open =
                open_gap.map(|since| Stretch { from: timeline.wall(since).as_microsecond(), until: now });
            let away = Stretch::merged(closed.chain(open).collect());
            let mut past = Vec::with_capacity(known.len());
            let mut steps = CALENDAR_STEPS_MAX;
            for known in &known {
                let mut record = Record::read(connection, known, range, service.0)?;
                if let Wanted::All = wanted {
                    record.take_pings(connection, (known.check, asked), unsorted)?;
                    record.find_lateness(known, &mut steps);
                }
                past.push(Past { check: known.check, cells: fill(&record, &away, &bounds) });
            }
            Ok(past)
        })
        .await
    }
}

/// No job starts on the second: who keeps one waiting for less than this part of its grace was on time.
const MOMENTS_IN_GRACE: i64 = 100;

/// Times of calendars that are looked up for one answer: some ten milliseconds.
const CALENDAR_STEPS_MAX: usize = 20_000;

/// What is to be found out.
#[derive(Clone, Copy)]
enum Wanted {
    All,
    /// Pings, and what follows from them, cost as much as there are.
    AllButPings,
}

impl Desk<'_> {
    /// Returns what has to be known of a check before its past is read, or `None` if it is not in use.
    fn known(&self, check: CheckId) -> Option<Known> {
        if !self.book.is_in_use(check) {
            return None;
        }
        let (since, due, moment) = match self.book.shelf.get(check) {
            Some(slot) => {
                let plan = &slot.check.plan;
                (slot.check.created, Some(plan.due.clone()), plan.grace.as_micros() / MOMENTS_IN_GRACE)
            }
            None => (self.book.check(check).anchor, None::<Due>, 0),
        };
        Some(Known { check, since: self.book.timeline.wall(since).as_microsecond(), due, moment })
    }
}

fn stretch(timeline: &Timeline, from: domain::time::Timestamp, until: domain::time::Timestamp) -> Stretch {
    let wall = |at| timeline.wall(at).as_microsecond();
    Stretch { from: wall(from), until: wall(until) }
}

fn wall(micros: i64) -> Timestamp {
    crate::clock::wall_time(micros)
}

/// Returns when a local day begins.
fn midnight(date: Date, zone: &TimeZone) -> i64 {
    let begin = zone.to_zoned(date.at(0, 0, 0, 0)).map(|midnight| midnight.timestamp());
    begin.unwrap_or(Timestamp::MAX).as_microsecond()
}

//! The record of one check over a stretch of time: its pings, and when it was down or late.

use domain::id::CheckId;
use domain::managed::{Calendar, Due};
use domain::time::Timestamp;
use domain::wall::WallTime;
use rusqlite::Connection;

use crate::store::bookmarks::Unsorted;
use crate::store::history::{self, hour_of};
use crate::store::sqlite::flips::{self, FlipRow};
use crate::store::sqlite::pings;

/// A stretch of wall-clock time in microseconds, the end left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Stretch {
    fn has(self, at: i64) -> bool {
        self.from <= at && at < self.until
    }

    /// Sorts stretches, and makes those one that touch.
    pub(super) fn merged(mut stretches: Vec<Self>) -> Vec<Self> {
        stretches.sort_unstable_by_key(|stretch| stretch.from);
        let mut merged: Vec<Self> = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            match merged.last_mut() {
                Some(last) if stretch.from <= last.until => last.until = last.until.max(stretch.until),
                Some(_) | None => merged.push(stretch),
            }
        }
        merged
    }
}

/// What has to be known of a check before its past is read.
pub(super) struct Known {
    pub(super) check: CheckId,
    /// When it was first known, in microseconds of wall-clock time.
    pub(super) since: i64,
    /// When its pings are due, of a managed check.
    pub(super) due: Option<Due>,
    /// How much later they may come and still count as on time, in microseconds.
    pub(super) moment: i64,
}

/// The record of one check.
pub(super) struct Record {
    /// Since when there is anything to know.
    pub(super) since: i64,
    pub(super) range: Stretch,
    /// In order.
    pub(super) pings: Vec<i64>,
    pub(super) downs: Vec<Stretch>,
    pub(super) late: Vec<Stretch>,
    /// When its state changed, in order.
    pub(super) flips: Vec<i64>,
}

impl Record {
    /// Reads when a check was down. Flips from `since` on are looked at, and the one before.
    pub(super) fn read(
        connection: &Connection,
        known: &Known,
        range: Stretch,
        since: Timestamp,
    ) -> rusqlite::Result<Self> {
        let rows = flips::from_before(connection, known.check, since)?;
        let mut downs = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let until = rows.get(place + 1).map_or(range.until, |next| next.wall_micros).min(range.until);
            if row.is_down && row.wall_micros < until && range.from < until {
                downs.push(Stretch { from: row.wall_micros, until });
            }
        }
        let flips: Vec<i64> = rows.iter().map(|row: &FlipRow| row.wall_micros).collect();
        let first = flips.first().copied().unwrap_or(known.since);
        Ok(Self { since: known.since.min(first), range, pings: Vec::new(), downs, late: Vec::new(), flips })
    }

    /// Adds the pings: those of the history, and those that only the log has.
    pub(super) fn take_pings(
        &mut self,
        connection: &Connection,
        (check, asked): (CheckId, Stretch),
        unsorted: &Unsorted,
    ) -> rusqlite::Result<()> {
        let logged = unsorted.of(check).map(|mark| mark.wall_micros);
        self.pings = logged.filter(|at| asked.has(*at)).collect();
        // An hour more on either side: a wall clock that was set back files a ping under the hour it showed.
        for hour in hour_of(asked.from) - 1..=hour_of(self.range.until) + 1 {
            if let Some(payload) = pings::hour(connection, hour, check)? {
                let pings = &mut self.pings;
                history::read(&payload, hour, |at| {
                    if asked.has(at) {
                        pings.push(at);
                    }
                });
            }
        }
        self.pings.sort_unstable();
        self.since = self.pings.first().map_or(self.since, |first| self.since.min(*first));
        Ok(())
    }

    /// Finds out when the check kept one waiting; up to so many times of a calendar are looked up.
    pub(super) fn find_lateness(&mut self, known: &Known, steps: &mut usize) {
        let Some(due) = &known.due else { return };
        for (place, &ping) in self.pings.iter().enumerate() {
            let next = self.pings.get(place + 1).copied().unwrap_or(self.range.until);
            let due_at = match due {
                Due::Every(period) => ping + period.as_micros(),
                Due::Calendar(calendar) => {
                    let Some(left) = steps.checked_sub(1) else { return };
                    *steps = left;
                    let Some(due_at) = next_time(calendar, ping) else { continue };
                    due_at
                }
            };
            // Whatever its state changes to, it is not late any more, but down, paused or up.
            let changed = self.flips.get(self.flips.partition_point(|flip| *flip <= ping));
            let until = changed.map_or(next, |flip| next.min(*flip));
            if due_at + known.moment < until {
                self.late.push(Stretch { from: due_at, until });
            }
        }
    }
}

fn next_time(calendar: &Calendar, at: i64) -> Option<i64> {
    Some(calendar.expression.next_after(WallTime::from_micros(at), &calendar.zone)?.as_micros())
}

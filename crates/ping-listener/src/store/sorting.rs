//! Sorting: moving pings from the log, where they lie as they came, to the history, where they are found; and
//! forgetting what is older than it has to be.

use domain::id::CheckId;
use domain::time::Timestamp;
use faults::points::{self, Point};

use super::Store;
use super::apply::Desk;
use super::error::StoreError;
use super::history::{append, hour_of};
use super::loading::{Volume, last_stamp, pulse_payload};
use super::log::read_batch;
use super::managed::keeping::Details;
use super::planted;
use super::sqlite::pings::{self as rows, FoldRow};
use super::sqlite::{downtime, flips, outbox};
use super::tallies;

/// Pings sorted at once: 16 MB of memory, half as much again while they are put in order, and enough to find
/// neighbours.
const SORTED_PINGS_MAX: u64 = 1_000_000;

/// Memory for what came with the pings that are sorted at once.
const DETAILS_BYTES_MAX: usize = 64 << 20;

/// Rows of history written in one transaction: some milliseconds, in which pings wait.
const HOURS_WRITTEN_MAX: usize = 500;

/// Pages of last pings written in one transaction.
const PULSES_WRITTEN_MAX: usize = 16;

/// Rows forgotten in one transaction.
const FORGOTTEN_MAX: usize = 500;

/// A ping on its way to the history: its check's number, and its wall-clock time in microseconds.
type SortedPing = (u32, i64);

/// Returns the row of the history that a ping belongs to.
fn row_of(&(check, wall_micros): &SortedPing) -> (u32, i64) {
    (check, hour_of(wall_micros))
}

impl Store {
    /// Moves what the log holds now into the history, a little at a time; returns how many pings there were.
    pub async fn sort(&self) -> Result<u64, StoreError> {
        let (fold, last) =
            self.write(|desk| Ok((rows::fold(desk.connection)?, rows::last_batch(desk.connection)?))).await?;
        let is_resumed = 0 < fold.check;
        let until = if is_resumed { fold.batch } else { last };
        let Gathered { pings, details, until, volume } =
            self.look(move |connection| gather(connection, fold, until, is_resumed)).await?;
        points::reach(Point::SortingGathered);
        // First the details, which may be written twice: once an hour is marked as written, they are not read again.
        self.keep(details).await?;
        self.write_hours(pings, until).await?;
        self.write_pulses().await?;
        self.finish_sorting(until, volume).await?;
        // Of deleted checks the log has nothing more.
        while 0 < self.write_long(|desk| desk.forget_deleted(FORGOTTEN_MAX)).await? {}
        Ok(volume.pings)
    }

    /// Forgets what is older than `before`, a little at a time; returns how many rows went.
    pub async fn forget(&self, before: jiff::Timestamp) -> Result<usize, StoreError> {
        let mut forgotten = 0;
        loop {
            let rows = self.write_long(move |desk| desk.forget(before)).await?;
            forgotten += rows;
            if rows == 0 {
                break;
            }
        }
        Ok(forgotten + self.forget_details(before).await?)
    }

    async fn write_hours(&self, sorted_pings: Vec<SortedPing>, until: i64) -> Result<(), StoreError> {
        let mut rest = &sorted_pings[..];
        while !rest.is_empty() {
            let mut pings: usize = rest
                .chunk_by(|one, next| row_of(one) == row_of(next))
                .take(HOURS_WRITTEN_MAX)
                .map(<[_]>::len)
                .sum();
            // All hours of a check in one transaction: how far sorting has come is counted in checks.
            let (last, _) = rest[pings - 1];
            pings += rest[pings..].iter().take_while(|(check, _)| *check == last).count();
            let (slice, later) = rest.split_at(pings);
            rest = later;
            let slice = slice.to_vec();
            self.write_long(move |desk| desk.write_hours(&slice, until)).await?;
        }
        Ok(())
    }

    /// Writes the pages of last pings that are stale now, each once: where many checks ping, pages grow stale faster
    /// than they are written, and whoever waited for the last one would wait for ever.
    async fn write_pulses(&self) -> Result<(), StoreError> {
        let stale: Vec<usize> =
            self.write(|desk| Ok(desk.book.stale_pulses.iter().copied().collect())).await?;
        for pages in stale.chunks(PULSES_WRITTEN_MAX) {
            let pages = pages.to_vec();
            self.write_long(move |desk| desk.write_pulses(&pages)).await?;
        }
        Ok(())
    }

    async fn finish_sorting(&self, until: i64, volume: Volume) -> Result<(), StoreError> {
        // First the mark, above every check: from here on nothing up to `until` is read from the log any more.
        self.write(move |desk| {
            // The batches that go were signs of life.
            if let Some(stamp) = last_stamp(desk.connection, until)? {
                downtime::save_stamp(desk.connection, &stamp)?;
            }
            rows::save_fold(desk.connection, FoldRow { batch: until, check: u32::MAX })
        })
        .await?;
        points::reach(Point::SortingMarked);
        while 0 < self
            .write_long(move |desk| {
                rows::delete_batches(desk.connection, planted::let_go(until), FORGOTTEN_MAX)
            })
            .await?
        {}
        points::reach(Point::SortingDeleted);
        self.write(move |desk| {
            desk.sorted = volume;
            rows::save_fold(desk.connection, FoldRow { batch: until, check: 0 })
        })
        .await
    }
}

/// What sorting reads of the log at once.
struct Gathered {
    pings: Vec<SortedPing>,
    details: Details,
    /// The last batch that was read.
    until: i64,
    /// What was read, with what is in the history already.
    volume: Volume,
}

/// Reads the log up to batch `until` and sorts it by check and hour; leaves out what is in the history already.
fn gather(
    connection: &rusqlite::Connection,
    fold: FoldRow,
    until: i64,
    is_resumed: bool,
) -> rusqlite::Result<Gathered> {
    let (mut pings, mut details) = (Vec::<SortedPing>::new(), Details::default());
    let mut volume = Volume::default();
    let mut reached = until;
    rows::each_batch(connection, 0, until, |id, payload| {
        volume.bytes += payload.len() as u64;
        let read = read_batch(payload, |ping| {
            volume.pings += 1;
            if !is_resumed {
                details.push(&ping);
            }
            if !is_resumed || fold.check < ping.check.number() {
                pings.push((ping.check.number(), ping.wall_micros));
            }
        });
        if read.is_none() {
            tracing::error!("a batch of the ping log is damaged: some pings are missing from the history");
        }
        let is_enough = SORTED_PINGS_MAX <= volume.pings || DETAILS_BYTES_MAX <= details.bytes();
        if is_enough && !is_resumed {
            reached = id;
        }
        !is_enough || is_resumed
    })?;
    // Within an hour pings stay in the order in which they came.
    pings.sort_by_key(row_of);
    Ok(Gathered { pings, details, until: reached, volume })
}

impl Desk<'_> {
    fn write_hours(&mut self, slice: &[SortedPing], until: i64) -> rusqlite::Result<()> {
        for row in slice.chunk_by(|one, next| row_of(one) == row_of(next)) {
            let (number, hour) = row_of(&row[0]);
            let check = CheckId::new(number);
            if check.is_managed() && self.book.shelf.get(check).is_none() {
                continue;
            }
            let mut payload = rows::hour(self.connection, hour, check)?.unwrap_or_default();
            let pings_wall_micros: Vec<i64> = row.iter().map(|&(_, wall_micros)| wall_micros).collect();
            append(&mut payload, hour, &pings_wall_micros);
            rows::save_hour(self.connection, hour, check, &payload)?;
        }
        points::reach(Point::SortingHours);
        let counts: Vec<(CheckId, u64)> = slice
            .chunk_by(|(one, _), (next, _)| one == next)
            .map(|pings| (CheckId::new(pings[0].0), pings.len() as u64))
            .filter(|(check, _)| !check.is_managed())
            .collect();
        tallies::add(self.connection, &counts)?;
        let Some(&(check, _)) = slice.last() else { return Ok(()) };
        rows::save_fold(self.connection, FoldRow { batch: until, check })
    }

    fn write_pulses(&mut self, pages: &[usize]) -> rusqlite::Result<()> {
        for &page in pages {
            if planted::keeps_last_pings() {
                rows::save_pulse(self.connection, page, &pulse_payload(self.book, page))?;
            }
            self.take_stale_pulse(page);
        }
        points::reach(Point::SortingPulses);
        Ok(())
    }

    fn forget(&mut self, before: jiff::Timestamp) -> rusqlite::Result<usize> {
        let mut rows =
            rows::delete_hours_before(self.connection, hour_of(before.as_microsecond()), FORGOTTEN_MAX)?;
        rows += flips::delete_before(self.connection, before, FORGOTTEN_MAX)?;
        rows += outbox::delete_finished_before(self.connection, before, FORGOTTEN_MAX)?;
        rows += self.forget_deleted(FORGOTTEN_MAX)?;
        if rows == 0 {
            self.forget_gaps(before)?;
            let (from, _) = self.book.timeline.service_range(before, before);
            downtime::delete_wall_offsets_before(self.connection, from)?;
        }
        points::reach(Point::Forgetting);
        Ok(rows)
    }

    /// Forgets gaps that neither the history shows nor any deadline depends on.
    fn forget_gaps(&mut self, before: jiff::Timestamp) -> rusqlite::Result<()> {
        let oldest_base = self
            .book
            .in_use()
            .filter(|check| self.book.demand(*check).policy.is_monitored)
            .map(|check| self.book.check(check).base())
            .chain(self.book.shelf.oldest_base())
            .min()
            .unwrap_or(self.now);
        let (from, _) = self.book.timeline.service_range(before, before);
        let limit: Timestamp = from.min(oldest_base);
        downtime::delete_gaps_before(self.connection, limit)?;
        self.book.gaps.forget_before(limit);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use domain::time::Span;

    use super::*;
    use crate::store::stage::Stage;

    const NAMES: [&str; 3] = ["one", "two", "three"];

    async fn assert_whole(stage: &Stage, pings: &[usize; 3], when: &str) {
        for (name, &wanted) in NAMES.iter().zip(pings) {
            let check = stage.store().find(name).unwrap().id;
            let (from, until) = stage.all_time();
            let found = stage.store().day(check, from, until).await.unwrap().pings;
            assert_eq!(found.len(), wanted, "pings of {name} {when}");
            let counted = stage.store().check(check).await.unwrap().pings;
            assert_eq!(counted, u64::try_from(wanted).unwrap(), "the count of {name} {when}");
            assert!(found.is_sorted());
        }
    }

    /// Does the steps of sorting up to number `steps`, one hour's row a transaction, as a crash would leave them.
    pub(in crate::store) async fn sort_in_part(stage: &Stage, steps: usize) {
        let store = stage.store();
        let (fold, last) = store
            .write(|desk| Ok((rows::fold(desk.connection)?, rows::last_batch(desk.connection)?)))
            .await
            .unwrap();
        let is_resumed = 0 < fold.check;
        let until = if is_resumed { fold.batch } else { last };
        let gathered =
            store.look(move |connection| gather(connection, fold, until, is_resumed)).await.unwrap();
        let mut steps = 0..steps;
        if steps.next().is_none() {
            return;
        }
        store.keep(gathered.details).await.unwrap();
        let until = gathered.until;
        for hour in gathered.pings.chunk_by(|one, next| row_of(one) == row_of(next)) {
            let hour = hour.to_vec();
            if steps.next().is_none() {
                return;
            }
            store.write(move |desk| desk.write_hours(&hour, until)).await.unwrap();
        }
        if steps.next().is_none() {
            return;
        }
        store.write_pulses().await.unwrap();
        if steps.next().is_none() {
            return;
        }
        let marked = FoldRow { batch: until, check: u32::MAX };
        store.write(move |desk| rows::save_fold(desk.connection, marked)).await.unwrap();
        while steps.next().is_some() {
            store.write(move |desk| rows::delete_batches(desk.connection, until, 1)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_crash_between_any_two_steps_of_sorting_neither_loses_nor_doubles_a_ping() {
        for steps in 0..13 {
            let mut stage = Stage::open(&NAMES, &["a@example.org"]).await;
            let mut pings = [0; 3];
            for round in 0..3 {
                for place in [0, 1, 2, 0] {
                    stage.advance(Span::from_seconds(1));
                    stage.ping(NAMES[place]).await;
                    pings[place] += 1;
                }
                sort_in_part(&stage, steps).await;
                assert_whole(&stage, &pings, "in the midst of sorting").await;
                stage.ping("two").await;
                pings[1] += 1;
                assert_whole(&stage, &pings, "while pings go on").await;
                stage = stage.restart(&NAMES, &["a@example.org"]).await;
                assert_whole(&stage, &pings, "after a crash").await;
                if round == 1 {
                    stage.store().sort().await.unwrap();
                    assert_whole(&stage, &pings, "after the rest was sorted").await;
                }
            }
            stage.store().sort().await.unwrap();
            stage.store().sort().await.unwrap();
            assert_whole(&stage, &pings, "after all").await;
            assert_eq!(stage.store().unsorted_pings(), 0);
            stage = stage.restart(&NAMES, &["a@example.org"]).await;
            for name in NAMES {
                let check = stage.store().find(name).unwrap().id;
                assert!(stage.store().check(check).await.unwrap().last_ping.is_some());
            }
            assert_whole(&stage, &pings, "after a restart").await;
        }
    }

    #[tokio::test]
    async fn where_the_wall_clock_stood_is_forgotten_but_for_what_still_holds() {
        let stage = Stage::open(&NAMES, &["a@example.org"]).await;
        let limit = stage.now() - Span::from_hours(1);
        let at = move |minutes| limit + Span::from_minutes(minutes);
        stage
            .store()
            .write(move |desk| {
                for (since, offset) in [(at(-60), 1), (at(-30), 2), (at(30), 3)] {
                    downtime::save_wall_offset(desk.connection, since, offset)?;
                }
                downtime::delete_wall_offsets_before(desk.connection, limit)
            })
            .await
            .unwrap();
        let left = stage.store().look(downtime::wall_offsets).await.unwrap();
        assert_eq!(left[..2], [(at(-30), 2), (at(30), 3)]);
    }
}

//! Keeping: moves what came with the pings of managed checks from the log to a table where it is found, the latest of
//! each check, and forgets the rest.

use domain::id::CheckId;
use domain::time::Timestamp;
use faults::points::{self, Point};

use crate::store::Store;
use crate::store::apply::Desk;
use crate::store::details::Detail;
use crate::store::error::StoreError;
use crate::store::log::LoggedPing;
use crate::store::sqlite::managed_pings;

/// Pings of a check that are shown with all that came with them: Healthchecks' limit, which its users know.
pub(in crate::store) const PINGS_SHOWN_MAX: u64 = 100;

/// Rows written or forgotten in one transaction: some milliseconds, in which pings wait.
const ROWS_AT_ONCE: usize = 500;

/// Bytes written in one transaction, but for the last row's.
const BYTES_AT_ONCE: usize = 1 << 20;

/// Checks whose oldest ping is looked at before somebody else may read.
const CHECKS_AT_ONCE: usize = 4_096;

/// Returns the number of the oldest ping that is kept of a check which has had so many: the pings that are shown, and
/// up to as many before them, where the beginnings of their runs are found.
pub(super) fn kept_from(pings: u64) -> u64 {
    (pings / PINGS_SHOWN_MAX).saturating_sub(1) * PINGS_SHOWN_MAX + 1
}

/// Pings of managed checks on their way from the log to their table.
#[derive(Default)]
pub(in crate::store) struct Details {
    pings: Vec<Kept>,
    bytes: usize,
}

/// A ping with what came with it, as the log has it.
#[derive(Clone)]
pub(in crate::store) struct Kept {
    check: CheckId,
    n: u64,
    at: Timestamp,
    wall_micros: i64,
    record: Box<[u8]>,
}

impl Details {
    /// Takes a ping of the log along, if it is of a managed check.
    pub(in crate::store) fn push(&mut self, ping: &LoggedPing<'_>) {
        let Some(detail) = ping.detail else { return };
        let mut record = Vec::with_capacity(64 + detail.body.len());
        detail.put(&mut record);
        let &LoggedPing { check, at, wall_micros, .. } = ping;
        self.bytes += size_of::<Kept>() + record.len();
        self.pings.push(Kept { check, n: detail.n, at, wall_micros, record: record.into() });
    }

    /// Returns how much memory they take.
    pub(in crate::store) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Store {
    /// Writes them into their table, a little at a time. What is there already is written again as it is: a crash in
    /// between does no harm.
    pub(in crate::store) async fn keep(&self, details: Details) -> Result<(), StoreError> {
        let Details { mut pings, .. } = details;
        pings.sort_by_key(|ping| (ping.check, ping.n));
        let limits: Vec<(CheckId, u64)> = pings
            .chunk_by(|one, next| one.check == next.check)
            .filter_map(|pings| Some((pings.first()?.n, pings.last()?)))
            .filter(|(first, last)| kept_from(*first - 1) < kept_from(last.n))
            .map(|(_, last)| (last.check, kept_from(last.n)))
            .collect();
        let mut limited = limits.iter().peekable();
        pings.retain(|ping| {
            while limited.next_if(|(check, _)| *check < ping.check).is_some() {}
            limited.peek().is_none_or(|(check, from)| *check != ping.check || *from <= ping.n)
        });
        let mut rest = &pings[..];
        while !rest.is_empty() {
            let (portion, later) = rest.split_at(portion_length(rest));
            rest = later;
            let portion = portion.to_vec();
            self.write_long(move |desk| desk.keep(&portion)).await?;
        }
        self.drop_older(&limits).await
    }

    /// Forgets what is older than the limit of each check.
    async fn drop_older(&self, mut limits: &[(CheckId, u64)]) -> Result<(), StoreError> {
        while !limits.is_empty() {
            let portion: Vec<_> = limits.iter().take(ROWS_AT_ONCE).copied().collect();
            let done = self.write_long(move |desk| desk.drop_older(&portion)).await?;
            limits = &limits[done..];
        }
        Ok(())
    }

    /// Forgets pings of managed checks from before an instant, a little at a time; returns how many there were.
    pub(in crate::store) async fn forget_details(
        &self,
        before: jiff::Timestamp,
    ) -> Result<usize, StoreError> {
        let wall_micros = before.as_microsecond();
        let mut forgotten = 0;
        let mut after = CheckId::new(0);
        loop {
            let (old, last) =
                self.look(move |connection| checks_with_older(connection, after, wall_micros)).await?;
            for check in old {
                loop {
                    let rows = self
                        .write(move |desk| {
                            managed_pings::delete_older(desk.connection, check, wall_micros, ROWS_AT_ONCE)
                        })
                        .await?;
                    forgotten += rows;
                    if rows < ROWS_AT_ONCE {
                        break;
                    }
                }
            }
            let Some(last) = last else { return Ok(forgotten) };
            after = last;
        }
    }
}

/// Returns how many of these pings are written at once.
fn portion_length(pings: &[Kept]) -> usize {
    let mut bytes = 0;
    let small = pings.iter().take(ROWS_AT_ONCE).take_while(|ping| {
        let fits = bytes < BYTES_AT_ONCE;
        bytes += ping.record.len();
        fits
    });
    small.count()
}

/// Looks at the oldest ping of some checks behind `after`; returns those that have older ones than an instant of
/// wall-clock time, and the last that was looked at, or `None` if there are no more.
fn checks_with_older(
    connection: &rusqlite::Connection,
    mut after: CheckId,
    wall_micros: i64,
) -> rusqlite::Result<(Vec<CheckId>, Option<CheckId>)> {
    let mut old = Vec::new();
    for _ in 0..CHECKS_AT_ONCE {
        let Some((check, oldest)) = managed_pings::oldest_after(connection, after)? else {
            return Ok((old, None));
        };
        if oldest < wall_micros {
            old.push(check);
        }
        after = check;
    }
    Ok((old, Some(after)))
}

impl Desk<'_> {
    fn keep(&mut self, portion: &[Kept]) -> rusqlite::Result<()> {
        for kept in portion {
            // A check that was deleted meanwhile leaves nothing behind.
            if self.book.shelf.get(kept.check).is_none() {
                continue;
            }
            let detail = Detail::read(&kept.record).expect("it was written a moment ago");
            let &Kept { check, at, wall_micros, .. } = kept;
            managed_pings::save(
                self.connection,
                &LoggedPing { check, at, wall_micros, detail: Some(detail) },
            )?;
        }
        points::reach(Point::SortingDetails);
        Ok(())
    }

    /// Forgets what is older than the limits of the first checks; returns how many of them are done with.
    fn drop_older(&mut self, limits: &[(CheckId, u64)]) -> rusqlite::Result<usize> {
        let mut rows = 0;
        for (done, &(check, before)) in limits.iter().enumerate() {
            rows += managed_pings::delete_before(self.connection, check, before, ROWS_AT_ONCE)?;
            if ROWS_AT_ONCE <= rows {
                return Ok(done);
            }
        }
        Ok(limits.len())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::ping::Signal;
    use domain::time::Span;

    use super::*;
    use crate::store::changes::Author;
    use crate::store::managed::Creation;
    use crate::store::managed::messages::Message;
    use crate::store::managed::settings::Edit;
    use crate::store::sorting::tests::sort_in_part;
    use crate::store::stage::Stage;

    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    async fn make(stage: &Stage) -> CheckId {
        match stage.store().create(Edit::default(), Vec::new(), Author::Person).await.unwrap() {
            Creation::Made(view) => view.id,
            Creation::Updated(_) | Creation::OverLimit => panic!("it was not made"),
        }
    }

    fn message(body: Bytes) -> Message {
        Message { body, ..Message::bare(Signal::Success, "stage") }
    }

    /// Sends the next ping of a check, which says which one it is.
    async fn ping(stage: &Stage, check: CheckId, pings: &mut u64) {
        stage.advance(Span::from_seconds(1));
        *pings += 1;
        stage.store().signal(check, message(format!("ping {pings}").into())).await.unwrap();
    }

    async fn assert_whole(stage: &Stage, check: CheckId, pings: u64, when: &str) {
        let store = stage.store();
        assert_eq!(store.managed(check).await.unwrap().unwrap().pings, pings, "{when}");
        let shown: Vec<u64> = (pings.saturating_sub(PINGS_SHOWN_MAX) + 1..=pings).rev().collect();
        let recent = store.recent_pings(check, usize::MAX).await.unwrap();
        assert_eq!(recent.iter().map(|ping| ping.n).collect::<Vec<_>>(), shown, "{when}");
        assert!(recent.is_sorted_by(|later, earlier| earlier.at <= later.at), "{when}");
        for n in shown {
            let body = store.ping_body(check, n).await.unwrap();
            assert_eq!(body, Some(format!("ping {n}").into()), "ping {n} {when}");
        }
        let (from, until) = stage.all_time();
        let day = store.day(check, from, until).await.unwrap().pings;
        assert_eq!(day.len() as u64, pings, "the times {when}");
    }

    async fn count_rows(stage: &Stage, table: &'static str) -> u64 {
        let count = move |connection: &rusqlite::Connection| {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        };
        stage.store().look(count).await.unwrap()
    }

    #[tokio::test]
    async fn a_crash_between_any_two_steps_of_sorting_neither_loses_nor_doubles_a_body() {
        for steps in 0..9 {
            let mut stage = Stage::open(&["test"], &RECIPIENTS).await;
            let checks = [make(&stage).await, make(&stage).await];
            let mut pings = [0; 2];
            for round in 0..3 {
                for place in [0, 1, 0] {
                    ping(&stage, checks[place], &mut pings[place]).await;
                    stage.ping("test").await;
                }
                sort_in_part(&stage, steps).await;
                ping(&stage, checks[1], &mut pings[1]).await;
                for (check, pings) in checks.into_iter().zip(pings) {
                    assert_whole(&stage, check, pings, "in the midst of sorting").await;
                }
                stage = stage.restart(&["test"], &RECIPIENTS).await;
                if round == 1 {
                    stage.store().sort().await.unwrap();
                }
                for (check, pings) in checks.into_iter().zip(pings) {
                    assert_whole(&stage, check, pings, "after a crash").await;
                }
            }
            stage.store().sort().await.unwrap();
            stage.store().sort().await.unwrap();
            assert_eq!((stage.store().unsorted_pings(), stage.store().unsorted_bytes()), (0, 0));
            stage = stage.restart(&["test"], &RECIPIENTS).await;
            for (check, pings) in checks.into_iter().zip(pings) {
                assert_whole(&stage, check, pings, "after all").await;
            }
        }
    }

    #[tokio::test]
    async fn the_latest_hundred_pings_are_shown_and_those_long_before_them_forgotten() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let check = make(&stage).await;
        let mut pings = 0;
        for sorted_at in [70, 99, 100, 130, 199, 200, 201, 350] {
            while pings < sorted_at {
                ping(&stage, check, &mut pings).await;
            }
            assert_whole(&stage, check, pings, "before they are sorted").await;
            stage.store().sort().await.unwrap();
            assert_whole(&stage, check, pings, "after they are sorted").await;
            let hidden = pings.saturating_sub(PINGS_SHOWN_MAX);
            assert_eq!(stage.store().ping_body(check, hidden).await.unwrap(), None);
            assert_eq!(stage.store().ping_body(check, pings + 1).await.unwrap(), None);
            assert!(count_rows(&stage, "managed_pings").await < 2 * PINGS_SHOWN_MAX);
        }
        assert_eq!(count_rows(&stage, "managed_pings").await, 150);
    }

    #[tokio::test]
    async fn a_deleted_check_leaves_no_body_behind() {
        let mut stage = Stage::open(&["test"], &RECIPIENTS).await;
        let (check, other) = (make(&stage).await, make(&stage).await);
        let mut pings = [0; 2];
        for is_sorted in [true, false] {
            ping(&stage, check, &mut pings[0]).await;
            ping(&stage, other, &mut pings[1]).await;
            if is_sorted {
                stage.store().sort().await.unwrap();
            }
        }
        stage.store().delete(check).await.unwrap().unwrap();
        stage = stage.restart(&["test"], &RECIPIENTS).await;
        stage.ping("test").await;
        stage.store().sort().await.unwrap();
        assert_eq!(count_rows(&stage, "managed_pings").await, 2);
        assert_eq!(count_rows(&stage, "managed_deleted").await, 0);
        assert_whole(&stage, other, 2, "after the other was deleted").await;
        assert_eq!(stage.store().recent_pings(check, 100).await.unwrap(), []);
    }

    #[tokio::test]
    async fn what_is_older_than_history_is_kept_is_forgotten_with_its_body() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let (old, fresh) = (make(&stage).await, make(&stage).await);
        let mut pings = [0; 2];
        ping(&stage, old, &mut pings[0]).await;
        ping(&stage, fresh, &mut pings[1]).await;
        stage.store().sort().await.unwrap();
        stage.advance(Span::from_hours(30));
        ping(&stage, fresh, &mut pings[1]).await;
        stage.store().sort().await.unwrap();
        let (day_before, _) = stage.all_time();
        stage.store().forget(day_before).await.unwrap();
        assert_eq!(stage.store().recent_pings(old, 100).await.unwrap(), []);
        assert_eq!(stage.store().ping_body(old, 1).await.unwrap(), None);
        let left = stage.store().recent_pings(fresh, 100).await.unwrap();
        assert_eq!(left.iter().map(|ping| ping.n).collect::<Vec<_>>(), [2]);
        assert_eq!(stage.store().managed(old).await.unwrap().unwrap().pings, 1, "it stays counted");
    }

    #[tokio::test]
    async fn long_bodies_are_written_in_portions_and_whole() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let check = make(&stage).await;
        let body = |n: u8| Bytes::from(vec![n; 400_000]);
        for n in 1..=8 {
            stage.store().signal(check, message(body(n))).await.unwrap();
        }
        assert!(8 * 400_000 < stage.store().unsorted_bytes());
        stage.store().sort().await.unwrap();
        for n in 1..=8 {
            assert_eq!(stage.store().ping_body(check, n.into()).await.unwrap(), Some(body(n)));
        }
    }
}

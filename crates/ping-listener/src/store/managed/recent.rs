//! The latest pings of a check with what came with them, sorted or not, and how long the runs took that they ended.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;
use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::{Span, Timestamp};
use rusqlite::Connection;
use uuid::Uuid;

use super::keeping::{PINGS_SHOWN_MAX, kept_from};
use crate::clock::wall_time;
use crate::store::bookmarks::Unsorted;
use crate::store::error::StoreError;
use crate::store::log::{LoggedPing, read_batch};
use crate::store::sqlite::managed_pings::{self, PingRow};
use crate::store::sqlite::pings;
use crate::store::{Store, history, tallies};

/// A run that ends later is not taken for the one that began: Healthchecks' limit, which its users know.
const DURATION_LIMIT: Span = Span::from_hours(72);

/// If more ends than these may have begun before the pings that are shown, no run's length is: Healthchecks' rule.
const LOOKED_UP_MAX: usize = 10;

/// Hours of a declared check's history that are looked through for its latest pings: a year, and some days.
const HOURS_LOOKED_MAX: i64 = 9_000;

/// One ping, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingView {
    /// Counts the pings of its check from 1.
    pub n: u64,
    /// When it came, by the wall clock.
    pub at: jiff::Timestamp,
    /// What it was taken for.
    pub signal: Signal,
    /// How a program ended, if its client said so.
    pub exit_status: Option<u8>,
    /// How it came: `http`, `https`.
    pub scheme: Box<str>,
    /// Where it came from, if that is known.
    pub remote_addr: Option<IpAddr>,
    /// The method of its request; empty if it was not kept.
    pub method: Box<str>,
    /// What its client calls itself.
    pub user_agent: Box<str>,
    /// The run that it belongs to, if its client says so.
    pub rid: Option<Uuid>,
    /// The length of what it had to say; nought if it said nothing.
    pub body_bytes: usize,
    /// How long the run took that it ended, if that is known.
    pub duration: Option<Span>,
}

impl Store {
    /// Returns the latest pings of a check, at most 100, latest first. Of a declared check no more than their times is
    /// known.
    pub async fn recent_pings(&self, check: CheckId, most: usize) -> Result<Vec<PingView>, StoreError> {
        let most = usize::try_from(PINGS_SHOWN_MAX).map_or(most, |limit| most.min(limit));
        self.look_with_log(move |connection, unsorted| {
            if !check.is_managed() {
                return recent_of_declared(connection, unsorted, check, most);
            }
            let rows = kept_rows(connection, unsorted, check)?;
            Ok(views(&rows, rows.len().saturating_sub(most)))
        })
        .await
    }

    /// Returns what a ping had to say, or `None` if it said nothing, is not shown any more, or never was.
    pub async fn ping_body(&self, check: CheckId, n: u64) -> Result<Option<Bytes>, StoreError> {
        if !check.is_managed() {
            return Ok(None);
        }
        self.look_with_log(move |connection, unsorted| {
            let mut latest = managed_pings::latest(connection, check)?;
            let mut body = managed_pings::body(connection, check, n)?;
            each_logged(connection, unsorted, check, |ping| {
                let Some(detail) = ping.detail else { return };
                latest = latest.max(detail.n);
                if detail.n == n {
                    body = Some(detail.body.to_vec()).filter(|body| !body.is_empty());
                }
            })?;
            Ok(body.filter(|_| latest < n + PINGS_SHOWN_MAX).map(Bytes::from))
        })
        .await
    }
}

/// Returns all that is kept of the pings of a managed check, in order.
fn kept_rows(connection: &Connection, unsorted: &Unsorted, check: CheckId) -> rusqlite::Result<Vec<PingRow>> {
    let mut logged = Vec::new();
    each_logged(connection, unsorted, check, |ping| logged.extend(row_of(ping)))?;
    let latest = managed_pings::latest(connection, check)?;
    let from = kept_from(logged.last().map_or(latest, |row: &PingRow| row.n.max(latest)));
    // What is being sorted may be in both.
    let mut rows: BTreeMap<u64, PingRow> =
        managed_pings::of_check(connection, check, from)?.into_iter().map(|row| (row.n, row)).collect();
    rows.extend(logged.into_iter().filter(|row| from <= row.n).map(|row| (row.n, row)));
    Ok(rows.into_values().collect())
}

/// Calls `each` for the latest pings of a managed check that are only in the log, as many as anything is kept of.
fn each_logged(
    connection: &Connection,
    unsorted: &Unsorted,
    check: CheckId,
    mut each: impl FnMut(&LoggedPing<'_>),
) -> rusqlite::Result<()> {
    let kept_max = usize::try_from(2 * PINGS_SHOWN_MAX).unwrap_or(usize::MAX);
    let mut batches: Vec<i64> = unsorted.of(check).map(|mark| mark.batch).collect();
    batches.drain(..batches.len().saturating_sub(kept_max));
    batches.dedup();
    for batch in batches {
        let Some(payload) = pings::batch(connection, batch)? else { continue };
        // A damaged batch is reported when it is sorted.
        let _ = read_batch(&payload, |ping| {
            if ping.check == check {
                each(&ping);
            }
        });
    }
    Ok(())
}

pub(super) fn row_of(ping: &LoggedPing<'_>) -> Option<PingRow> {
    let detail = ping.detail?;
    Some(PingRow {
        n: detail.n,
        at: ping.at,
        wall_micros: ping.wall_micros,
        signal: detail.signal,
        scheme: detail.scheme.into(),
        method: detail.method.into(),
        user_agent: detail.user_agent.into(),
        remote_addr: detail.remote_addr,
        rid: detail.rid,
        exit_status: detail.exit_status,
        body_bytes: detail.body.len(),
    })
}

/// Returns the rows from place `shown_from` on as they are shown, latest first.
pub(super) fn views(rows: &[PingRow], shown_from: usize) -> Vec<PingView> {
    let durations = durations(rows, shown_from);
    let shown = rows[shown_from..].iter().zip(durations).rev();
    shown
        .map(|(row, duration)| PingView {
            n: row.n,
            at: wall_time(row.wall_micros),
            signal: row.signal,
            exit_status: row.exit_status,
            scheme: row.scheme.clone(),
            remote_addr: row.remote_addr,
            method: row.method.clone(),
            user_agent: row.user_agent.clone(),
            rid: row.rid,
            body_bytes: row.body_bytes,
            duration,
        })
        .collect()
}

/// Returns how long the runs took that the pings from place `shown_from` on ended; those before only tell of
/// beginnings.
fn durations(rows: &[PingRow], shown_from: usize) -> Vec<Option<Span>> {
    let (before, shown) = rows.split_at(shown_from);
    let mut begun_before = Begun::new();
    for row in before {
        take_duration(&mut begun_before, row);
    }
    let mut begun = Begun::new();
    let mut looked_up = 0;
    let mut durations = Vec::with_capacity(shown.len());
    for row in shown {
        let is_end = matches!(row.signal, Signal::Success | Signal::Fail);
        if is_end && !begun.contains_key(&row.rid) {
            looked_up += 1;
            begun.insert(row.rid, begun_before.get(&row.rid).copied().flatten());
        }
        durations.push(take_duration(&mut begun, row));
    }
    if LOOKED_UP_MAX < looked_up {
        durations.fill(None);
    }
    durations
}

/// When the run of each id began, or `None` if its end was seen since.
type Begun = BTreeMap<Option<Uuid>, Option<Timestamp>>;

/// Takes note of a ping; returns how long the run took that it ended.
fn take_duration(begun: &mut Begun, row: &PingRow) -> Option<Span> {
    match row.signal {
        Signal::Start => {
            begun.insert(row.rid, Some(row.at));
            None
        }
        Signal::Success | Signal::Fail => {
            let start = begun.insert(row.rid, None).flatten();
            start.map(|start| row.at - start).filter(|took| *took < DURATION_LIMIT)
        }
        Signal::Log | Signal::Ignored => None,
    }
}

/// Returns the times of the latest pings of a check by which its rhythm is known, in order, in microseconds of
/// wall-clock time: of successes and failures, and of those of which only the time is known if there are no others.
pub(in crate::store) fn times(
    connection: &Connection,
    unsorted: &Unsorted,
    check: CheckId,
    most: usize,
) -> rusqlite::Result<Vec<i64>> {
    let known = if check.is_managed() { kept_rows(connection, unsorted, check)? } else { Vec::new() };
    let is_end = |row: &&PingRow| matches!(row.signal, Signal::Success | Signal::Fail);
    let mut times: Vec<i64> = if known.iter().all(|row| is_end(&row)) {
        latest_times(connection, unsorted, check, most)?.0
    } else {
        known.iter().filter(is_end).map(|row| row.wall_micros).collect()
    };
    times.sort_unstable();
    times.drain(..times.len().saturating_sub(most));
    Ok(times)
}

/// Returns the times of the latest pings of a check, latest first, somewhat more than so many, and how many of them
/// only the log has.
fn latest_times(
    connection: &Connection,
    unsorted: &Unsorted,
    check: CheckId,
    most: usize,
) -> rusqlite::Result<(Vec<i64>, u64)> {
    let mut pings_wall_micros: Vec<i64> = unsorted.of(check).map(|mark| mark.wall_micros).collect();
    let logged = pings_wall_micros.len() as u64;
    pings_wall_micros.reverse();
    if let (Some(first), Some(last)) = (pings::earliest_hour(connection)?, pings::latest_hour(connection)?) {
        for hour in (first.max(last.saturating_sub(HOURS_LOOKED_MAX))..=last).rev() {
            if most <= pings_wall_micros.len() {
                break;
            }
            if let Some(payload) = pings::hour(connection, hour, check)? {
                let already = pings_wall_micros.len();
                history::read(&payload, hour, |wall_micros| pings_wall_micros.push(wall_micros));
                pings_wall_micros[already..].reverse();
            }
        }
    }
    Ok((pings_wall_micros, logged))
}

/// Returns the latest pings of a declared check, latest first.
fn recent_of_declared(
    connection: &Connection,
    unsorted: &Unsorted,
    check: CheckId,
    most: usize,
) -> rusqlite::Result<Vec<PingView>> {
    let (mut pings_wall_micros, logged) = latest_times(connection, unsorted, check, most)?;
    let n = tallies::sorted(connection, check)? + logged;
    pings_wall_micros.truncate(most);
    let view = |(n, wall_micros)| PingView {
        n,
        at: wall_time(wall_micros),
        signal: Signal::Success,
        exit_status: None,
        scheme: "http".into(),
        remote_addr: None,
        method: "".into(),
        user_agent: "".into(),
        rid: None,
        body_bytes: 0,
        duration: None,
    };
    Ok((1..=n).rev().zip(pings_wall_micros).map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::stage::Stage;

    const RID: Option<Uuid> = Some(Uuid::from_u128(7));
    const OTHER: Option<Uuid> = Some(Uuid::from_u128(8));

    /// Makes pings of these seconds, meanings and runs, numbered from 1.
    fn rows(pings: &[(i64, Signal, Option<Uuid>)]) -> Vec<PingRow> {
        let row = |(n, &(second, signal, rid))| PingRow {
            n,
            at: Timestamp::from_micros(0) + Span::from_seconds(second),
            wall_micros: 0,
            signal,
            scheme: "http".into(),
            method: "GET".into(),
            user_agent: "".into(),
            remote_addr: None,
            rid,
            exit_status: None,
            body_bytes: 0,
        };
        (1..).zip(pings).map(row).collect()
    }

    /// Returns the seconds that the runs took which pings from this place on ended.
    fn seconds(pings: &[(i64, Signal, Option<Uuid>)], shown_from: usize) -> Vec<Option<i64>> {
        let durations = durations(&rows(pings), shown_from);
        durations.into_iter().map(|took| took.map(|took| took.as_micros() / 1_000_000)).collect()
    }

    #[test]
    fn a_run_takes_from_its_start_to_its_end() {
        use Signal::{Fail, Ignored, Log, Start, Success};
        let run = [(0, Start, None), (2, Log, None), (3, Ignored, None), (5, Success, None)];
        assert_eq!(seconds(&run, 0), [None, None, None, Some(5)]);
        let ended_twice = [(0, Start, RID), (1, Fail, RID), (5, Success, RID)];
        assert_eq!(seconds(&ended_twice, 0), [None, Some(1), None]);
        let begun_twice = [(0, Start, None), (4, Start, None), (5, Fail, None)];
        assert_eq!(seconds(&begun_twice, 0), [None, None, Some(1)]);
        assert_eq!(seconds(&[(5, Success, None)], 0), [None], "the first ping ends nothing");
    }

    #[test]
    fn a_run_ends_with_the_ping_of_its_own_id() {
        use Signal::{Fail, Start, Success};
        let side_by_side = [
            (0, Start, RID),
            (1, Start, OTHER),
            (2, Start, None),
            (3, Success, OTHER),
            (4, Success, None),
            (9, Fail, RID),
        ];
        assert_eq!(seconds(&side_by_side, 0), [None, None, None, Some(2), Some(2), Some(9)]);
        assert_eq!(seconds(&[(0, Start, RID), (1, Success, None), (2, Success, OTHER)], 0), [None; 3]);
    }

    #[test]
    fn a_run_of_72_hours_is_none() {
        use Signal::{Start, Success};
        let hours_72 = 72 * 3_600;
        assert_eq!(seconds(&[(0, Start, None), (hours_72 - 1, Success, None)], 0)[1], Some(hours_72 - 1));
        assert_eq!(seconds(&[(0, Start, None), (hours_72, Success, None)], 0)[1], None);
    }

    #[test]
    fn a_start_before_the_pings_that_are_shown_counts_unless_too_many_would_have_to_be_looked_for() {
        use Signal::{Start, Success};
        let run = |number: u32| Some(Uuid::from_u128(number.into()));
        for (runs, is_known) in [(1, true), (10, true), (11, false)] {
            let mut pings: Vec<_> = (0..runs).map(|number| (0, Start, run(number))).collect();
            pings.extend((0..runs).map(|number| (5, Success, run(number))));
            pings.extend([(6, Start, None), (8, Success, None)]);
            let found = seconds(&pings, runs as usize);
            assert_eq!(found.first().unwrap(), &is_known.then_some(5), "{runs} runs");
            assert_eq!(found.last().unwrap(), &is_known.then_some(2), "{runs} runs");
        }
        let ended_before = [(0, Start, RID), (1, Success, RID), (2, Success, RID)];
        assert_eq!(seconds(&ended_before, 2), [None]);
    }

    #[tokio::test]
    async fn of_a_declared_check_the_times_are_known_whether_they_are_sorted_or_not() {
        let names = ["test", "other"];
        let mut stage = Stage::open(&names, &["a@example.org"]).await;
        let check = stage.store().find("test").unwrap().id;
        let mut walls = Vec::new();
        for n in 1..=120_u64 {
            stage.advance(Span::from_minutes(7));
            walls.insert(0, stage.ping("test").await.wall);
            stage.ping("other").await;
            if n % 50 == 0 {
                stage.store().sort().await.unwrap();
                stage = stage.restart(&names, &["a@example.org"]).await;
            }
        }
        let recent = stage.store().recent_pings(check, 1_000).await.unwrap();
        assert_eq!(recent.iter().map(|ping| ping.at).collect::<Vec<_>>(), walls[..100]);
        assert_eq!(
            recent.iter().map(|ping| ping.n).collect::<Vec<_>>(),
            (21..=120).rev().collect::<Vec<_>>()
        );
        assert_eq!(stage.store().recent_pings(check, 3).await.unwrap().len(), 3);
    }
}

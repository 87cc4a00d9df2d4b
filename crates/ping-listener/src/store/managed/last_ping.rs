//! One ping of a managed check with its body, for the mail that repeats it: found from the end of the log, for that is
//! where the ping lies that sent a check down.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::id::CheckId;
use domain::ping::Signal;
use rusqlite::Connection;

use super::recent::{PingView, row_of, views};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::log::read_batch;
use crate::store::sqlite::managed_pings::{self, PingRow};
use crate::store::sqlite::pings;

impl Store {
    /// Returns ping number `n` of a managed check and what it had to say, or `None` if it is forgotten by now.
    pub async fn ping_of_mail(
        &self,
        check: CheckId,
        n: u64,
    ) -> Result<Option<(PingView, Bytes)>, StoreError> {
        self.look(move |connection| find(connection, check, n)).await
    }
}

fn find(connection: &Connection, check: CheckId, n: u64) -> rusqlite::Result<Option<(PingView, Bytes)>> {
    let sorted = managed_pings::latest(connection, check)?;
    let (mut rows, mut body) = (BTreeMap::new(), None);
    if sorted < n {
        let mut from_behind = FromBehind { check, n, sorted, rows, body };
        from_behind.read(connection)?;
        (rows, body) = (from_behind.rows, from_behind.body);
    } else {
        body = managed_pings::body(connection, check, n)?;
    }
    if !is_told(&rows, n) {
        let kept = managed_pings::of_check(connection, check, 0)?;
        rows.extend(kept.into_iter().filter(|row| row.n <= n).map(|row| (row.n, row)));
    }
    if !rows.contains_key(&n) {
        return Ok(None);
    }
    let rows: Vec<PingRow> = rows.into_values().collect();
    let view = views(&rows, rows.len() - 1).pop();
    Ok(view.map(|view| (view, Bytes::from(body.unwrap_or_default()))))
}

/// What the log has of a check's pings up to number `n`, read from its end as far as is needed.
struct FromBehind {
    check: CheckId,
    n: u64,
    /// The last one that is not looked for here.
    sorted: u64,
    rows: BTreeMap<u64, PingRow>,
    body: Option<Vec<u8>>,
}

impl FromBehind {
    fn read(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        pings::each_batch_from_behind(connection, |payload| {
            // A damaged batch is reported when it is sorted.
            let _ = read_batch(payload, |ping| {
                let detail = ping.detail.filter(|detail| ping.check == self.check && detail.n <= self.n);
                let (Some(detail), Some(row)) = (detail, row_of(&ping)) else { return };
                if row.n == self.n {
                    self.body = Some(detail.body.to_vec());
                }
                self.rows.insert(row.n, row);
            });
            let is_all = self.rows.first_key_value().is_some_and(|(first, _)| *first <= self.sorted + 1);
            !is_all && !is_told(&self.rows, self.n)
        })
    }
}

/// Tells whether ping number `n` is among these, and the one with which its run began or the one before ended.
fn is_told(rows: &BTreeMap<u64, PingRow>, n: u64) -> bool {
    let is_end = |row: &PingRow| matches!(row.signal, Signal::Success | Signal::Fail);
    let Some(last) = rows.get(&n) else { return false };
    let mut before = rows.range(..n).rev().map(|(_, row)| row).filter(|row| row.rid == last.rid);
    !is_end(last) || before.any(|row| is_end(row) || row.signal == Signal::Start)
}

#[cfg(test)]
mod tests {
    use domain::time::Span;
    use uuid::Uuid;

    use super::*;
    use crate::store::managed::messages::Message;
    use crate::store::stage::Stage;

    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    /// Signals and runs in an order in which each meets each.
    fn message(number: u64) -> Message {
        let signals = [Signal::Start, Signal::Log, Signal::Success, Signal::Fail, Signal::Start];
        let runs = [None, Some(Uuid::from_u128(7)), Some(Uuid::from_u128(8))];
        let place = |length: usize, step: u64| usize::try_from(number / step).unwrap() % length;
        let body = if number.is_multiple_of(3) { format!("body {number}").into() } else { Bytes::new() };
        Message {
            rid: runs[place(3, 2)],
            body,
            ..Message::bare(signals[place(5, 1)], &format!("client {number}"))
        }
    }

    /// Sees every ping that the API shows as it shows it.
    async fn assert_same(stage: &Stage, check: CheckId) {
        let store = stage.store();
        for shown in store.recent_pings(check, usize::MAX).await.unwrap() {
            let n = shown.n;
            let (ping, body) = store.ping_of_mail(check, n).await.unwrap().unwrap();
            assert_eq!(ping, shown, "ping {n}");
            assert_eq!(body, store.ping_body(check, n).await.unwrap().unwrap_or_default(), "ping {n}");
        }
    }

    #[tokio::test]
    async fn a_mail_finds_the_same_ping_as_the_api_sorted_or_not() {
        let stage = Stage::open(&[], &RECIPIENTS).await;
        let (check, other) = (stage.make("job").await.id, stage.make("other").await.id);
        for number in 0..90 {
            stage.advance(Span::from_seconds(1));
            stage.store().signal(check, message(number)).await.unwrap();
            stage.store().signal(other, message(number / 2)).await.unwrap();
            if number % 40 == 39 {
                assert_same(&stage, check).await;
                stage.store().sort().await.unwrap();
            }
        }
        assert_same(&stage, check).await;
        assert_same(&stage, other).await;
        assert_eq!(stage.store().ping_of_mail(check, 91).await.unwrap(), None);
        stage.store().delete(check).await.unwrap();
        stage.store().sort().await.unwrap();
        assert_eq!(stage.store().ping_of_mail(check, 90).await.unwrap(), None);
    }
}

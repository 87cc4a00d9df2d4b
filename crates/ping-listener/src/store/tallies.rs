//! Tallies: how often each declared check has pinged since it was first known, however much history is kept.
//!
//! What is sorted is counted in pages of the database, in the transaction that sorts it; what is not, by the log.

use domain::id::CheckId;
use rusqlite::Connection;

use super::history;
use super::sqlite::{pings, tallies};

/// Checks that share a page: sorting writes some hundred checks at once, which mostly are neighbours.
const PAGE: usize = 512;

/// Adds to what is counted of declared checks, which come in order.
pub(super) fn add(connection: &Connection, counts: &[(CheckId, u64)]) -> rusqlite::Result<()> {
    for counts in counts.chunk_by(|(one, _), (next, _)| page_of(*one) == page_of(*next)) {
        let page = page_of(counts[0].0);
        let mut tallies = read(&tallies::find(connection, page)?.unwrap_or_default());
        for &(check, count) in counts {
            let place = check.index() % PAGE;
            tallies.resize(tallies.len().max(place + 1), 0);
            tallies[place] += count;
        }
        let payload: Vec<u8> = tallies.into_iter().flat_map(u64::to_le_bytes).collect();
        tallies::save(connection, page, &payload)?;
    }
    Ok(())
}

/// Returns how many pings of a declared check are counted.
pub(super) fn sorted(connection: &Connection, check: CheckId) -> rusqlite::Result<u64> {
    let tallies = read(&tallies::find(connection, page_of(check))?.unwrap_or_default());
    Ok(tallies.get(check.index() % PAGE).copied().unwrap_or(0))
}

/// Returns how many pings of each of so many checks are counted.
pub(super) fn load(connection: &Connection, checks: usize) -> rusqlite::Result<Vec<u64>> {
    let mut loaded = vec![0; checks];
    tallies::each(connection, |page, payload| {
        let first = page.saturating_mul(PAGE).min(checks);
        for (tally, counted) in loaded[first..].iter_mut().zip(read(payload)) {
            *tally = counted;
        }
    })?;
    Ok(loaded)
}

/// Counts the history that an older version left, once.
pub(super) fn count_history(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    if tallies::take_mark(&transaction)? {
        let mut counts = std::collections::BTreeMap::new();
        pings::each_hour(&transaction, |hour, check, payload| {
            let count = counts.entry(check).or_insert(0);
            history::read(payload, hour, |_| *count += 1);
        })?;
        let counts: Vec<_> = counts.into_iter().filter(|(check, _)| !check.is_managed()).collect();
        add(&transaction, &counts)?;
    }
    transaction.commit()
}

fn page_of(check: CheckId) -> usize {
    check.index() / PAGE
}

fn read(payload: &[u8]) -> Vec<u64> {
    payload.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use domain::time::Span;

    use super::*;
    use crate::store::stage::Stage;

    async fn count(stage: &Stage, name: &str) -> u64 {
        let check = stage.store().find(name).unwrap().id;
        stage.store().check(check).await.unwrap().pings
    }

    #[tokio::test]
    async fn what_an_older_version_has_in_its_history_is_counted_once() {
        let names: Vec<String> = (0..PAGE + 2).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let last = names[PAGE + 1];
        let mut stage = Stage::open(&names, &["a@example.org"]).await;
        for _ in 0..3 {
            stage.advance(Span::from_minutes(40));
            stage.ping(names[0]).await;
            stage.ping(last).await;
        }
        stage.store().sort().await.unwrap();
        stage.ping(last).await;
        let as_of_old = "DELETE FROM tallies; INSERT INTO tallies (page, payload) VALUES (-1, x'')";
        stage.store().write(move |desk| desk.connection.execute_batch(as_of_old)).await.unwrap();
        for _ in 0..2 {
            stage = stage.restart(&names, &["a@example.org"]).await;
            assert_eq!((count(&stage, names[0]).await, count(&stage, last).await), (3, 4));
        }
        stage.store().sort().await.unwrap();
        assert_eq!((count(&stage, names[1]).await, count(&stage, last).await), (0, 4));
    }

    #[tokio::test]
    async fn a_history_that_is_forgotten_stays_counted() {
        let mut stage = Stage::open(&["test"], &["a@example.org"]).await;
        stage.ping("test").await;
        stage.store().sort().await.unwrap();
        let (_, after) = stage.all_time();
        assert!(0 < stage.store().forget(after + jiff::SignedDuration::from_hours(24)).await.unwrap());
        stage.ping("test").await;
        stage = stage.restart(&["test"], &["a@example.org"]).await;
        assert_eq!(count(&stage, "test").await, 2);
    }
}

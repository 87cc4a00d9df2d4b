//! More pings of Healthchecks' clients than the disk takes: some are turned away, and the others are there once each.

use bytes::Bytes;
use domain::ping::Signal;
use ping_listener::store::PendingPing;
use ping_listener::store::error::StoreError;
use ping_listener::store::managed::messages::Message;
use ping_listener::store::managed::viewing::View;
use rig::app::TestApp;
use rusqlite::Connection;

use super::{check, start};

/// More than may wait, and more than the one commit that may be under way takes off the queue.
const FLOOD: usize = 65_536 + 4_096 + 1;

/// Bodies of 10 MB: more than may wait, and more than one commit takes.
const LARGE: usize = 10;

/// Keeps the writer waiting, as a disk does that takes its time.
fn hold_up(app: &TestApp) -> Connection {
    let other = Connection::open(app.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

fn send(app: &TestApp, check: &View, body: &Bytes) -> PendingPing {
    let message = Message { body: body.clone(), ..Message::bare(Signal::Success, "flood") };
    app.common().store.signal(check.id, message)
}

/// Sees every form of ping turned away, and a body as well.
async fn assert_all_are_turned_away(app: &TestApp, check: &View) {
    let url = format!("/ping/{}", check.uuid);
    for rest in ["", "/start", "/fail", "/log", "/3"] {
        for answer in
            [app.get(&format!("{url}{rest}")).await, app.post(&format!("{url}{rest}"), &[], "x").await]
        {
            assert_eq!(answer.status, 503, "{rest}: {answer:?}");
            assert!(answer.body.contains("too much waits to be written"), "{rest}: {answer:?}");
            assert_eq!(answer.header("retry-after"), "5");
        }
    }
}

/// Returns how many pings a check has had by its own count, which its latest ping bears too.
async fn count(app: &TestApp, check: &View) -> u64 {
    let store = &app.common().store;
    let pings = store.recent_pings(check.id, 1).await.unwrap()[0].n;
    let check = store.managed(check.id).await.unwrap().unwrap();
    assert_eq!(check.pings, pings);
    pings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_stands_still_turns_managed_pings_away_and_those_that_were_taken_are_there_once() {
    let app = start().await;
    let check = check(&app, "backup").await;
    let other = hold_up(&app);
    let waiting: Vec<_> = (0..FLOOD).map(|_| send(&app, &check, &Bytes::new())).collect();
    assert_all_are_turned_away(&app, &check).await;
    other.execute_batch("ROLLBACK").unwrap();
    let mut taken = 0;
    for ping in waiting {
        taken += u64::from(ping.await.is_ok());
    }
    assert!((65_536..FLOOD as u64).contains(&taken), "{taken}");
    assert_eq!(count(&app, &check).await, taken);
    assert_eq!(app.get(&format!("/ping/{}", check.uuid)).await.body, "OK");
    assert_eq!(count(&app, &check).await, taken + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_would_take_all_memory_are_turned_away_and_pings_without_one_are_not() {
    let app = start().await;
    let check = check(&app, "backup").await;
    let other = hold_up(&app);
    let body = Bytes::from(vec![b'x'; 10_000_000]);
    let waiting: Vec<_> = (0..LARGE).map(|_| send(&app, &check, &body)).collect();
    let plain = send(&app, &check, &Bytes::new());
    other.execute_batch("ROLLBACK").unwrap();
    let mut outcomes = Vec::new();
    for ping in waiting {
        outcomes.push(ping.await.map(|_| ()));
    }
    assert!(outcomes.contains(&Err(StoreError::Busy)) && outcomes.contains(&Ok(())), "{outcomes:?}");
    plain.await.unwrap();
    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
    assert_eq!(count(&app, &check).await, taken + 1);
}

//! Where checks stand, row by row of the tables that the clients of Healthchecks rely on.

use rig::app::TestApp;
use serde_json::{Value, json};

use super::{ask, begin_empty, create, json as read_json, path_of, ping, post};

/// When the stories look, in minutes after they begin.
const LOOKED_AT: i64 = 40;

/// What a check stored before it began to be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stored {
    Up,
    New,
    Paused,
    Down,
}

use Stored::{Down, New, Paused, Up};

/// A row: what is stored, minutes since the last ping and since the last start, what versions 2 and 3 and what version
/// 1 say, and in how many minutes the next ping is due and the check goes down.
type Row = (Stored, Option<i64>, Option<i64>, &'static str, &'static str, Option<i64>, Option<i64>);

/// Ten minutes of period and five of grace, as nobody has looked at deadlines yet.
const ROWS: [Row; 14] = [
    (Up, Some(3), None, "up", "up", Some(7), Some(12)),
    (Up, Some(12), None, "grace", "grace", Some(-2), Some(3)),
    (Up, Some(20), None, "down", "down", Some(-10), Some(-5)),
    (Up, Some(3), Some(2), "up", "started", Some(-2), Some(3)),
    (Up, Some(12), Some(2), "grace", "started", Some(-2), Some(3)),
    (Up, Some(3), Some(6), "down", "down", Some(-6), Some(-1)),
    (New, None, None, "new", "new", None, None),
    (Paused, Some(20), None, "paused", "paused", None, None),
    (New, None, Some(2), "new", "started", Some(-2), Some(3)),
    (Paused, Some(20), Some(2), "paused", "started", Some(-2), Some(3)),
    (New, None, Some(6), "down", "down", Some(-6), Some(-1)),
    (Paused, Some(20), Some(6), "down", "down", Some(-6), Some(-1)),
    (Down, Some(20), None, "down", "down", None, None),
    (Down, Some(20), Some(2), "down", "started", None, None),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_table_of_states_stands_as_it_says() {
    let app = begin_empty().await;
    let mut checks = Vec::new();
    for _ in ROWS {
        checks.push(create(&app, r#"{"timeout": 600, "grace": 300}"#).await);
    }
    for minute in 0..LOOKED_AT {
        // Nobody who decides is told of the time, as between two looks at the deadlines.
        for (check, (stored, pinged, started, ..)) in checks.iter().zip(ROWS) {
            // The start first: an end that comes later, of a run with an id, leaves it open.
            if started == Some(LOOKED_AT - minute) {
                ping(&app, check, "/start").await;
            }
            if pinged == Some(LOOKED_AT - minute) {
                let rid = "?rid=7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";
                ping(&app, check, &format!("{}{rid}", if stored == Down { "/fail" } else { "" })).await;
                if stored == Paused {
                    assert_eq!(post(&app, &path_of(check, "/pause"), "").await.status, 200);
                }
            }
        }
        app.clock().advance(domain::time::Span::from_minutes(1));
    }
    for (check, row) in checks.iter().zip(ROWS) {
        let (.., later, first, next, deadline) = row;
        for (version, status) in [("v3", later), ("v2", later), ("v1", first)] {
            let seen = of_version(&app, check, version).await;
            assert_eq!(seen["status"], status, "{version}: {row:?}");
            assert_eq!(seen["next_ping"], at_minute(next), "{version}: {row:?}");
            assert_eq!(seen["started"], row.2.is_some(), "{version}: {row:?}");
        }
        let explained = read_json(&ask(&app, "GET", &path_of(check, "/explain")).await);
        assert_eq!(explained["deadline"], at_minute(deadline), "{row:?}");
    }
}

async fn of_version(app: &TestApp, check: &Value, version: &str) -> Value {
    read_json(&ask(app, "GET", &path_of(check, "").replace("v3", version)).await)
}

/// Writes an instant so many minutes after the stories look, which is at a quarter to eight.
fn at_minute(minutes: Option<i64>) -> Value {
    minutes.map_or(Value::Null, |minutes| {
        let minute = 5 + LOOKED_AT + minutes;
        json!(format!("2026-11-21T07:{minute:02}:00+00:00"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_run_is_known_by_its_id() {
    const ONE: &str = "?rid=7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";
    const OTHER: &str = "?rid=00000000-0000-4000-8000-000000000000";
    // The ids of the start and of the end, whether a success and whether a failure leaves it started, and the seconds.
    let rows = [
        ("", "", false, false, Some(7)),
        (ONE, ONE, false, false, Some(7)),
        (ONE, "", false, false, None),
        (ONE, OTHER, true, false, None),
        ("", ONE, true, false, None),
    ];
    let mut app = begin_empty().await;
    for (begun, ended, stays_on_success, stays_on_failure, seconds) in rows {
        for (word, stays, status) in [
            ("", stays_on_success, "up"),
            ("/0", stays_on_success, "up"),
            ("/fail", stays_on_failure, "down"),
        ] {
            let check = create(&app, "{}").await;
            ping(&app, &check, &format!("/start{begun}")).await;
            app.advance(7.4).await;
            ping(&app, &check, &format!("{word}{ended}")).await;
            let seen = super::now(&app, &check).await;
            let story = format!("start{begun}, then {word}{ended}");
            assert_eq!((&seen["started"], &seen["status"]), (&json!(stays), &json!(status)), "{story}");
            assert_eq!(seen.get("last_duration"), seconds.map(|seconds| json!(seconds)).as_ref(), "{story}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_for_the_log_changes_nothing_but_the_count() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"timeout": 600, "grace": 300}"#).await;
    ping(&app, &check, "").await;
    let before = super::now(&app, &check).await;
    app.advance(60.0).await;
    ping(&app, &check, "/log").await;
    let mut after = super::now(&app, &check).await;
    assert_eq!(after["n_pings"], 2);
    after["n_pings"] = 1.into();
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_hangs_is_caught_though_later_ones_end_well() {
    let rid = |run: u32| format!("?rid=00000000-0000-4000-8000-{run:012}");
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"timeout": 600, "grace": 300}"#).await;
    ping(&app, &check, &format!("/start{}", rid(1))).await;
    for run in 2..4 {
        app.advance(60.0).await;
        ping(&app, &check, &format!("/start{}", rid(run))).await;
        app.advance(60.0).await;
        ping(&app, &check, &rid(run)).await;
        assert_eq!(super::now(&app, &check).await["status"], "up", "{run}");
    }
    app.advance_to(299.0).await;
    assert_eq!(super::now(&app, &check).await["status"], "up");
    app.advance_to(302.0).await;
    let explained = read_json(&ask(&app, "GET", &path_of(&check, "/explain")).await);
    assert_eq!((&explained["status"], &explained["reason"]), (&json!("down"), &json!("overrun")));
    assert_eq!(explained["down_since"], "2026-11-21T07:10:00+00:00");
    ping(&app, &check, &rid(4)).await;
    app.advance(60.0).await;
    assert_eq!(super::now(&app, &check).await["status"], "up", "a run that was told of is not told of again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_run_is_limited_apart_from_grace() {
    let mut app = begin_empty().await;
    for (limit, grace, status) in
        [("60", 300, "down"), ("600", 300, "up"), ("null", 300, "up"), ("null", 60, "down")]
    {
        let check =
            create(&app, &format!(r#"{{"timeout": 3600, "grace": {grace}, "max_runtime": {limit}}}"#)).await;
        ping(&app, &check, "").await;
        ping(&app, &check, "/start").await;
        app.advance(120.0).await;
        assert_eq!(super::now(&app, &check).await["status"], status, "{limit} {grace}");
    }
}

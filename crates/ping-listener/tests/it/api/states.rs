//! Where a check stands, by its pings and the clock.

use super::{ask, begin_empty, create, json, now, path_of, ping, post};

/// Minutes of a story.
const MINUTE: f64 = 60.0;

const TEN_AND_FIVE: &str = r#"{"timeout": 600, "grace": 300}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_check_is_late_and_then_down() {
    let mut app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    ping(&app, &check, "").await;
    for (minutes, status, next) in [(3.0, "up", true), (12.0, "grace", true), (20.0, "down", false)] {
        app.advance_to(minutes * MINUTE).await;
        let seen = now(&app, &check).await;
        assert_eq!(
            (seen["status"].as_str(), seen["started"].as_bool()),
            (Some(status), Some(false)),
            "{minutes}"
        );
        assert_eq!(seen["last_ping"], "2026-11-21T07:05:00+00:00");
        let due = if next { "2026-11-21T07:15:00+00:00".into() } else { serde_json::Value::Null };
        assert_eq!(seen["next_ping"], due, "{minutes}");
    }
    ping(&app, &check, "").await;
    assert_eq!(now(&app, &check).await["status"], "up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_counts_from_its_start() {
    let mut app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    ping(&app, &check, "").await;
    app.advance(MINUTE).await;
    ping(&app, &check, "/start").await;
    app.advance(2.0 * MINUTE).await;
    let status = async |app: &rig::app::TestApp, version: &str| {
        json(&ask(app, "GET", &path_of(&check, "").replace("v3", version)).await)["status"].clone()
    };
    assert_eq!(status(&app, "v1").await, "started");
    for version in ["v2", "v3"] {
        assert_eq!(status(&app, version).await, "up");
    }
    let seen = now(&app, &check).await;
    assert_eq!((&seen["started"], &seen["next_ping"]), (&true.into(), &"2026-11-21T07:06:00+00:00".into()));
    app.advance(4.0 * MINUTE).await;
    for version in ["v1", "v2", "v3"] {
        assert_eq!(status(&app, version).await, "down");
    }
    ping(&app, &check, "").await;
    let seen = now(&app, &check).await;
    assert_eq!((&seen["started"], &seen["status"]), (&false.into(), &"up".into()));
    ping(&app, &check, "/start").await;
    app.advance(2.0 * MINUTE).await;
    ping(&app, &check, "").await;
    assert_eq!(now(&app, &check).await["last_duration"], 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_check_that_starts_is_started_in_the_first_version_only() {
    let mut app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    ping(&app, &check, "/start").await;
    let v1 = json(&ask(&app, "GET", &path_of(&check, "").replace("v3", "v1")).await);
    assert_eq!((&v1["status"], &now(&app, &check).await["status"]), (&"started".into(), &"new".into()));
    app.advance(6.0 * MINUTE).await;
    assert_eq!(now(&app, &check).await["status"], "down");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_status_and_a_failure_take_a_check_down() {
    let app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    for (rest, status) in [
        ("/fail", "down"),
        ("/0", "up"),
        ("/1", "down"),
        ("/007", "down"),
        ("", "up"),
        ("/255", "down"),
        ("/log", "down"),
    ] {
        ping(&app, &check, rest).await;
        assert_eq!(now(&app, &check).await["status"], status, "{rest}");
    }
    let seen = now(&app, &check).await;
    assert_eq!((&seen["next_ping"], &seen["n_pings"]), (&serde_json::Value::Null, &7.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_check_waits_for_nobody() {
    let mut app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    ping(&app, &check, "").await;
    ping(&app, &check, "/start").await;
    for body in ["", "{}", "null"] {
        let answer = post(&app, &path_of(&check, "/pause"), body).await;
        assert_eq!((answer.status, &json(&answer)["status"]), (200, &"paused".into()), "{body:?}");
    }
    let seen = now(&app, &check).await;
    assert_eq!((&seen["started"], &seen["next_ping"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(seen["last_ping"], "2026-11-21T07:05:00+00:00");
    app.advance(60.0 * MINUTE).await;
    assert_eq!(now(&app, &check).await["status"], "paused");
    ping(&app, &check, "").await;
    assert_eq!(now(&app, &check).await["status"], "up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_check_is_as_new_and_only_a_paused_one_can_be() {
    let app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    ping(&app, &check, "").await;
    let answer = post(&app, &path_of(&check, "/resume"), "").await;
    assert_eq!((answer.status, answer.body.as_str()), (409, "check is not paused"));
    post(&app, &path_of(&check, "/pause"), "").await;
    let resumed = json(&post(&app, &path_of(&check, "/resume"), "").await);
    assert_eq!(
        (&resumed["status"], &resumed["last_ping"], &resumed["n_pings"]),
        (&"new".into(), &serde_json::Value::Null, &1.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_only_its_owner_ends_outlasts_pings() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"manual_resume": true}"#).await;
    post(&app, &path_of(&check, "/pause"), "").await;
    ping(&app, &check, "").await;
    let seen = now(&app, &check).await;
    assert_eq!((&seen["status"], &seen["n_pings"]), (&"paused".into(), &1.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_moves_the_deadline_and_leaves_the_status() {
    let mut app = begin_empty().await;
    let check = create(&app, TEN_AND_FIVE).await;
    ping(&app, &check, "").await;
    app.advance(12.0 * MINUTE).await;
    let edited = json(&post(&app, &path_of(&check, ""), r#"{"timeout": 1200}"#).await);
    assert_eq!(
        (&edited["status"], &edited["next_ping"]),
        (&"up".into(), &"2026-11-21T07:25:00+00:00".into())
    );
    app.advance(20.0 * MINUTE).await;
    assert_eq!(now(&app, &check).await["status"], "down");
    let edited = json(&post(&app, &path_of(&check, ""), r#"{"timeout": 86400}"#).await);
    assert_eq!(edited["status"], "down");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_by_the_clock_tells_its_next_time_in_utc() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"schedule": "0 12 * * *", "tz": "Europe/Riga", "grace": 60}"#).await;
    ping(&app, &check, "").await;
    assert_eq!(now(&app, &check).await["next_ping"], "2026-11-21T10:00:00+00:00");
    let past = create(&app, r#"{"schedule": "2026-1-1 12:00"}"#).await;
    ping(&app, &past, "").await;
    let seen = now(&app, &past).await;
    assert_eq!((&seen["status"], &seen["next_ping"]), (&"up".into(), &serde_json::Value::Null));
}

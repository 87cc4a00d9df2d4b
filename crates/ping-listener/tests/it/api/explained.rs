//! Why a check stands as it does, in JSON and in words.

use serde_json::Value;

use super::{ask, begin, begin_empty, create, json, path_of, ping, post, read};

async fn explained(app: &rig::app::TestApp, check: &Value) -> (Value, String) {
    let explained = json(&ask(app, "GET", &path_of(check, "/explain")).await);
    let paragraph = explained["paragraph"].as_str().unwrap().to_owned();
    (explained, paragraph)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_fell_silent_is_explained() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"name": "export", "timeout": 600, "grace": 300, "channels": "*"}"#).await;
    let (_, words) = explained(&app, &check).await;
    assert!(words.starts_with("“export” is new: it has not pinged yet."), "{words}");
    ping(&app, &check, "").await;
    let (json, words) = explained(&app, &check).await;
    assert!(words.contains("“export” is up. It last told how it is at 2026-11-21 07:05:00 UTC, with ping 1, which said success."), "{words}");
    assert!(
        words.contains(
            "the next ping is due at 2026-11-21 07:15:00 UTC, and it goes down at 2026-11-21 07:20:00 UTC."
        ),
        "{words}"
    );
    assert_eq!((&json["deadline"], &json["status"]), (&"2026-11-21T07:20:00+00:00".into(), &"up".into()));
    app.advance(1_200.0).await;
    let (json, words) = explained(&app, &check).await;
    assert!(
        words.contains("is down since 2026-11-21 07:20:00 UTC, because no ping had come in time."),
        "{words}"
    );
    assert!(
        words.contains(
            "The latest mail about it, an alert for you@example.org, was decided at 2026-11-21 07:20:"
        ),
        "{words}"
    );
    assert_eq!(
        (&json["reason"], &json["down_since"]),
        (&"silence".into(), &"2026-11-21T07:20:00+00:00".into())
    );
    assert_eq!((&json["told"][0]["state"], &json["pings"][0]["n"]), (&"sent".into(), &1.into()));
    let reader = read(&app, &path_of(&check, "/explain")).await;
    assert!(!reader.body.contains("you@example.org"), "{}", reader.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_a_run_and_a_pause_are_explained() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"schedule": "0 2 * * *", "tz": "Europe/Riga", "grace": 900}"#).await;
    ping(&app, &check, "/fail").await;
    let (_, words) = explained(&app, &check).await;
    assert!(words.contains("because a ping said that a run had failed."), "{words}");
    assert!(words.contains("(0 2 * * *, by the clocks of Europe/Riga), with a grace of"), "{words}");
    ping(&app, &check, "").await;
    ping(&app, &check, "/start").await;
    app.advance(60.0).await;
    let (json, words) = explained(&app, &check).await;
    assert!(
        words.contains("A run has begun at 2026-11-21 07:05:00 UTC and is not known to have ended"),
        "{words}"
    );
    assert_eq!(json["runs"][0]["since"], "2026-11-21T07:05:00+00:00");
    app.advance(1_000.0).await;
    let (json, words) = explained(&app, &check).await;
    assert!(words.contains("because a run that had begun did not end in time."), "{words}");
    assert_eq!(json["reason"], "overrun");
    post(&app, &path_of(&check, "/pause"), "").await;
    let (_, words) = explained(&app, &check).await;
    assert!(words.contains("is paused: nobody waits for it until its next ping."), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_downtime_is_told_where_it_moved_a_deadline() {
    let mut app = begin().await;
    let check = create(&app, r#"{"timeout": 600, "grace": 300}"#).await;
    ping(&app, &check, "").await;
    app.advance(60.0).await;
    let app = app.kill(|clock| clock.advance(domain::time::Span::from_seconds(120))).await;
    let (json, words) = explained(&app, &check).await;
    assert!(words.contains("This server itself did not listen once since then; the deadline is"), "{words}");
    assert!(100.0 < json["extended"].as_f64().unwrap(), "{json}");
    assert_eq!(json["gaps"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_the_config_is_explained_too() {
    let mut app = begin().await;
    let check = json(&ask(&app, "GET", "/api/v3/checks/").await)["checks"][0].clone();
    app.pings("front+door").await;
    app.advance(20.0).await;
    let (_, words) = explained(&app, &check).await;
    assert!(
        words.starts_with(
            "“front door” is down since 2026-11-21 07:05:04 UTC, because no ping had come in time."
        ),
        "{words}"
    );
    assert!(words.contains("an alert for you@example.org"), "{words}");
}

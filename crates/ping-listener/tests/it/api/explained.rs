//! Why a check stands as it does, in JSON and in words.

use rig::app::{config, user};
use serde_json::Value;

use super::{ask, begin, begin_empty, create, json, path_of, ping, post, read, setup};

/// A user that nobody waits for.
const QUIET: &str = r#""attic": {"monitor": false, "max_sleep": 3, "email_frequency": 60}"#;

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
    assert_eq!(
        words,
        "“export” is up. Its latest ping, number 1, was a success and came at 2026-11-21 07:05:00 UTC. \
         It is expected to ping every 10 min, with a grace of 5 min; the next ping is due at \
         2026-11-21 07:15:00 UTC, and without one it goes down at 2026-11-21 07:20:00 UTC. \
         Nobody was mailed about it in the last seven days."
    );
    assert_eq!((&json["deadline"], &json["status"]), (&"2026-11-21T07:20:00+00:00".into(), &"up".into()));
    app.advance(1_200.0).await;
    let (json, words) = explained(&app, &check).await;
    assert!(
        words.contains("“export” has been down since 2026-11-21 07:20:00 UTC, because no ping came in time."),
        "{words}"
    );
    assert!(
        words.contains(
            "The latest mail about it, an alert, was decided at 2026-11-21 07:20:00 UTC for you@example.org (sent)."
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
        words.contains(
            "A run began at 2026-11-21 07:05:00 UTC and is not known to have ended; it may take 15 min."
        ),
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
    let mut app = app.kill(|clock| clock.advance(domain::time::Span::from_seconds(120))).await;
    let (json, words) = explained(&app, &check).await;
    let away = "Meanwhile this server itself was away once and heard no pings; for that the deadline is ";
    assert!(words.contains(away), "{words}");
    assert!(100.0 < json["extended"].as_f64().unwrap(), "{json}");
    assert_eq!(json["gaps"].as_array().unwrap().len(), 1);
    app.advance(2_000.0).await;
    let app = app.kill(|clock| clock.advance(domain::time::Span::from_seconds(120))).await;
    let (json, words) = explained(&app, &check).await;
    assert!(words.contains("Meanwhile this server itself was away once and heard no pings; for that the deadline was 3 min later."), "{words}");
    assert_eq!(json["gaps"].as_array().unwrap().len(), 1, "what comes after it went down explains nothing");
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
            "“front door” has been down since 2026-11-21 07:05:04 UTC, because no ping came in time."
        ),
        "{words}"
    );
    assert!(
        words.contains("an alert, was decided at 2026-11-21 07:05:05 UTC for you@example.org (sent)."),
        "{words}"
    );
    assert!(words.contains("It is expected to ping every 4.5 s, without grace."), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_waited_for_is_explained_as_such() {
    let app = setup(config("", &format!("{QUIET}, {}", user("door", 4.5, 60.0, "")))).start().await;
    let quiet = json(&ask(&app, "GET", "/api/v3/checks/").await)["checks"][0].clone();
    let (_, words) = explained(&app, &quiet).await;
    assert_eq!(
        words,
        "“attic” is not monitored, by the config: nobody waits for its pings. It has been known here since \
         2026-11-21 07:05:00 UTC. Nobody was mailed about it in the last seven days."
    );
    let over = create(&app, r#"{"schedule": "2026-1-1 12:00"}"#).await;
    ping(&app, &over, "").await;
    let (_, words) = explained(&app, &over).await;
    assert!(words.contains("; no further ping is due."), "{words}");
    assert!(words.ends_with("Nobody is mailed about it: it has no channel."), "{words}");
    let lines = create(&app, r#"{"schedule": "12:00\n13:00"}"#).await;
    let (_, words) = explained(&app, &lines).await;
    assert!(words.contains("(12:00; 13:00, by the clocks of UTC)") && !words.contains('\n'), "{words}");
    assert!(words.contains("; until its first success or failure nothing is awaited."), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_has_told_no_end_yet_is_not_said_to_have_been_silent() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"name": "job", "max_runtime": 60}"#).await;
    for rest in ["/log", "/start?rid=7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55", "/start"] {
        ping(&app, &check, rest).await;
    }
    let (_, words) = explained(&app, &check).await;
    let new = "“job” is new: no success and no failure has come since it was made or resumed. \
               Its latest ping, number 3, was the start of a run and came at 2026-11-21 07:05:00 UTC.";
    assert!(words.starts_with(new), "{words}");
    assert!(
        words.contains("; unless it reports before, it goes down at 2026-11-21 07:06:00 UTC."),
        "{words}"
    );
    let runs = "2 runs have begun and are not known to have ended, the first at 2026-11-21 07:05:00 UTC; \
                each may take 1 min.";
    assert!(words.contains(runs), "{words}");
    ping(&app, &check, "/fail").await;
    ping(&app, &check, "/log").await;
    let (_, words) = explained(&app, &check).await;
    assert!(words.contains("; its last success or failure came at 2026-11-21 07:05:00 UTC."), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_was_mailed_is_named() {
    let both =
        r#""recipient": ["you@example.org", "me@example.org"], "public_url": "https://pings.example.org""#;
    let app = setup(format!(r#"{{{both}, "users": {{}}}}"#)).start().await;
    let check = create(&app, r#"{"channels": "*"}"#).await;
    ping(&app, &check, "/fail").await;
    let (told, words) = explained(&app, &check).await;
    assert_eq!(told["told"].as_array().unwrap().len(), 2);
    for name in ["you@example.org (waiting to be sent)", "me@example.org (waiting to be sent)"] {
        assert!(words.contains(name), "{words}");
    }
    let reader = json(&read(&app, &path_of(&check, "/explain")).await)["paragraph"].clone();
    assert!(
        reader
            .as_str()
            .unwrap()
            .ends_with("for a recipient (waiting to be sent), a recipient (waiting to be sent)."),
        "{reader}"
    );
}

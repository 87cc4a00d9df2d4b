//! Who is mailed about checks that are made over the API, and what the mails say.

use rig::app::TestApp;
use serde_json::Value;

use super::{ask, begin_empty, create, path_of, ping, post};

const QUARTER: &str = r#"{"name": "job", "timeout": 600, "grace": 300, "channels": "*"}"#;

/// Returns the subjects of all mails so far, oldest first.
async fn subjects(app: &mut TestApp) -> Vec<String> {
    app.advance(5.0).await;
    app.mails().await.into_iter().map(|mail| mail.subject).collect()
}

async fn pause(app: &TestApp, check: &Value) {
    assert_eq!(post(app, &path_of(check, "/pause"), "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_down_is_told_and_the_way_up_from_there() {
    // What comes before, and the way itself.
    for (before, rest, told) in [
        ("", "", &[][..]),
        ("", "/fail", &["job is down"]),
        ("", "/start", &["job is down"]),
        ("up", "/fail", &["job is down"]),
        ("up", "silence", &["job is down"]),
        ("down", "", &["job is down", "job is up again"]),
        ("down", "/fail", &["job is down"]),
        ("paused", "", &[]),
        ("paused", "/fail", &["job is down"]),
        ("paused", "/start", &["job is down"]),
        ("paused", "silence", &[]),
    ] {
        let mut app = begin_empty().await;
        let check = create(&app, QUARTER).await;
        match before {
            "up" => ping(&app, &check, "").await,
            "down" => ping(&app, &check, "/fail").await,
            "paused" => pause(&app, &check).await,
            _ => {}
        }
        app.advance(5.0).await;
        if rest != "silence" {
            ping(&app, &check, rest).await;
        }
        // Longer than a run may take and than the silence is borne; who just pinged has to go on.
        app.advance(400.0).await;
        if rest.is_empty() {
            ping(&app, &check, "").await;
        }
        app.advance(550.0).await;
        assert_eq!(subjects(&mut app).await, told, "{before}, then {rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_and_a_resume_are_history_only() {
    let mut app = begin_empty().await;
    let check = create(&app, QUARTER).await;
    ping(&app, &check, "").await;
    pause(&app, &check).await;
    assert_eq!(post(&app, &path_of(&check, "/resume"), "").await.status, 200);
    app.advance(10_000.0).await;
    assert!(subjects(&mut app).await.is_empty());
    let flips = super::json(&ask(&app, "GET", &path_of(&check, "/flips/")).await);
    assert_eq!(flips["flips"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_puts_the_deadline_into_the_past_is_told_like_any_silence() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"name": "job", "channels": "*"}"#).await;
    ping(&app, &check, "").await;
    app.advance(1_000.0).await;
    let edited = super::json(&post(&app, &path_of(&check, ""), r#"{"timeout": 600, "grace": 300}"#).await);
    assert_eq!(edited["status"], "down");
    assert_eq!(subjects(&mut app).await, ["job is down"]);
    let flips = super::json(&ask(&app, "GET", &path_of(&check, "/flips/")).await);
    assert_eq!(flips["flips"][0]["timestamp"], "2026-11-21T07:20:00+00:00", "it is dated at the deadline");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_of_a_check_without_a_channel() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"name": "job"}"#).await;
    ping(&app, &check, "/fail").await;
    assert!(subjects(&mut app).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_says_what_was_wrong_for_how_long_and_what_the_last_ping_had_to_say() {
    let mut app = begin_empty().await;
    let schedule = r#""schedule": "0 2 * * *", "tz": "Europe/Kyiv", "grace": 900, "max_runtime": 7200"#;
    let check =
        create(&app, &format!(r#"{{"name": "export", "tags": "etl", {schedule}, "channels": "*"}}"#)).await;
    let target = |rest: &str| format!("/ping/{}{rest}", check["uuid"].as_str().unwrap());
    ping(&app, &check, "/start").await;
    app.advance(8.0).await;
    let client = [("user-agent", "curl/8.5.0")];
    assert_eq!(app.post(&target("/3"), &client, "dump: disk full\n<b>give up</b>\n").await.status, 200);
    app.advance(3_600.0).await;
    assert_eq!(app.post(&target(""), &client, &"a row\n".repeat(5_000)).await.status, 200);
    app.advance(5.0).await;
    let mails = app.mails().await;
    let [down, up] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!((&*down.subject, &*down.recipient), ("export is down", "you@example.org"));
    let expected =
        "Expected: at 02:00 every day (Europe/Kyiv time), with 15 min of grace, and at most 2 h a run\n";
    for words in [
        "Check export\nhas been down since 2026-11-21 09:05:08.000000:\na run failed with exit status 3.\n",
        expected,
        "Tags: etl\n",
        "Last ping: number 2, a failure with exit status 3, at 2026-11-21 09:05:08\n",
        "Its run took: 8 s\n",
        "It came by: HTTP POST from 127.0.0.1 by curl/8.5.0\n",
        "The last ping said:\n\n    dump: disk full\n    <b>give up</b>\n",
    ] {
        assert!(down.text.contains(words), "{words}: {}", down.text);
    }
    assert_eq!(up.subject, "export is up again");
    for words in [
        "has been up again since 2026-11-21 10:05:08.000000\nafter a downtime of 1 h, since 2026-11-21 09:05:08.000000.\n",
        "Reason it was down: a ping said that it failed\n",
        expected,
        "Last ping: number 3, a success, at 2026-11-21 10:05:08\n",
        "The rest of it is left out here.\n",
    ] {
        assert!(up.text.contains(words), "{words}: {}", up.text);
    }
    assert_eq!(up.text.matches("    a row\n").count(), 200);
}

//! Snoozes over the API.

use super::{READ_KEY, ask, begin, create, json, now, path_of, post};

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_snoozed_and_its_snooze_ended() {
    let app = begin().await;
    let made = create(&app, r#"{"name": "job"}"#).await;
    let declared = json(&ask(&app, "GET", "/api/v3/checks/").await)["checks"][0].clone();
    for check in [&made, &declared] {
        for version in ["v1", "v2", "v3"] {
            let path = path_of(check, "/snooze?for=20m").replace("/v3/", &format!("/{version}/"));
            assert_eq!(json(&post(&app, &path, "").await)["snoozed_until"], "2026-11-21T07:25:00+00:00");
        }
        let explained = json(&ask(&app, "GET", &path_of(check, "/explain")).await);
        assert_eq!(explained["snoozed_until"], "2026-11-21T07:25:00+00:00");
        let words = explained["paragraph"].as_str().unwrap();
        assert!(
            words.contains("Mails about it wait until 2026-11-21 07:25:00 UTC: it is snoozed."),
            "{words}"
        );
        let ended = post(&app, &path_of(check, "/snooze?for=0"), "").await;
        assert_eq!((ended.status, ended.body.as_str()), (200, r#"{"snoozed_until":null}"#));
        let explained = json(&ask(&app, "GET", &path_of(check, "/explain")).await);
        assert_eq!(explained["snoozed_until"], serde_json::Value::Null);
        assert_eq!(now(&app, check).await["status"], "new");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_snooze_is_told_why() {
    let app = begin().await;
    let check = create(&app, r#"{"name": "job"}"#).await;
    for query in ["", "?for=", "?for=20", "?for=31d", "?for=-1m", "?for=1w", "?for=m", "?for=1.5h"] {
        let answer = post(&app, &path_of(&check, &format!("/snooze{query}")), "").await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(json(&answer)["error"].as_str().unwrap().starts_with("parameter for is a number"), "{query}");
    }
    let path = path_of(&check, "/snooze?for=20m");
    assert_eq!(app.post(&path, &[("x-api-key", READ_KEY)], "").await.status, 401);
    assert_eq!(ask(&app, "GET", &path).await.status, 405);
    ask(&app, "DELETE", &path_of(&check, "")).await;
    assert_eq!(post(&app, &path, "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_silence_is_told_when_the_snooze_ends() {
    let mut app = begin().await;
    let check = json(&ask(&app, "GET", "/api/v3/checks/").await)["checks"][0].clone();
    post(&app, &path_of(&check, "/snooze?for=20m"), "").await;
    app.advance(60.0).await;
    assert_eq!(now(&app, &check).await["status"], "down");
    assert_eq!(app.mails().await.len(), 0);
    app.advance(1_150.0).await;
    assert_eq!(app.mails().await.len(), 1);
}

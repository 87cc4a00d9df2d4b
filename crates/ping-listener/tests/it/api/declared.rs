//! Checks of the config: listed like any other, and changed only where they are declared.

use super::{KEY, ask, begin, json, now, path_of, post, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_the_config_is_listed_like_any_other() {
    let mut app = begin().await;
    let list = json(&ask(&app, "GET", "/api/v3/checks/").await);
    let check = &list["checks"][0];
    assert_eq!(
        (&check["name"], &check["slug"], &check["status"]),
        (&"front door".into(), &"front-door".into(), &"new".into())
    );
    assert_eq!((&check["timeout"], &check["grace"]), (&5.into(), &0.into()));
    app.pings("front+door").await;
    let seen = now(&app, check).await;
    assert_eq!((&seen["status"], &seen["n_pings"]), (&"up".into(), &1.into()));
    assert_eq!(seen["last_ping"], "2026-11-21T07:05:00+00:00");
    assert_eq!(seen["next_ping"], "2026-11-21T07:05:04+00:00");
    app.advance(20.0).await;
    assert_eq!(now(&app, check).await["status"], "down");
    let flips = json(&read(&app, &path_of(check, "/flips/")).await);
    assert_eq!(flips["flips"][0]["up"], 0);
    let uuid = check["uuid"].as_str().unwrap();
    assert_eq!(app.get(&format!("/ping/{uuid}")).await.body, "OK");
    assert_eq!(now(&app, check).await["status"], "up");
    assert_eq!(now(&app, check).await["n_pings"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_its_uuid_over_a_restart() {
    let app = begin().await;
    let before = json(&ask(&app, "GET", "/api/v3/checks/").await);
    let app = app.restart(|_| ()).await;
    let after = json(&ask(&app, "GET", "/api/v3/checks/").await);
    assert_eq!(before["checks"][0]["uuid"], after["checks"][0]["uuid"]);
    assert_eq!(before["checks"][0]["badge_url"], after["checks"][0]["badge_url"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_change_it_is_told_where_it_is_declared() {
    let app = begin().await;
    app.reload("{\"recipient\": \"you@example.org\", \"public_url\": \"https://pings.example.org\",\n\n \"users\": {\n  \
               \"front door\": {\"monitor\": true, \"max_sleep\": 4.5, \"email_frequency\": 60}}}").await;
    let check = json(&ask(&app, "GET", "/api/v3/checks/").await)["checks"][0].clone();
    for (method, rest) in [("POST", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume")] {
        let answer = app.ask(method, &path_of(&check, rest), &[("x-api-key", KEY)]).await;
        assert_eq!(answer.status, 403, "{method} {rest}");
        let error = json(&answer)["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with("this check is declared in /"), "{error}");
        assert!(error.ends_with("config.json, line 4; change it there"), "{error}");
    }
    // Before what is wrong with the request itself.
    assert_eq!(post(&app, &path_of(&check, ""), r#"{"name": 7}"#).await.status, 403);
    assert_eq!(now(&app, &check).await["name"], "front door");
}

//! Which key opens what, where it is looked for, and in which order mistakes are told.

use super::{KEY, PING_KEY, READ_KEY, ask, begin_empty, create, json, path_of, post, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_reading_opens_what_tells_no_secret() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    let of = |rest: &str| path_of(&check, rest);
    for target in
        ["/api/v3/checks/".to_owned(), of(""), of("/flips/"), of("/explain"), "/api/v3/badges/".to_owned()]
    {
        assert_eq!(read(&app, &target).await.status, 200, "{target}");
        assert_eq!(ask(&app, "GET", &target).await.status, 200, "{target}");
    }
    for (method, target) in [
        ("POST", "/api/v3/checks/".to_owned()),
        ("POST", of("")),
        ("DELETE", of("")),
        ("POST", of("/pause")),
        ("POST", of("/resume")),
        ("GET", of("/pings/")),
        ("GET", of("/pings/1/body")),
        ("GET", "/api/v3/channels/".to_owned()),
    ] {
        let answer = app.ask(method, &target, &[("x-api-key", READ_KEY)]).await;
        assert_eq!(
            (answer.status, json(&answer)["error"].as_str()),
            (401, Some("wrong api key")),
            "{target}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_missing_or_wrong() {
    let app = begin_empty().await;
    let long = format!("{KEY}x");
    for (key, error) in [
        ("", "missing api key"),
        ("short", "missing api key"),
        (long.as_str(), "missing api key"),
        (PING_KEY, "missing api key"),
        ("00000000000000000000000000000000", "wrong api key"),
    ] {
        let answer = app.ask("GET", "/api/v3/checks/", &[("x-api-key", key)]).await;
        assert_eq!((answer.status, json(&answer)["error"].as_str()), (401, Some(error)), "{key}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    for target in [format!("/api/v3/checks/?api_key={KEY}"), "/api/v3/checks/".to_owned()] {
        let bearer = format!("Bearer {KEY}");
        let answer = app.ask("GET", &target, &[("authorization", &bearer)]).await;
        assert_eq!(json(&answer)["error"], "missing api key", "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_body_counts_where_the_header_has_none() {
    let app = begin_empty().await;
    let body = format!(r#"{{"api_key": "{KEY}", "name": "by body"}}"#);
    assert_eq!(app.post("/api/v3/checks/", &[], &body).await.status, 201);
    let answer = app.post("/api/v3/checks/", &[("x-api-key", "bad")], &body).await;
    assert_eq!((answer.status, json(&answer)["error"].as_str()), (401, Some("missing api key")));
    for body in [r#"{"api_key": 7}"#, "{}", ""] {
        let answer = app.post("/api/v3/checks/", &[], body).await;
        assert_eq!(json(&answer)["error"], "missing api key", "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_in_their_order() {
    let app = begin_empty().await;
    let unknown = "/api/v3/checks/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";
    // The method, before the body and the key.
    assert_eq!(app.ask("PUT", unknown, &[]).await.status, 405);
    // The body, before the key.
    for (body, error) in [
        ("{", "could not parse request body"),
        ("[]", "json validation error: value is not an object"),
        ("null", "json validation error: value is not an object"),
    ] {
        for target in ["/api/v3/checks/".to_owned(), unknown.to_owned(), format!("{unknown}/resume")] {
            let answer = app.post(&target, &[], body).await;
            assert_eq!(
                (answer.status, json(&answer)["error"].as_str()),
                (400, Some(error)),
                "{target} {body}"
            );
        }
    }
    // The key, before the check.
    let wrong = r#"{"name": 7}"#;
    assert_eq!(app.post(unknown, &[], wrong).await.status, 401);
    // The check, before the members.
    let answer = post(&app, unknown, wrong).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (404, ""));
    let check = create(&app, "{}").await;
    let answer = post(&app, &path_of(&check, ""), wrong).await;
    assert_eq!(json(&answer)["error"], "json validation error: name is not a string");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_key_is_not_slowed_for_mistakes() {
    let app = begin_empty().await;
    for _ in 0..150 {
        assert_eq!(post(&app, "/api/v3/checks/", r#"{"name": 7}"#).await.status, 400);
    }
    let mut statuses = Vec::new();
    for _ in 0..150 {
        statuses.push(app.get("/api/v3/checks/").await.status);
    }
    assert!(statuses.starts_with(&[401]) && statuses.ends_with(&[429]), "{statuses:?}");
}

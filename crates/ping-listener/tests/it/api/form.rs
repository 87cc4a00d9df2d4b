//! The form of answers: headers, addresses, methods, and signs beyond ASCII.

use super::{ask, begin, begin_empty, create, json, path_of, post, read};

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_may_ask() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    for (target, methods) in [
        ("/api/v3/checks/".to_owned(), "GET, POST, OPTIONS"),
        (path_of(&check, ""), "GET, POST, DELETE, OPTIONS"),
        (path_of(&check, "/pause"), "POST, OPTIONS"),
        (path_of(&check, "/resume"), "POST, OPTIONS"),
        (path_of(&check, "/pings/"), "GET, OPTIONS"),
        (path_of(&check, "/flips/"), "GET, OPTIONS"),
        ("/api/v1/channels/".to_owned(), "GET, OPTIONS"),
        ("/api/v2/badges/".to_owned(), "GET, OPTIONS"),
    ] {
        let options = app.ask("OPTIONS", &target, &[]).await;
        assert_eq!((options.status, options.body.as_str()), (204, ""), "{target}");
        for answer in [options, app.ask("PATCH", &target, &[]).await, ask(&app, "HEAD", &target).await] {
            assert_eq!(answer.body, "", "{target}");
            assert!([204, 405].contains(&answer.status), "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{target}");
            assert_eq!(answer.header("access-control-allow-headers"), "X-Api-Key", "{target}");
            assert_eq!(answer.header("access-control-allow-methods"), methods, "{target}");
            assert_eq!(answer.header("access-control-max-age"), "600", "{target}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_its_slash_leads_to_the_one_with_it() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    for target in [
        "/api/v3/checks".to_owned(),
        "/api/v1/channels".to_owned(),
        "/api/v2/badges".to_owned(),
        path_of(&check, "/pings"),
        path_of(&check, "/flips"),
    ] {
        for method in ["GET", "POST"] {
            let answer = app.ask(method, &format!("{target}?tag=a%20b"), &[]).await;
            assert_eq!((answer.status, answer.header("location")), (301, &*format!("{target}/?tag=a%20b")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_does_not_exist_is_a_plain_404() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    let uuid = check["uuid"].as_str().unwrap();
    for target in [
        path_of(&check, "/"),
        format!("/api/v4/checks/{uuid}"),
        format!("/api/v3/checks/{}", uuid.to_uppercase()),
        format!("/api/v3/checks/{}", uuid.replace('-', "")),
        "/api/v3/checks/x".to_owned(),
        "/api/v3/other/".to_owned(),
        "/api/v3/checks/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55".to_owned(),
    ] {
        let answer = ask(&app, "GET", &target).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (404, ""), "{target}");
    }
    // A unique key opens what a key for reading opens, and is no address of anything else.
    let unique_key = json(&read(&app, &path_of(&check, "")).await)["unique_key"].as_str().unwrap().to_owned();
    for (method, rest) in
        [("POST", "pause"), ("POST", "resume"), ("GET", "pings/"), ("POST", "pings/"), ("OPTIONS", "pings/")]
    {
        let answer = ask(&app, method, &format!("/api/v3/checks/{unique_key}/{rest}")).await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (404, ""),
            "{method} {rest}"
        );
    }
    // Some clients look first whether the base of pings is that of the API.
    for target in ["/ping/checks", "/ping/api/v3/checks/", "/checks"] {
        assert_eq!(app.get(target).await.status, 404, "{target}");
    }
    let answer = ask(&app, "GET", &format!("/api/v3/checks/{}", "a".repeat(40))).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, ""));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_beyond_ascii_are_escaped() {
    let app = begin_empty().await;
    let answer = post(&app, "/api/v3/checks/", r#"{"name": "Ünï 🌱 \" \\ 日"}"#).await;
    assert!(answer.body.is_ascii(), "{}", answer.body);
    assert!(answer.body.contains(r#""\u00dcn\u00ef \ud83c\udf31 \" \\ \u65e5""#), "{}", answer.body);
    assert_eq!(json(&answer)["name"], "Ünï 🌱 \" \\ 日");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_may_carry_a_body_and_a_post_no_type() {
    let app = begin().await;
    let key = [("x-api-key", super::KEY)];
    let answer = rig::client::request(app.address(), "GET", "/api/v3/checks/", &key, "null").await;
    assert_eq!(answer.status, 200);
    let form = [("x-api-key", super::KEY), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(app.post("/api/v3/checks/", &form, r#"{"name": "a"}"#).await.status, 201);
    assert_eq!(post(&app, "/api/v3/checks/", "").await.status, 201);
}

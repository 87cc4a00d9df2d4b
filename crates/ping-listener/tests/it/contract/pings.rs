//! What a device that pings is answered.

use rig::app::{Setup, config, start, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_with_the_local_time_at_which_it_was_taken() {
    let mut app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    app.advance(7.9).await;
    let answer = app.ping("test").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "26/11/21 09:05:07"));
    assert!(answer.header("content-type").starts_with("text/plain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn get_head_and_post_are_taken_and_a_body_is_never_in_the_way() {
    let app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    let head = app.ask("HEAD", "/ping?username=test", &[]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let post = app.post("/ping?username=test", &form, &"%ff&".repeat(1_000)).await;
    assert_eq!((post.status, post.body.as_str()), (200, "26/11/21 09:05:00"));
    let zipped = app.post("/ping?username=test", &[("content-encoding", "gzip")], "no gzip").await;
    assert_eq!(zipped.status, 200);
    assert_eq!(app.log("test", "26-11-21").await, ["09:05:00"; 3]);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = app.ask(method, "/ping?username=test", &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST"), "{method}");
    }
    assert_eq!(app.log("test", "26-11-21").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_read_decoded_and_by_case_and_the_first_counts() {
    let users = [user("a b", 10.0, 60.0, ""), user("ā+&", 10.0, 60.0, ""), user("b", 10.0, 60.0, "")];
    let app = start(config("", &users.join(","))).await;
    for (query, name) in [
        ("username=a+b", "a+b"),
        ("username=a%20b&username=b", "a+b"),
        ("other=b&username=a+b", "a+b"),
        ("username=%C4%81%2B%26", "%C4%81%2B%26"),
    ] {
        let before = app.log(name, "26-11-21").await.len();
        assert_eq!(app.get(&format!("/ping?{query}")).await.status, 200, "{query}");
        assert_eq!(app.log(name, "26-11-21").await.len(), before + 1, "{query}");
    }
    assert!(app.log("b", "26-11-21").await.is_empty());
    for query in ["username=A+b", "username=a", "username=a%2Bb", "username=a%00b", "username=a+b+"] {
        assert_eq!(app.get(&format!("/ping?{query}")).await.status, 404, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_for_nobody_is_refused_and_never_a_fault_of_the_server() {
    let app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    for query in
        ["", "?", "?username", "?username=", "?username=&username=test", "?user=test", "?username=%ff"]
    {
        let answer = app.get(&format!("/ping{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.header("content-type").starts_with("text/plain"));
    }
    assert_eq!(app.ping("nobody").await.status, 404);
    assert_eq!(app.get("/ping/?username=test").await.status, 404);
    assert!(app.log("test", "26-11-21").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_cannot_keep_a_device_alive() {
    let app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    let target = "/ping?username=test";
    assert_eq!(app.ask("GET", target, &[("sec-fetch-site", "cross-site")]).await.status, 403);
    assert!(app.log("test", "26-11-21").await.is_empty());
    for site in ["same-origin", "none"] {
        assert_eq!(app.ask("GET", target, &[("sec-fetch-site", site)]).await.status, 200, "{site}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_code_is_run_for_anybody() {
    let app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    let body = r#"{"password": "open sesame", "code": "1"}"#;
    for target in ["/exec_debug", "/exec_debug/", "/EXEC_DEBUG"] {
        assert_eq!(app.get(target).await.status, 404, "{target}");
        let origin = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        assert_eq!(app.post(target, &origin, body).await.status, 404, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_an_answer_is_the_local_one() {
    let setup = Setup::new(config("", &user("test", 10.0, 60.0, ""))).at("2026-12-31T22:30:00Z");
    let app = setup.start().await;
    assert_eq!(app.ping("test").await.body, "27/01/01 00:30:00");
}

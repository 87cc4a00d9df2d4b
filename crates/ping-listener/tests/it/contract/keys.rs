//! Users with a ping key: who may ping for them, and who may read their logs.

use rig::app::{TestApp, config, logs_target, start, user};

const KEY: &str = "correct-horse";

async fn keyed() -> TestApp {
    start(config("", &user("test", 3.0, 60.0, r#", "ping_key": "correct-horse""#))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_taken_from_the_query_and_from_the_header() {
    let app = keyed().await;
    assert_eq!(app.get("/ping?username=test&key=correct-horse").await.status, 200);
    assert_eq!(app.get("/ping?key=correct%2Dhorse&username=test").await.status, 200);
    assert_eq!(app.ask("GET", "/ping?username=test", &[("x-ping-key", KEY)]).await.status, 200);
    let log = app.ask("GET", &logs_target("test", "26-11-21"), &[("x-ping-key", KEY)]).await;
    assert_eq!(log.body, r#"["09:05:00", "09:05:00", "09:05:00"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_answered_like_a_name_that_nobody_has() {
    let app = keyed().await;
    let without_date = |mut answer: rig::client::Answer| {
        answer.headers.retain(|(name, _)| name != "date");
        answer
    };
    let unknown = without_date(app.ping("nobody").await);
    assert_eq!(unknown.status, 404);
    for key in ["", "&key=", "&key=correct-hors", "&key=correct-horse2", "&key=Correct-horse"] {
        let answer = app.get(&format!("/ping?username=test{key}")).await;
        assert_eq!(without_date(answer), unknown, "{key}");
    }
    let header = app.ask("GET", "/ping?username=test", &[("x-ping-key", "wrong-key")]).await;
    assert_eq!(without_date(header), unknown);
    let unknown = without_date(app.get(&logs_target("nobody", "26-11-21")).await);
    let refused = without_date(app.get(&logs_target("test", "26-11-21")).await);
    assert_eq!(refused, unknown);
    let log = app.ask("GET", &logs_target("test", "26-11-21"), &[("x-ping-key", KEY)]).await;
    assert_eq!(log.body, "[]", "no ping without the key was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_in_a_mail_opens_its_one_day_and_never_carries_the_key() {
    let mut app = keyed().await;
    assert_eq!(app.ask("GET", "/ping?username=test", &[("x-ping-key", KEY)]).await.status, 200);
    app.advance(5.0).await;
    let mails = app.mails().await;
    let text = &mails.first().expect("the silence was told").text;
    assert!(!text.contains(KEY), "{text}");
    let link = text.lines().find_map(|line| line.strip_prefix("Request logs at https://pings.example.org"));
    let link = link.expect("the mail has a link");
    assert_eq!(app.get(link).await.body, r#"["09:05:00"]"#);
    for other in [
        link.replace("day=21", "day=20"),
        link.replace("username=test", "username=nobody"),
        link.rsplit_once("&signature=").unwrap().0.to_owned(),
        format!("{}x", &link[..link.len() - 1]),
        link.replace("/logs?", "/ping?"),
    ] {
        assert_eq!(app.get(&other).await.status, 404, "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_reads_the_log_and_never_sees_the_key() {
    let app = keyed().await;
    for target in [logs_target("test", "26-11-21"), "/".to_owned()] {
        let page = app.page(&target).await;
        assert!(page.contains("test") && !page.contains(KEY), "{page}");
    }
}

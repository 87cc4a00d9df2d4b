//! What `/logs` says of a day, in each of its formats.

use rig::app::{TestApp, config, logs_target, start, user};

async fn pinged_twice() -> TestApp {
    let mut app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    app.advance(1.0).await;
    app.pings("test").await;
    app.advance(5.5).await;
    app.pings("test").await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_reads_as_json_as_text_and_as_a_page() {
    let app = pinged_twice().await;
    let target = logs_target("test", "26-11-21");
    let json = app.get(&target).await;
    assert_eq!(json.body, r#"["09:05:01", "09:05:06"]"#);
    assert_eq!(json.header("content-type"), "application/json");
    let text = app.ask("GET", &target, &[("accept", "text/plain")]).await;
    assert_eq!(text.body, "09:05:01\n09:05:06\n");
    let page = app.ask("GET", &target, &[("accept", "text/html")]).await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.body.contains("2 pings on this day."), "{}", page.body);
    assert!(page.body.contains("09:05:01") && page.body.contains("09:05:06"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_taken_in_every_form_that_mails_and_people_write() {
    let app = pinged_twice().await;
    for date in ["26-11-21", "2026-11-21"] {
        assert_eq!(app.log("test", date).await.len(), 2, "{date}");
    }
    for date in ["26-11-20", "26-1-2", "2026-01-02", "24-02-29", "9999-12-31"] {
        assert!(app.log("test", date).await.is_empty(), "{date}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpadded_day_is_the_same_day() {
    let setup = rig::app::Setup::new(config("", &user("test", 10.0, 60.0, "")));
    let app = setup.at("2026-02-03T08:00:00Z").start().await;
    app.pings("test").await;
    for date in ["26-2-3", "26-02-03", "2026-2-03"] {
        assert_eq!(app.log("test", date).await, ["10:00:00"], "{date}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_does_not_exist_is_refused_by_the_part_that_is_wrong() {
    let app = pinged_twice().await;
    for (query, part) in [
        ("month=11&day=21", "year"),
        ("year=26&day=21", "month"),
        ("year=26&month=11", "day"),
        ("year=26&month=02&day=31", "day"),
        ("year=27&month=02&day=29", "day"),
        ("year=26&month=11&day=0", "day"),
        ("year=26&month=13&day=01", "month"),
        ("year=26&month=11&day=%00", "day"),
        ("year=26&month=11&day=../../etc", "day"),
        ("year=99999999999&month=11&day=21", "year"),
        ("year=-1&month=11&day=21", "year"),
        ("year=&month=11&day=21", "year"),
    ] {
        let answer = app.get(&format!("/logs?username=test&{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.starts_with(&format!("The {part} ")), "{query}: {}", answer.body);
    }
    for query in ["year=26&month=11&day=21", "username=&year=26&month=11&day=21"] {
        assert_eq!(app.get(&format!("/logs?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(app.get(&logs_target("nobody", "26-11-21")).await.status, 404);
    assert_eq!(app.get(&logs_target("..%2Ftest", "26-11-21")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_is_signed_in_sees_alerts_among_the_pings() {
    let mut app = pinged_twice().await;
    app.advance(20.0).await;
    app.pings("test").await;
    let target = logs_target("test", "26-11-21");
    let inside = app.page(&target).await;
    assert!(inside.contains("Silent for too long since here"), "{inside}");
    assert!(inside.contains("you@example.org"), "{inside}");
    assert!(inside.contains("Pings are back"), "{inside}");
    let outside = app.ask("GET", &target, &[("accept", "text/html")]).await.body;
    assert!(outside.contains("3 pings on this day."), "{outside}");
    assert!(!outside.contains("Silent") && !outside.contains("you@example.org"), "{outside}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_cannot_write_into_the_page() {
    let app = start(config("", &user("<b onclick=x>'&", 10.0, 60.0, ""))).await;
    let target = logs_target("%3Cb%20onclick=x%3E'%26", "26-11-21");
    let page = app.ask("GET", &target, &[("accept", "text/html")]).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<b onclick"), "{}", page.body);
    let checks = app.page("/").await;
    assert!(!checks.contains("<b onclick"), "{checks}");
}

//! When a check went down and came back.

use serde_json::{Value, json};

use super::{ask, begin_empty, create, path_of, ping, post, read};

#[tokio::test(flavor = "multi_thread")]
async fn flips_are_told_latest_first_and_dated_at_the_deadline() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"timeout": 600, "grace": 300}"#).await;
    ping(&app, &check, "").await;
    app.advance(1_200.0).await;
    ping(&app, &check, "/fail").await;
    ping(&app, &check, "").await;
    post(&app, &path_of(&check, "/pause"), "").await;
    post(&app, &path_of(&check, "/resume"), "").await;
    let list = super::json(&read(&app, &path_of(&check, "/flips/")).await);
    let flip = |time: &str, up: u8| json!({"timestamp": format!("2026-11-21T{time}+00:00"), "up": up});
    let expected = json!({"flips": [
        flip("07:25:00", 0), flip("07:25:00", 0), flip("07:25:00", 1), flip("07:20:00", 0), flip("07:05:00", 1),
    ]});
    assert_eq!(list, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn flips_are_narrowed_by_time() {
    let mut app = begin_empty().await;
    let check = create(&app, "{}").await;
    for rest in ["", "/fail", ""] {
        ping(&app, &check, rest).await;
        app.advance(100.0).await;
    }
    let begin = jiff::Timestamp::from_second(1_795_244_700).unwrap();
    assert_eq!(begin, rig::app::BEGIN.parse().unwrap());
    let second = |after: i64| begin.as_second() + after;
    for (query, count) in [
        (String::new(), 3),
        ("?seconds=".to_owned(), 3),
        ("?seconds=0".to_owned(), 3),
        ("?seconds=150".to_owned(), 1),
        (format!("?start={}", second(100)), 2),
        (format!("?end={}", second(100)), 1),
        (format!("?start={}&end={}", second(1), second(200)), 1),
        (format!("?seconds=250&end={}", second(200)), 1),
    ] {
        let answer = ask(&app, "GET", &path_of(&check, &format!("/flips/{query}"))).await;
        let list: Value = super::json(&answer);
        assert_eq!(list["flips"].as_array().unwrap().len(), count, "{query}");
    }
    for query in ["?seconds=x", "?seconds=31536001", "?start=", "?end=-1", "?start=10000000001"] {
        let answer = ask(&app, "GET", &path_of(&check, &format!("/flips/{query}"))).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, ""), "{query}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

//! How the interface describes itself, and whether it keeps to that.

use super::{begin, json};

#[tokio::test(flavor = "multi_thread")]
async fn programs_and_people_find_a_description() {
    let app = begin().await;
    let answer = app.get("/api/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let document = json(&answer);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "https://pings.example.org");
    for path in ["/api/{version}/checks/", "/ping/{uuid}", "/badge/{badge_key}/{file}"] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
    let page = app.get("/api/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(
        page.body.contains("GET /api/{version}/checks/") && !page.body.contains("<script"),
        "{}",
        page.body
    );
    assert_eq!(app.get("/api").await.header("location"), "/api/");
}

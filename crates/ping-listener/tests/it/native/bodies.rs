//! What comes with a ping: kept as it came, up to the limit, however it comes.

use super::lane::exchange;
use super::{check, last_body, only_ping, pings, reload_with, start, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_kept_as_it_came_by_every_method() {
    let app = start().await;
    let view = check(&app, "a").await;
    let form = [("content-type", "application/x-www-form-urlencoded"), ("content-encoding", "gzip")];
    for (method, body) in [("POST", "a=1&b=%20+&"), ("PUT", "{\"a\": 1}"), ("GET", "null"), ("DELETE", "\n")]
    {
        let target = format!("/ping/{}/log", view.uuid);
        let answer = rig::client::request(app.address(), method, &target, &form, body).await;
        assert_eq!(answer.status, 200, "{method}");
        assert_eq!(last_body(&app, &view).await, body.as_bytes(), "{method}");
        assert_eq!(pings(&app, &view).await.last().unwrap().body_bytes, body.len(), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_bytes_up_to_the_limit_are_kept() {
    let app = start_with(r#""ping_body_limit": 10,"#).await;
    let view = check(&app, "a").await;
    let target = format!("/ping/{}", view.uuid);
    let long = "0123456789".repeat(200_000);
    assert_eq!(app.post(&target, &[], &long).await.status, 200);
    assert_eq!(last_body(&app, &view).await, b"0123456789");
    assert_eq!(app.post(&target, &[], "ā234567ā9").await.status, 200);
    assert_eq!(last_body(&app, &view).await, "ā234567ā".as_bytes());
    reload_with(&app, r#""ping_body_limit": 0,"#).await;
    let answer = app.post(&target, &[], "x").await;
    assert_eq!((answer.status, answer.header("ping-body-limit")), (200, "0"));
    assert!(last_body(&app, &view).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_the_usual_limit_is_kept_whole() {
    let app = start().await;
    let view = check(&app, "a").await;
    let body = "x".repeat(100_001);
    assert_eq!(app.post(&format!("/ping/{}", view.uuid), &[], &body).await.status, 200);
    assert_eq!(last_body(&app, &view).await.len(), 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_come_in_any_way_that_clients_know() {
    let app = start().await;
    let view = check(&app, "a").await;
    let target = format!("/ping/{}", view.uuid);
    let close = "Host: x\r\nConnection: close\r\n";
    let offer = "Host: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    for request in [
        format!("POST {target} HTTP/1.1\r\n{close}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        format!("POST {target} HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"),
        format!("POST {target} HTTP/1.1\r\n{close}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"),
        format!("POST {target} HTTP/1.1\r\n{offer}Content-Length: 2\r\n\r\nhi"),
    ] {
        let before = pings(&app, &view).await.len();
        let answer = exchange(&app, &request).await;
        assert!(answer.contains(" 200 OK\r\n") && answer.ends_with("\r\n\r\nOK"), "{request}: {answer}");
        assert_eq!(pings(&app, &view).await.len(), before + 1, "{request}");
        assert_eq!(last_body(&app, &view).await, b"hi", "{request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_a_body_is_refused_before_it_comes_and_nothing_is_recorded() {
    let app = start().await;
    let view = check(&app, "a").await;
    let head =
        |length| format!("POST /{} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nabc", view.uuid);
    assert!(exchange(&app, &head(2_621_441)).await.starts_with("HTTP/1.1 400 "));
    assert!(pings(&app, &view).await.is_empty());
    let allowed = app.post(&format!("/{}", view.uuid), &[], &"x".repeat(2_621_440)).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(only_ping(&app, &view).await.body_bytes, 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_is_no_ping() {
    let app = start().await;
    let view = check(&app, "a").await;
    let cut = format!("POST /{} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", view.uuid);
    assert!(!exchange(&app, &cut).await.contains(" 200 "));
    let wrong =
        format!("POST /{} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", view.uuid);
    assert!(exchange(&app, &wrong).await.starts_with("HTTP/1.1 400 "));
    assert!(pings(&app, &view).await.is_empty());
}

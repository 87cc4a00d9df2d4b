//! What a ping counts as: by its address, its check's settings, and the words in its body.

use domain::managed::Shown;
use domain::ping::Signal;
use ping_listener::store::changes::Author;
use ping_listener::store::managed::settings::Edit;

use super::{check_with, pings, start, start_with};

/// Sends pings to a check with these settings, and returns what each counted as.
async fn classes(edit: Edit, requests: &[(&str, &str, &str)]) -> Vec<Signal> {
    let app = start().await;
    let view = check_with(&app, edit).await;
    for (method, suffix, body) in requests {
        let target = format!("/ping/{}{suffix}", view.uuid);
        let answer = rig::client::request(app.address(), method, &target, &[], body).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "OK"), "{method} {suffix} {body}");
    }
    pings(&app, &view).await.iter().map(|ping| ping.signal).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_may_take_posts_only() {
    let edit = Edit { is_post_only: Some(true), ..Edit::default() };
    let requests = [("GET", "", ""), ("PUT", "/fail", "x"), ("POST", "", ""), ("POST", "/fail", "x")];
    let expected = [Signal::Ignored, Signal::Ignored, Signal::Success, Signal::Fail];
    assert_eq!(classes(edit, &requests).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn keywords_go_before_the_address() {
    let edit = Edit {
        filter_http_body: Some(true),
        start_kw: Some("BEGIN, begin ,".to_owned()),
        success_kw: Some("done".to_owned()),
        failure_kw: Some("error,panic".to_owned()),
        ..Edit::default()
    };
    let requests = [
        ("POST", "", "it is done"),
        ("POST", "/fail", "it is done"),
        ("POST", "/7", "begin"),
        ("POST", "/log", "done, but with an error"),
        ("POST", "/start", "begin and done"),
        ("POST", "", "Error"),
        ("GET", "", ""),
        ("PUT", "/fail", "panic"),
    ];
    let (success, fail, ignored) = (Signal::Success, Signal::Fail, Signal::Ignored);
    let expected = [success, success, Signal::Start, fail, success, ignored, ignored, fail];
    assert_eq!(classes(edit.clone(), &requests).await, expected);
    let edit = Edit { filter_default_fail: Some(true), ..edit };
    assert_eq!(classes(edit, &requests[5..7]).await, [fail, fail]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keywords_are_looked_for_in_what_is_kept_and_in_any_bytes() {
    let app = start_with(r#""ping_body_limit": 6,"#).await;
    let edit = Edit { filter_http_body: Some(true), success_kw: Some("ok".to_owned()), ..Edit::default() };
    let view = check_with(&app, edit).await;
    let target = format!("/ping/{}", view.uuid);
    // The third one's limit cuts a letter in two.
    for body in ["1234ok", "12345ok", "ok123ā"] {
        assert_eq!(app.post(&target, &[], body).await.status, 200, "{body}");
    }
    let classes: Vec<_> = pings(&app, &view).await.iter().map(|ping| ping.signal).collect();
    assert_eq!(classes, [Signal::Success, Signal::Ignored, Signal::Success]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_ends_by_a_ping_unless_only_a_resume_ends_it() {
    for (manual_resume, expected, shown) in
        [(false, Signal::Success, Shown::Up), (true, Signal::Ignored, Shown::Paused)]
    {
        let app = start().await;
        let view = check_with(&app, Edit { manual_resume: Some(manual_resume), ..Edit::default() }).await;
        let store = &app.common().store;
        store.pause(view.id, Author::Person).await.unwrap().unwrap();
        let answer = app.get(&format!("/ping/{}", view.uuid)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "OK"));
        assert_eq!(pings(&app, &view).await[0].signal, expected);
        let view = store.managed(view.id).await.unwrap().unwrap();
        assert_eq!((view.shown, view.pings), (shown, 1));
    }
}

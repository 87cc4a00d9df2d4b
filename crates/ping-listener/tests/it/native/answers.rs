//! What pings are answered, to the last header, and which of several faults is told.

use rig::client::Answer;

use super::{KEY, NOBODY, check, pings, reload_with, start, start_with};

const NEVER_KEEP: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// Asserts what an answer says and carries.
fn assert_answer(answer: &Answer, (status, words): (u16, &str), is_kept_by_nobody: bool) {
    assert_eq!((answer.status, answer.body.as_str()), (status, words), "{answer:?}");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{answer:?}");
    let never_keep = if is_kept_by_nobody { NEVER_KEEP } else { "" };
    assert_eq!(answer.header("cache-control"), never_keep, "{answer:?}");
    let expires = answer.header("expires");
    assert_eq!(expires, if is_kept_by_nobody { "Sat, 21 Nov 2026 07:05:00 GMT" } else { "" }, "{answer:?}");
    let is_taken = [200, 201].contains(&status);
    assert_eq!(answer.header("access-control-allow-origin"), if is_taken { "*" } else { "" }, "{answer:?}");
    assert_eq!(answer.header("ping-body-limit"), if is_taken { "100000" } else { "" }, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_words_and_headers() {
    let app = start().await;
    let view = check(&app, "one").await;
    check(&app, "twice").await;
    check(&app, "twice").await;
    let uuid = view.uuid;
    for (path, answer, is_kept_by_nobody) in [
        (format!("/ping/{uuid}"), (200, "OK"), true),
        (format!("/ping/{KEY}/one"), (200, "OK"), true),
        (format!("/ping/{KEY}/new?create=1"), (201, "Created"), true),
        (format!("/ping/{KEY}/new?create=1"), (200, "OK"), true),
        (format!("/ping/{NOBODY}"), (404, "not found"), true),
        (format!("/ping/{uuid}/256"), (400, "invalid url format"), true),
        (format!("/ping/{uuid}?rid="), (400, "invalid uuid format"), true),
        (format!("/ping/{KEY}/one/256"), (400, "invalid url format"), true),
        (format!("/ping/{KEY}/one?rid=x"), (400, "invalid uuid format"), true),
        (format!("/ping/{KEY}/One"), (400, "invalid url format"), false),
        (format!("/ping/{KEY}/nobody"), (404, "not found"), false),
        ("/ping/another-key/one".to_owned(), (404, "not found"), false),
        (format!("/ping/{KEY}/twice"), (409, "ambiguous slug"), false),
    ] {
        assert_answer(&app.get(&path).await, answer, is_kept_by_nobody);
        assert_answer(&app.post(&path.replace("new", "other"), &[], "body").await, answer, is_kept_by_nobody);
    }
    assert_eq!(pings(&app, &view).await.len(), 4);
}

/// A request may have many faults: the first that is looked for is told.
#[tokio::test(flavor = "multi_thread")]
async fn faults_are_told_in_their_order() {
    let app = start().await;
    let view = check(&app, "one").await;
    check(&app, "twice").await;
    check(&app, "twice").await;
    let large = [("content-length", "2621441")];
    let uuid = view.uuid;
    for (path, words) in [
        (format!("/ping/{NOBODY}/256?rid=x"), "not found"),
        (format!("/ping/{uuid}/256?rid=x"), "invalid url format"),
        (format!("/ping/{uuid}?rid=x"), "invalid uuid format"),
        ("/ping/another-key/One/256?rid=x".to_owned(), "invalid url format"),
        ("/ping/another-key/twice/256?rid=x".to_owned(), "not found"),
        (format!("/ping/{KEY}/twice/256?rid=x"), "ambiguous slug"),
        (format!("/ping/{KEY}/nobody/256?rid=x"), "not found"),
        (format!("/ping/{KEY}/one/256?rid=x"), "invalid url format"),
        (format!("/ping/{KEY}/one?rid=x"), "invalid uuid format"),
    ] {
        assert_eq!(app.get(&path).await.body, words, "{path}");
        assert_eq!(app.ask("POST", &path, &large).await.body, words, "{path}");
    }
    let answer = app.ask("POST", &format!("/ping/{uuid}"), &large).await;
    assert_eq!((answer.status, answer.body.as_str()), (400, "the body is too large"));
    assert!(pings(&app, &view).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_bodies_is_told_as_the_config_has_it() {
    let app = start_with(r#""ping_body_limit": 12345,"#).await;
    let view = check(&app, "one").await;
    let path = format!("/ping/{}", view.uuid);
    assert_eq!(app.get(&path).await.header("ping-body-limit"), "12345");
    reload_with(&app, r#""ping_body_limit": 54321,"#).await;
    assert_eq!(app.get(&path).await.header("ping-body-limit"), "54321");
    assert_eq!(app.post(&path, &[], "x").await.header("ping-body-limit"), "54321");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_counted_and_right_pings_never_limited() {
    let app = start().await;
    let view = check(&app, "one").await;
    let mut limited = 0;
    for _ in 0..150 {
        limited += u32::from(app.get(&format!("/ping/{NOBODY}")).await.status == 429);
        assert_eq!(app.get(&format!("/ping/{}", view.uuid)).await.status, 200);
    }
    assert!((1..=50).contains(&limited), "{limited} were told to wait");
    let meters = app.page("/metrics").await;
    for outcome in ["unknown", "accepted"] {
        let line = format!("ping_listener_pings_total{{outcome=\"{outcome}\"}} 150");
        assert!(meters.contains(&line), "{line}: {meters}");
    }
}

//! Which addresses are pings, and of what.

use domain::ping::Signal;

use super::{BASES, KEY, NOBODY, RID, check, declared, only_ping, pings, start};

/// What stands behind a check's address, what it tells, and the exit status.
const SUFFIXES: [(&str, Signal, Option<u8>); 8] = [
    ("", Signal::Success, None),
    ("/start", Signal::Start, None),
    ("/fail", Signal::Fail, None),
    ("/log", Signal::Log, None),
    ("/0", Signal::Success, Some(0)),
    ("/007", Signal::Fail, Some(7)),
    ("/255", Signal::Fail, Some(255)),
    ("/000", Signal::Success, Some(0)),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_taken_below_both_bases() {
    let app = start().await;
    let view = check(&app, "nightly-export").await;
    let mut expected = Vec::new();
    for base in BASES {
        for name in [view.uuid.to_string(), format!("{KEY}/nightly-export")] {
            for (suffix, signal, status) in SUFFIXES {
                let answer = app.get(&format!("{base}{name}{suffix}")).await;
                assert_eq!((answer.status, answer.body.as_str()), (200, "OK"), "{base}{name}{suffix}");
                expected.push((signal, status));
            }
        }
        assert_eq!(app.get(&format!("{base}{}/", view.uuid)).await.body, "OK");
        expected.push((Signal::Success, None));
    }
    let taken: Vec<_> = pings(&app, &view).await.iter().map(|ping| (ping.signal, ping.exit_status)).collect();
    assert_eq!(taken, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_counted_from_one() {
    let app = start().await;
    let view = check(&app, "a").await;
    for _ in 0..3 {
        app.get(&format!("/ping/{}", view.uuid)).await;
    }
    let numbers: Vec<_> = pings(&app, &view).await.iter().map(|ping| ping.n).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_form_is_not_found_and_nothing_is_recorded() {
    let app = start().await;
    let view = check(&app, "a").await;
    let (uuid, upper) = (view.uuid, view.uuid.to_string().to_uppercase());
    for base in BASES {
        for (path, words) in [
            (format!("{KEY}/a/"), None),
            (format!("{KEY}/a/start/"), None),
            (format!("{uuid}/start/"), None),
            (format!("{uuid}/7/"), None),
            (format!("{uuid}//"), None),
            (upper.clone(), None),
            (uuid.simple().to_string(), None),
            (format!("{KEY}/a/other"), None),
            (format!("{uuid}/-1"), None),
            (format!("{upper}/start"), Some("not found")),
            (format!("{uuid}/other"), Some("not found")),
            (NOBODY.to_owned(), Some("not found")),
            ("checks".to_owned(), None),
        ] {
            let answer = app.get(&format!("{base}{path}")).await;
            assert_eq!(answer.status, 404, "{base}{path}");
            if let Some(words) = words {
                assert_eq!(answer.body, words, "{base}{path}");
            }
        }
    }
    assert_eq!(app.get("/ping/").await.status, 404);
    assert!(pings(&app, &view).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_is_a_ping_and_is_written_down() {
    let app = start().await;
    let view = check(&app, "a").await;
    let methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE", "PROPFINDALL"];
    for (nth, method) in methods.into_iter().enumerate() {
        let path = if nth % 2 == 0 { format!("/ping/{}", view.uuid) } else { format!("/{KEY}/a") };
        let answer = app.ask(method, &path, &[]).await;
        assert_eq!(answer.status, 200, "{method}");
        assert_eq!(answer.body, if method == "HEAD" { "" } else { "OK" }, "{method}");
        assert_eq!(answer.header("content-length"), "2", "{method}");
    }
    let taken: Vec<_> = pings(&app, &view).await.iter().map(|ping| ping.method.to_string()).collect();
    let expected = methods.map(|method| method.get(..10).unwrap_or(method).to_owned());
    assert_eq!(taken, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_named_in_either_case_and_the_last_name_counts() {
    let app = start().await;
    let view = check(&app, "a").await;
    let path = format!("/ping/{}", view.uuid);
    let upper = RID.to_uppercase();
    for query in [format!("rid={RID}"), format!("rid={upper}"), format!("rid=x&create=1&rid={RID}")] {
        assert_eq!(app.get(&format!("{path}/start?{query}")).await.body, "OK", "{query}");
        assert_eq!(app.post(&format!("/{KEY}/a?{query}"), &[], "done").await.body, "OK", "{query}");
    }
    let rids: Vec<_> =
        pings(&app, &view).await.iter().map(|ping| ping.rid.map(|rid| rid.to_string())).collect();
    assert_eq!(rids, vec![Some(RID.to_owned()); 6]);
    for query in ["rid", "rid=", "rid=7c1d4be052f34a869b0ed3a6f8e21c55", &format!("rid={RID}&rid=x")] {
        let answer = app.get(&format!("{path}?{query}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, "invalid uuid format"), "{query}");
    }
    assert_eq!(pings(&app, &view).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_check_is_pinged_by_its_uuid_and_takes_successes_only() {
    let app = start().await;
    let uuid = declared(&app);
    for path in [format!("/ping/{uuid}"), format!("/{uuid}"), format!("/{uuid}/0")] {
        assert_eq!(app.get(&path).await.body, "OK", "{path}");
        assert_eq!(app.post(&path, &[], "a body").await.body, "OK", "{path}");
    }
    assert_eq!(app.log("test", "26-11-21").await.len(), 6);
    for suffix in ["/start", "/fail", "/log", "/1", "/255"] {
        let answer = app.get(&format!("/ping/{uuid}{suffix}")).await;
        assert_eq!(answer.status, 400, "{suffix}");
        assert_eq!(answer.body, "a declared check takes only success pings");
    }
    assert_eq!(app.get(&format!("/ping/{uuid}/256")).await.body, "invalid url format");
    assert_eq!(app.get(&format!("/ping/{uuid}?rid=x")).await.body, "invalid uuid format");
    assert_eq!(app.log("test", "26-11-21").await.len(), 6);
    app.reload(&rig::app::config("", &rig::app::user("other", 10.0, 60.0, ""))).await;
    let answer = app.get(&format!("/ping/{uuid}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, "not found"), "it is in the config no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_addresses_come_first_at_the_root() {
    let app = start().await;
    assert_eq!(app.get("/health/live").await.status, 200);
    assert_eq!(app.get("/static/style.css").await.status, 200);
    assert!(!app.get("/logs/start").await.header("content-security-policy").is_empty());
    assert_eq!(app.ask("PUT", "/mails/again", &[]).await.status, 405);
    let view = check(&app, "live").await;
    assert_eq!(app.get(&format!("/{KEY}/live")).await.body, "OK");
    assert_eq!(app.get("/ping?username=test").await.body, "26/11/21 09:05:00");
    assert_eq!(only_ping(&app, &view).await.signal, Signal::Success);
}

/// Who chooses a ping key has to know which words do not work at the root.
#[test]
fn the_page_for_people_who_move_lists_the_first_segments_that_are_taken() {
    let page = include_str!("../../../../../docs/healthchecks.md");
    let list = page.split("works below `/ping/` only:").nth(1).unwrap().lines().next().unwrap();
    for route in ping_listener::app::routes() {
        let first = route.path.split('/').nth(1).unwrap();
        let is_listed = first.is_empty() || first.starts_with('{') || list.contains(&format!("`{first}`"));
        assert!(is_listed, "{} is not in docs/healthchecks.md", route.path);
    }
}

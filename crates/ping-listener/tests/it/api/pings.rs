//! The pings of a check, and what came in their bodies.

use super::{ROOT, ask, begin_empty, create, json, path_of, ping, read};

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_listed_newest_first_with_all_that_came() {
    let mut app = begin_empty().await;
    let check = create(&app, "{}").await;
    let uuid = check["uuid"].as_str().unwrap().to_owned();
    let rid = "7C1D4BE0-52F3-1A86-9B0E-D3A6F8E21C55";
    app.advance(1.0).await;
    let headers = [("user-agent", "trial/1.0"), ("x-forwarded-proto", "https")];
    app.ask("GET", &format!("/ping/{uuid}/start?rid={rid}"), &headers).await;
    app.advance(1.327).await;
    app.post(&format!("/ping/{uuid}?rid={rid}"), &headers, "it is done: 100 % ü").await;
    let answer = ask(&app, "GET", &path_of(&check, "/pings/")).await;
    let list = json(&answer);
    let pings = list["pings"].as_array().unwrap();
    assert_eq!(pings.len(), 2);
    assert_eq!(pings[0]["type"], "success");
    assert_eq!(pings[0]["date"], "2026-11-21T07:05:02.327000+00:00");
    assert_eq!(pings[0]["duration"], 1.33);
    assert_eq!(pings[0]["rid"], rid.to_lowercase());
    assert_eq!(
        (&pings[0]["n"], &pings[0]["method"], &pings[0]["ua"]),
        (&2.into(), &"POST".into(), &"trial/1.0".into())
    );
    assert_eq!(pings[0]["body_url"], format!("{ROOT}{}", path_of(&check, "/pings/2/body")));
    assert_eq!(pings[1]["date"], "2026-11-21T07:05:01+00:00");
    assert_eq!((&pings[1]["type"], &pings[1]["body_url"]), (&"start".into(), &serde_json::Value::Null));
    assert_eq!(pings[1].get("duration"), None);
    let body = ask(&app, "GET", &path_of(&check, "/pings/2/body")).await;
    assert_eq!((body.status, body.body.as_str()), (200, "it is done: 100 % ü"));
    assert_eq!(body.header("content-type"), "text/plain");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_ping_has_its_word() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    for rest in ["", "/start", "/fail", "/log", "/0", "/3"] {
        ping(&app, &check, rest).await;
    }
    let list = json(&ask(&app, "GET", &path_of(&check, "/pings/")).await);
    let words: Vec<_> =
        list["pings"].as_array().unwrap().iter().rev().map(|ping| ping["type"].as_str().unwrap()).collect();
    assert_eq!(words, ["success", "start", "fail", "log", "success", "fail"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_there_is_a_plain_404() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    ping(&app, &check, "").await;
    for number in ["1", "2", "0", "x", "-1", "99999999999999999999999"] {
        let answer = ask(&app, "GET", &path_of(&check, &format!("/pings/{number}/body"))).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (404, ""), "{number}");
    }
    assert_eq!(read(&app, &path_of(&check, "/pings/1/body")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_hundred_are_listed() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    let target = format!("/ping/{}", check["uuid"].as_str().unwrap());
    for _ in 0..105 {
        assert_eq!(app.post(&target, &[], "said").await.status, 200);
    }
    let list = json(&ask(&app, "GET", &path_of(&check, "/pings/")).await);
    let numbers: Vec<_> =
        list["pings"].as_array().unwrap().iter().map(|ping| ping["n"].as_u64().unwrap()).collect();
    assert_eq!((numbers.len(), numbers[0], numbers[99]), (100, 105, 6));
    for (number, status) in [(5, 404), (6, 200)] {
        let body = ask(&app, "GET", &path_of(&check, &format!("/pings/{number}/body"))).await;
        assert_eq!(body.status, status, "{number}");
    }
}

/// Returns the durations of a check's pings, oldest first.
async fn durations(app: &rig::app::TestApp, check: &serde_json::Value) -> Vec<Option<f64>> {
    let list = json(&ask(app, "GET", &path_of(check, "/pings/")).await);
    list["pings"].as_array().unwrap().iter().rev().map(|ping| ping["duration"].as_f64()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_as_long_as_from_the_nearest_start_of_its_id() {
    const ONE: &str = "?rid=7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";
    let mut app = begin_empty().await;
    let check = create(&app, "{}").await;
    let story = [
        (String::new(), None),
        ("/start".to_owned() + ONE, None),
        ("/start".to_owned(), None),
        ("/log".to_owned(), None),
        (String::new(), Some(2.0)),
        ("/fail".to_owned() + ONE, Some(4.0)),
        (ONE.to_owned(), None),
        ("/start".to_owned(), None),
        ("/start".to_owned(), None),
        ("/0".to_owned(), Some(1.0)),
    ];
    for (rest, _) in &story {
        ping(&app, &check, rest).await;
        app.advance(1.0).await;
    }
    assert_eq!(durations(&app, &check).await, story.map(|(_, seconds)| seconds));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_began_before_the_list_is_known_unless_there_are_too_many() {
    for (runs, is_known) in [(10, true), (11, false)] {
        let app = begin_empty().await;
        let check = create(&app, "{}").await;
        let rid = |run: u32| format!("?rid=00000000-0000-4000-8000-{run:012}");
        for run in 0..runs {
            ping(&app, &check, &format!("/start{}", rid(run))).await;
        }
        for _ in 0..100 - runs {
            ping(&app, &check, "/log").await;
        }
        for run in 0..runs {
            ping(&app, &check, &rid(run)).await;
        }
        let known = durations(&app, &check).await.iter().flatten().count();
        assert_eq!(known, if is_known { runs as usize } else { 0 }, "{runs}");
    }
}

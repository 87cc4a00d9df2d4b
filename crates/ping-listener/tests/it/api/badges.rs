//! Badges: how checks stand, in one word, for the pages of others.

use rig::app::TestApp;
use serde_json::{Value, json};

use super::{ROOT, ask, begin_empty, create, path_of, ping, read};

/// Returns the path of the badge of a tag.
async fn badge(app: &TestApp, tag: &str, format: &str) -> String {
    let list = super::json(&read(app, "/api/v3/badges/").await);
    let url =
        list["badges"][tag][format].as_str().unwrap_or_else(|| panic!("{tag} {format}: {list}")).to_owned();
    url.strip_prefix(ROOT).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tag_has_its_badges_and_all_checks_have_one() {
    let app = begin_empty().await;
    create(&app, r#"{"tags": "prod db@dc1 a/b"}"#).await;
    create(&app, r#"{"tags": "prod ü"}"#).await;
    let list = super::json(&read(&app, "/api/v3/badges/").await);
    let tags: Vec<_> = list["badges"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(tags, ["*", "a/b", "db@dc1", "prod", "ü"]);
    for tag in tags {
        for format in ["svg", "svg3", "json", "json3", "shields", "shields3"] {
            let target = badge(&app, &tag, format).await;
            assert_eq!(target.contains("-2"), !format.ends_with('3'), "{target}");
            let answer = app.get(&target).await;
            assert_eq!(answer.status, 200, "{target}");
            assert_eq!(
                answer.header("cache-control"),
                "max-age=0, no-cache, no-store, must-revalidate, private"
            );
            assert!(answer.header("expires").ends_with("GMT"), "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
        }
    }
    assert!(badge(&app, "db@dc1", "svg").await.ends_with("/db%2540dc1.svg"));
    let once = badge(&app, "db@dc1", "svg").await.replace("%2540", "%40");
    assert_eq!(app.get(&once).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_tells_up_late_and_down() {
    let mut app = begin_empty().await;
    let check = create(&app, r#"{"name": "a<b", "tags": "prod", "timeout": 600, "grace": 300}"#).await;
    create(&app, r#"{"tags": "prod"}"#).await;
    ping(&app, &check, "").await;
    let own = check["badge_url"].as_str().unwrap().strip_prefix(ROOT).unwrap().replace(".svg", ".json");
    for (second, two, three, grace, down) in
        [(60.0, "up", "up", 0, 0), (700.0, "up", "late", 1, 0), (1_000.0, "down", "down", 0, 1)]
    {
        app.advance_to(second).await;
        let tally =
            |status: &str, total| json!({"status": status, "total": total, "grace": grace, "down": down});
        for (target, expected) in [
            (badge(&app, "prod", "json").await, tally(two, 2)),
            (badge(&app, "*", "json3").await, tally(three, 2)),
            (own.clone(), tally(two, 1)),
            (own.replace("/b/2/", "/b/3/"), tally(three, 1)),
            (own.replace("/b/2/", "/b/7/"), tally(two, 1)),
        ] {
            assert_eq!(super::json(&app.get(&target).await), expected, "{target} {second}");
        }
        for (format, word) in [("svg", two), ("svg3", three)] {
            let svg = app.get(&badge(&app, "prod", format).await).await.body;
            let colour = match word {
                "up" => "#4c1",
                "late" => "#fe7d37",
                _ => "#e05d44",
            };
            assert!(svg.contains(&format!(">{word}</text>")) && svg.contains(colour), "{second}: {svg}");
        }
    }
    let nameless = create(&app, "{}").await;
    let shields =
        nameless["badge_url"].as_str().unwrap().strip_prefix(ROOT).unwrap().replace(".svg", ".shields");
    let shields = super::json(&app.get(&shields).await);
    assert_eq!(
        shields,
        json!({"schemaVersion": 1, "label": nameless["uuid"], "message": "up", "color": "success"})
    );
    let all = super::json(&app.get(&badge(&app, "*", "shields").await).await);
    assert_eq!((&all["label"], &all["color"]), (&"Ping Listener".into(), &"critical".into()));
    let shields: Value = super::json(&app.get(&badge(&app, "prod", "shields3").await).await);
    assert_eq!(shields, json!({"schemaVersion": 1, "label": "prod", "message": "down", "color": "critical"}));
    let svg = app.get(&own.replace(".json", ".svg")).await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(svg.body.contains("a&lt;b") && svg.body.contains("#e05d44"), "{}", svg.body);
    assert_eq!(svg.header("cross-origin-resource-policy"), "cross-origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_without_its_signature_is_a_404() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"tags": "prod db"}"#).await;
    let good = badge(&app, "prod", "svg").await;
    for wrong in [
        good.replace("prod", "db"),
        good.replace("-2/", "-3/"),
        good.replace("-2/", "x/"),
        good.replace(".svg", ".png"),
        good.replace("/badge/", "/badge/x"),
    ] {
        let answer = app.get(&wrong).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, ""), "{wrong}");
    }
    assert_eq!(app.ask("HEAD", &good, &[]).await.status, 405);
    assert_eq!(app.ask("OPTIONS", &good, &[]).await.status, 204);
    let unknown = format!("/b/2/{}.svg", check["uuid"].as_str().unwrap());
    assert_eq!(app.get(&unknown).await.status, 404);
    assert_eq!(ask(&app, "GET", &path_of(&check, "")).await.status, 200);
}

//! The standing of all checks for Prometheus, and what operators ask.

use super::{KEY, READ_KEY, begin_empty, create, json, path_of, ping, post, read, setup};

const PROJECT: &str = "/projects/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_every_check_and_tag() {
    let app = begin_empty().await;
    let up = create(&app, r#"{"name": "a \"b\" \\ c\nd", "tags": "prod db"}"#).await;
    let down = create(&app, r#"{"name": "down", "tags": "prod"}"#).await;
    let paused = create(&app, r#"{"name": "paused"}"#).await;
    ping(&app, &up, "/start").await;
    ping(&app, &down, "/fail").await;
    post(&app, &path_of(&paused, "/pause"), "").await;
    let answer = app.get(&format!("{PROJECT}/metrics/{READ_KEY}")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain"));
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let unique_key =
        async |check| json(&read(&app, &path_of(check, "")).await)["unique_key"].as_str().unwrap().to_owned();
    let labels =
        format!(r#"{{name="a \"b\" \\ c\nd", tags="prod db", unique_key="{}"}}"#, unique_key(&up).await);
    for (name, value) in [("up", 1), ("started", 1), ("grace", 0), ("paused", 0)] {
        assert!(answer.body.contains(&format!("\nhc_check_{name}{labels} {value}\n")), "{}", answer.body);
    }
    let of_paused =
        format!(r#"hc_check_paused{{name="paused", tags="", unique_key="{}"}} 1"#, unique_key(&paused).await);
    assert!(answer.body.contains(&of_paused), "{}", answer.body);
    for line in [
        "hc_tag_up{tag=\"db\"} 1\nhc_tag_up{tag=\"prod\"} 0\n",
        "\nhc_checks_total 3\n",
        "\nhc_checks_down_total 1\n",
    ] {
        assert!(answer.body.contains(line), "{line}: {}", answer.body);
    }
    for (target, bearer) in
        [("/checks/metrics/".to_owned() + READ_KEY, ""), ("/metrics/".to_owned(), READ_KEY)]
    {
        let bearer = format!("Bearer {bearer}");
        let same = app.ask("GET", &format!("{PROJECT}{target}"), &[("authorization", &bearer)]).await;
        assert_eq!(same.body, answer.body, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_key_for_reading_opens_them() {
    let app = begin_empty().await;
    let unknown = "0".repeat(32);
    for (key, status) in [(KEY, 403), (unknown.as_str(), 403), ("short", 400)] {
        assert_eq!(app.get(&format!("{PROJECT}/metrics/{key}")).await.status, status, "{key}");
        let bearer = format!("Bearer {key}");
        let answer = app.ask("GET", &format!("{PROJECT}/metrics/"), &[("authorization", &bearer)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{key}");
    }
    assert_eq!(app.get(&format!("{PROJECT}/metrics/")).await.status, 401);
    let lower = format!("bearer {READ_KEY}");
    assert_eq!(
        app.ask("GET", &format!("{PROJECT}/metrics/"), &[("authorization", &lower)]).await.status,
        401
    );
    assert_eq!(app.get(&format!("/projects/x/metrics/{READ_KEY}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_ask_whether_all_is_well_and_how_far_it_is() {
    let key = "meters-of-the-operator";
    let app = setup(rig::app::config("", "")).with("PING_LISTENER_METRICS_KEY", key).start().await;
    for version in ["v1", "v2", "v3"] {
        let answer = app.get(&format!("/api/{version}/status/")).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "OK"));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    let meters = async || app.ask("GET", "/api/v3/metrics/", &[("x-metrics-key", key)]).await;
    let begin = json(&meters().await);
    assert_eq!(
        begin,
        serde_json::json!({"ts": 1_795_244_700, "max_ping_id": null, "max_notification_id": null, "num_unprocessed_flips": 0})
    );
    let check = create(&app, r#"{"channels": "*"}"#).await;
    ping(&app, &check, "").await;
    ping(&app, &check, "/fail").await;
    let later = json(&meters().await);
    assert_eq!(later["max_ping_id"], 2);
    assert!(later["max_notification_id"].is_number(), "{later}");
    for headers in [&[][..], &[("x-metrics-key", "wrong")], &[("x-metrics-key", KEY)]] {
        let answer = app.ask("GET", "/api/v3/metrics/", headers).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, ""));
    }
    let unset = begin_empty().await;
    assert_eq!(unset.ask("GET", "/api/v3/metrics/", &[("x-metrics-key", "")]).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn word_of_deliveries_is_heard_and_ignored() {
    let app = begin_empty().await;
    let target = "/api/v3/notifications/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55/status";
    let answer = app.post(target, &[], "error=no&mark_disabled=1").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let answer = app.post("/api/v2/bounces/", &[], "From: postmaster").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK (bad signature)"));
}

//! Checks: what they look like, how they are found, made, changed and deleted.

use serde_json::Value;

use super::{PING_KEY, ROOT, ask, begin_empty, create, json, now, path_of, ping, post, read};

const ALWAYS: [&str; 22] = [
    "name",
    "slug",
    "tags",
    "desc",
    "grace",
    "n_pings",
    "status",
    "started",
    "last_ping",
    "next_ping",
    "manual_resume",
    "methods",
    "subject",
    "subject_fail",
    "start_kw",
    "success_kw",
    "failure_kw",
    "filter_subject",
    "filter_body",
    "filter_http_body",
    "filter_default_fail",
    "badge_url",
];

const PRIVATE: [&str; 6] = ["uuid", "ping_url", "update_url", "pause_url", "resume_url", "channels"];

fn members(check: &Value) -> Vec<&str> {
    let mut members: Vec<_> = check.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

fn sorted(parts: &[&[&'static str]]) -> Vec<&'static str> {
    let mut members = parts.concat();
    members.sort_unstable();
    members
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_has_these_members_and_no_others() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    assert_eq!(members(&check), sorted(&[&ALWAYS, &PRIVATE, &["timeout"]]));
    let target = path_of(&check, "");
    let seen = json(&read(&app, &target).await);
    assert_eq!(members(&seen), sorted(&[&ALWAYS, &["unique_key", "timeout"]]));
    let clock = create(&app, r#"{"schedule": "weekly"}"#).await;
    assert_eq!(members(&clock), sorted(&[&ALWAYS, &PRIVATE, &["schedule", "tz"]]));
    for (member, value) in [
        ("name", Value::from("")),
        ("slug", "".into()),
        ("tags", "".into()),
        ("desc", "".into()),
        ("grace", 3_600.into()),
        ("n_pings", 0.into()),
        ("status", "new".into()),
        ("started", false.into()),
        ("last_ping", Value::Null),
        ("next_ping", Value::Null),
        ("manual_resume", false.into()),
        ("methods", "".into()),
        ("filter_subject", false.into()),
        ("filter_default_fail", false.into()),
        ("channels", "".into()),
        ("timeout", 86_400.into()),
    ] {
        assert_eq!(check[member], value, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_absolute_and_of_their_version() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    let uuid = check["uuid"].as_str().unwrap();
    for version in ["v1", "v2", "v3"] {
        let base = format!("{ROOT}/api/{version}/checks/{uuid}");
        let check = json(&ask(&app, "GET", &format!("/api/{version}/checks/{uuid}")).await);
        assert_eq!(check["ping_url"], format!("{ROOT}/ping/{uuid}"));
        assert_eq!(check["update_url"], base);
        assert_eq!(check["pause_url"], format!("{base}/pause"));
        assert_eq!(check["resume_url"], format!("{base}/resume"));
        assert!(check["badge_url"].as_str().unwrap().starts_with(&format!("{ROOT}/b/2/")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_makes_a_slug_in_the_first_two_versions() {
    let app = begin_empty().await;
    for (version, body, slug) in [
        ("v1", r#"{"name": "DB Backup (nightly)"}"#, "db-backup-nightly"),
        ("v2", r#"{"name": "Ünïcode Äpfel"}"#, "unicode-apfel"),
        ("v2", r#"{"name": "a.b/c d", "slug": "own"}"#, "own"),
        ("v3", r#"{"name": "DB Backup"}"#, ""),
    ] {
        let answer = post(&app, &format!("/api/{version}/checks/"), body).await;
        assert_eq!(json(&answer)["slug"], slug, "{version} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_by_tags_and_slug() {
    let app = begin_empty().await;
    for (name, tags) in [("a", "prod db"), ("b", "prod"), ("c", "prod,db")] {
        create(&app, &format!(r#"{{"name": "{name}", "slug": "s-{name}", "tags": "{tags}"}}"#)).await;
    }
    for (query, names) in [
        ("", "abc"),
        ("?tag=prod", "ab"),
        ("?tag=prod&tag=db", "a"),
        ("?tag=pro", ""),
        ("?tag=", ""),
        ("?slug=s-b", "b"),
        ("?slug=", "abc"),
        ("?slug=s-a&tag=db", "a"),
        ("?slug=s-b&tag=db", ""),
        ("?tag=prod%2Cdb", "c"),
    ] {
        let list = json(&ask(&app, "GET", &format!("/api/v3/checks/{query}")).await);
        let found: String =
            list["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_whole() {
    let app = begin_empty().await;
    for number in 0..200 {
        create(&app, &format!(r#"{{"name": "{number}"}}"#)).await;
    }
    let headers = [("x-api-key", super::KEY)];
    let text = rig::client::request_text(app.address(), "GET", "/api/v3/checks/", &headers, "").await;
    for number in 0..200 {
        assert_eq!(text.matches(&format!("\"name\":\"{number}\"")).count(), 1, "{number}");
    }
    assert!(text.contains("]}"), "the list ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_key_finds_a_check_for_reading_only() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"name": "found"}"#).await;
    let unique_key = json(&read(&app, &path_of(&check, "")).await)["unique_key"].as_str().unwrap().to_owned();
    assert_eq!(unique_key.len(), 40);
    let target = format!("/api/v3/checks/{unique_key}");
    assert_eq!(json(&read(&app, &target).await)["name"], "found");
    assert_eq!(json(&ask(&app, "GET", &target).await)["uuid"], check["uuid"]);
    for method in ["POST", "DELETE"] {
        let answer = ask(&app, method, &target).await;
        assert_eq!((answer.status, answer.header("access-control-allow-methods")), (405, "GET, OPTIONS"));
    }
    assert_eq!(read(&app, &format!("{target}/flips/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn unique_finds_the_oldest_check_that_is_alike_in_all() {
    let app = begin_empty().await;
    let first = create(&app, r#"{"name": "a", "slug": "s", "tags": "x y", "timeout": 60}"#).await;
    create(&app, r#"{"name": "a", "slug": "s", "tags": "x", "timeout": 60}"#).await;
    for unique in [r#"["name"]"#, r#"["name", "slug", "timeout"]"#, r#"["tags"]"#] {
        let body = format!(
            r#"{{"name": "a", "slug": "s", "tags": "x y", "timeout": 60, "desc": "again", "unique": {unique}}}"#
        );
        let answer = post(&app, "/api/v3/checks/", &body).await;
        assert_eq!((answer.status, &json(&answer)["uuid"]), (200, &first["uuid"]), "{unique}");
        assert_eq!(json(&answer)["desc"], "again");
    }
    for body in [
        r#"{"name": "a", "unique": []}"#,
        r#"{"name": "a", "unique": ["name", "grace"]}"#,
        r#"{"name": "A", "unique": ["name"]}"#,
        r#"{"tags": "y x", "unique": ["tags"]}"#,
    ] {
        assert_eq!(post(&app, "/api/v3/checks/", body).await.status, 201, "{body}");
    }
    // A slug that is made of a name was not asked for.
    let answer = post(&app, "/api/v1/checks/", r#"{"name": "s", "unique": ["slug"]}"#).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_named_stays_as_it_is() {
    let app = begin_empty().await;
    let check = create(
        &app,
        r#"{"name": "a", "tags": "t", "desc": " d ", "methods": "POST", "manual_resume": true}"#,
    )
    .await;
    let changed =
        json(&post(&app, &path_of(&check, ""), r#"{"grace": 60, "other": 1, "unique": ["name"]}"#).await);
    for member in ["name", "tags", "desc", "methods", "manual_resume", "timeout", "uuid"] {
        assert_eq!(changed[member], check[member], "{member}");
    }
    assert_eq!(changed["grace"], 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_check_is_told_once_more_and_gone() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"name": "a", "channels": "*"}"#).await;
    assert_ne!(check["channels"], "");
    ping(&app, &check, "").await;
    let answer = ask(&app, "DELETE", &path_of(&check, "")).await;
    assert_eq!((answer.status, &json(&answer)["channels"]), (200, &"".into()));
    assert_eq!(json(&answer)["n_pings"], 1);
    for (method, rest) in [
        ("DELETE", ""),
        ("GET", ""),
        ("POST", ""),
        ("POST", "/pause"),
        ("GET", "/pings/"),
        ("GET", "/flips/"),
    ] {
        assert_eq!(ask(&app, method, &path_of(&check, rest)).await.status, 404, "{method} {rest}");
    }
    assert_eq!(app.get(&format!("/ping/{}", check["uuid"].as_str().unwrap())).await.status, 404);
    assert!(json(&ask(&app, "GET", "/api/v3/checks/").await)["checks"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_channel_is_chosen_by_its_id_its_name_or_with_all() {
    let app = begin_empty().await;
    let list = json(&ask(&app, "GET", "/api/v3/channels/").await);
    let [channel] = &list["channels"].as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!((&channel["name"], &channel["kind"]), (&"E-mail".into(), &"email".into()));
    let id = channel["id"].as_str().unwrap();
    for channels in ["*", id, "E-mail"] {
        let check = create(&app, &format!(r#"{{"channels": "{channels}"}}"#)).await;
        assert_eq!(check["channels"], id, "{channels}");
        let without = json(&post(&app, &path_of(&check, ""), r#"{"channels": ""}"#).await);
        assert_eq!(without["channels"], "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_a_ping_made_is_listed() {
    let app = begin_empty().await;
    let answer = app.get(&format!("/ping/{PING_KEY}/made-here?create=1")).await;
    assert_eq!((answer.status, answer.body.as_str()), (201, "Created"));
    let list = json(&ask(&app, "GET", "/api/v3/checks/?slug=made-here").await);
    let check = &list["checks"][0];
    assert_eq!(
        (&check["name"], &check["n_pings"], &check["status"]),
        (&"made-here".into(), &1.into(), &"up".into())
    );
    assert_ne!(check["channels"], "");
    assert_eq!(now(&app, check).await, *check);
}

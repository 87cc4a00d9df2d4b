//! What may be asked of a check, and in which words it is refused.

use serde_json::{Value, json};

use super::{begin_empty, create, json as read_json, now, path_of, post};

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_told_and_nothing_is_saved() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"name": "before"}"#).await;
    for (member, error) in [
        (r#""slug": "A""#, "slug does not match pattern"),
        (r#""timeout": 0"#, "timeout is too small"),
        (r#""timeout": 60.0"#, "timeout is not a number"),
        (r#""grace": 99999999999999999999999"#, "grace is too large"),
        (r#""schedule": "@daily""#, "schedule is not a valid cron or OnCalendar expression"),
        (r#""tz": "Mars""#, "tz is not a valid timezone"),
        (r#""methods": "GET""#, "methods has unexpected value"),
        (r#""unique": ["uuid"]"#, "an item in 'unique' has unexpected value"),
        (r#""desc": null"#, "desc is not a string"),
        (r#""manual_resume": 0"#, "manual_resume is not a boolean"),
    ] {
        let body = format!(r#"{{"name": "after", {member}}}"#);
        for target in
            ["/api/v3/checks/".to_owned(), path_of(&check, ""), path_of(&check, "").replace("v3", "v1")]
        {
            let answer = post(&app, &target, &body).await;
            assert_eq!(answer.status, 400, "{member}");
            assert_eq!(read_json(&answer)["error"], format!("json validation error: {error}"), "{member}");
        }
    }
    assert_eq!(now(&app, &check).await["name"], "before");
}

/// Which values each member does not take, and what is said of them.
fn wrong_values() -> Vec<(&'static str, Vec<Value>, &'static str)> {
    let long = |signs: usize| Value::from("\u{1f331}".repeat(signs));
    let no_text = || vec![json!(1), json!(null), json!(true), json!([]), json!({})];
    let no_number = || vec![json!("60"), json!(60.0), json!(1e3), json!(null), json!([])];
    let mut rows = Vec::new();
    for (member, most) in [
        ("name", 100),
        ("schedule", 100),
        ("slug", 100),
        ("start_kw", 200),
        ("success_kw", 200),
        ("failure_kw", 200),
        ("subject", 200),
        ("subject_fail", 200),
        ("tags", 500),
    ] {
        rows.push((member, no_text(), "is not a string"));
        rows.push((member, vec![long(most + 1)], "is too long"));
    }
    for member in ["desc", "channels", "tz"] {
        rows.push((member, no_text(), "is not a string"));
    }
    for member in ["timeout", "grace"] {
        rows.push((member, no_number(), "is not a number"));
        rows.push((member, vec![json!(-1), json!(false)], "is too small"));
        rows.push((member, vec![json!(31_536_001), json!(u64::MAX)], "is too large"));
    }
    for member in
        ["manual_resume", "filter_subject", "filter_body", "filter_http_body", "filter_default_fail"]
    {
        rows.push((member, vec![json!(1), json!(null), json!("true"), json!([])], "is not a boolean"));
    }
    let words = vec![json!("A"), json!("a b"), json!("a.b"), json!("\u{e4}"), json!("a\n")];
    rows.push(("slug", words, "does not match pattern"));
    let methods = vec![json!("GET"), json!("post"), json!(1), json!(null), json!(["POST"])];
    rows.push(("methods", methods, "has unexpected value"));
    rows.push(("unique", vec![json!("name"), json!(1), json!(null), json!({})], "is not an array"));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_refused_in_its_words() {
    let app = begin_empty().await;
    for (member, values, why) in wrong_values() {
        for value in values {
            let body = json!({ member: value }).to_string();
            let answer = post(&app, "/api/v3/checks/", &body).await;
            let error = format!("json validation error: {member} {why}");
            assert_eq!((answer.status, read_json(&answer)["error"].as_str()), (400, Some(&*error)), "{body}");
        }
    }
    for items in [json!(["uuid"]), json!([1]), json!(["name", null])] {
        let answer = post(&app, "/api/v3/checks/", &json!({"unique": items}).to_string()).await;
        let error = "json validation error: an item in 'unique' has unexpected value";
        assert_eq!((answer.status, read_json(&answer)["error"].as_str()), (400, Some(error)), "{items}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_texts_are_kept_sign_by_sign() {
    let app = begin_empty().await;
    for (member, most) in
        [("name", 100), ("tags", 500), ("start_kw", 200), ("success_kw", 200), ("desc", 10_000)]
    {
        for text in ["\u{1f331}".repeat(most), format!(" {}\n", "a".repeat(most - 2))] {
            let check = create(&app, &json!({ member: text }).to_string()).await;
            assert_eq!(check[member], text, "{member}");
        }
    }
    for (member, value) in [("timeout", 31_536_000), ("grace", 31_536_000), ("timeout", 1), ("grace", 0)] {
        assert_eq!(create(&app, &json!({ member: value }).to_string()).await[member], value, "{member}");
    }
    assert_eq!(create(&app, &json!({"slug": "a".repeat(100)}).to_string()).await["slug"], "a".repeat(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_are_refused_in_words_of_their_own() {
    let app = begin_empty().await;
    let check = create(&app, "{}").await;
    for (channels, error) in [
        ("x", "invalid channel identifier: x"),
        ("E-mail,", "empty channel identifier"),
        ("*,", "invalid channel identifier: *"),
    ] {
        let body = format!(r#"{{"name": "after", "channels": "{channels}"}}"#);
        let answer = post(&app, &path_of(&check, ""), &body).await;
        assert_eq!((answer.status, read_json(&answer)["error"].as_str()), (400, Some(error)));
    }
    assert_eq!(now(&app, &check).await["name"], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_may_be_a_second_and_a_grace_nothing() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"timeout": 1, "grace": 0, "max_runtime": 7}"#).await;
    assert_eq!(
        (&check["timeout"], &check["grace"], &check["max_runtime"]),
        (&1.into(), &0.into(), &7.into())
    );
    let cleared = read_json(&post(&app, &path_of(&check, ""), r#"{"max_runtime": null}"#).await);
    assert_eq!(cleared.get("max_runtime"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_is_the_old_name_of_keywords() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"subject": "ok", "subject_fail": "bad"}"#).await;
    for (member, value) in
        [("success_kw", "ok"), ("failure_kw", "bad"), ("subject", "ok"), ("subject_fail", "bad")]
    {
        assert_eq!(check[member], value, "{member}");
    }
    assert_eq!(check["filter_subject"], true);
    let change = async |body: &str| read_json(&post(&app, &path_of(&check, ""), body).await);
    assert_eq!(change(r#"{"subject": ""}"#).await["filter_subject"], true);
    let none = change(r#"{"subject_fail": ""}"#).await;
    assert_eq!((&none["filter_subject"], &none["subject"]), (&false.into(), &"".into()));
    let won = change(r#"{"subject": "a", "success_kw": "b", "filter_subject": false}"#).await;
    assert_eq!(
        (&won["success_kw"], &won["filter_subject"], &won["subject"]),
        (&"b".into(), &false.into(), &"".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_goes_before_a_period_and_each_stays_stored() {
    let app = begin_empty().await;
    let check = create(&app, r#"{"timeout": 120, "tz": "Europe/Kiev"}"#).await;
    assert_eq!((check.get("schedule"), check.get("tz")), (None, None));
    let change = async |body: &str| read_json(&post(&app, &path_of(&check, ""), body).await);
    let cron = change(r#"{"schedule": " 0 2 * * * ", "timeout": 60}"#).await;
    assert_eq!((&cron["schedule"], &cron["tz"]), (&" 0 2 * * * ".into(), &"Europe/Kyiv".into()));
    assert_eq!(cron.get("timeout"), None);
    let calendar = change(r#"{"schedule": "Mon..Fri 12:00"}"#).await;
    assert_eq!(calendar["schedule"], "Mon..Fri 12:00");
    let simple = change(r#"{"timeout": 90}"#).await;
    assert_eq!((&simple["timeout"], simple.get("tz")), (&90.into(), None));
    assert_eq!(change(r#"{"name": "x"}"#).await["timeout"], 90);
}

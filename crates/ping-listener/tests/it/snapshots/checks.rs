//! The pages about one check, in every state.

use rig::app::{Setup, TestApp, config, user};
use serde_json::Value;

use super::assert_same;
use super::readable::Readable;
use super::town::town;
use crate::api::{KEY, ask, create, json, ping};
use crate::person::Person;

fn page_of(check: &Value, rest: &str) -> String {
    format!("/checks/{}{rest}", check["uuid"].as_str().unwrap())
}

/// Finds a check by its name.
async fn named(app: &TestApp, name: &str) -> Value {
    let list = json(&ask(app, "GET", "/api/v3/checks/").await);
    list["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone()
}

/// Returns a page of a check without what is alike for all.
fn above_the_snippets(page: &str) -> &str {
    page.split_once("<section aria-labelledby=\"ping-title\">").unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_standing_is_told_as_accepted() {
    let person = Person::of(town().await.app).await;
    let seen = &mut Readable::default().of(&person.app);
    person.assert_page("check_new", seen, &page_of(&named(&person.app, "report").await, "")).await;
    for (name, check) in [("check_failed", "Nightly <export>"), ("check_snoozed", "camera")] {
        let page = person.page(&page_of(&named(&person.app, check).await, "?done=snoozed")).await;
        assert_same(name, &seen.page(above_the_snippets(&page)));
    }
    for (name, check) in [
        ("check_silent", "pump"),
        ("check_hung", "mirror"),
        ("check_running", "backup"),
        ("check_late", "greenhouse"),
        ("check_paused", "heating"),
        ("check_up", "front door"),
        ("check_unmonitored", "old sensor"),
    ] {
        person.assert_page(name, seen, &page_of(&named(&person.app, check).await, "?part=now")).await;
    }
    let door = named(&person.app, "front door").await;
    person.assert_page("check_declared", seen, &page_of(&door, "")).await;
    person.assert_page("edit_declared", seen, &page_of(&door, "/edit")).await;
    person.assert_page("changes_declared", seen, &page_of(&door, "/changes")).await;
    person.assert_page("check_gone", seen, "/checks/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_as_accepted() {
    let seen = &mut Readable::default();
    let mut town = town().await;
    let export = town.export.clone();
    for rest in ["/log", "/start", ""] {
        ping(&town.app, &export, rest).await;
        town.app.advance(90.0).await;
    }
    let person = Person::of(town.app).await;
    person.assert_page("log", seen, &page_of(&export, "/log")).await;
    person.assert_page("log_filtered", seen, &page_of(&export, "/log?show=fail&show=flips")).await;
    person.assert_page("ping_with_a_body", seen, &page_of(&export, "/pings/2")).await;
    person.assert_page("ping_without_a_body", seen, &page_of(&export, "/pings/1")).await;
    person.assert_page("ping_gone", seen, &page_of(&export, "/pings/77")).await;
    person.assert_page("day", seen, &page_of(&export, "/days/2026-11-22")).await;
    person.assert_page("day_of_a_user", seen, "/logs?username=front+door&year=26&month=11&day=22").await;
    person.assert_page("day_without_pings", seen, &page_of(&export, "/days/2026-11-20")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_doctor_finds_is_told_as_accepted() {
    let seen = &mut Readable::default();
    let users = user("meter", 600.0, 3_600.0, "");
    let setup = Setup::new(config(r#""base_frequency": 60, "email_processing_frequency": 60,"#, &users));
    let mut app = setup.with("PING_LISTENER_API_KEY", KEY).start().await;
    let asked = r#"{"name": "export", "timeout": 86400, "grace": 3600, "max_runtime": 3600}"#;
    let export = create(&app, asked).await;
    for minute in 0..62 * 60 {
        if minute % 60 == 0 {
            ping(&app, &export, "/start").await;
        }
        if minute % 60 == 5 {
            ping(&app, &export, "").await;
        }
        if 61 * 60 < minute {
            app.pings("meter").await;
        }
        app.advance(60.0).await;
    }
    let person = Person::of(app).await;
    let page = person.page(&page_of(&export, "")).await;
    assert_same("check_with_charts_and_advice", &seen.page(above_the_snippets(&page)));
    let meter = named(&person.app, "meter").await;
    let page = person.page(&page_of(&meter, "")).await;
    let panel = page.split("<section class=\"doctor").nth(1).unwrap().split("</section>").next().unwrap();
    assert_same("doctor_of_a_user", &seen.whole(panel));
}

//! The schedule doctor: what it says of real pings, and how what it proposes is applied.

use serde_json::{Value, json as value};

use super::{ask, create, json, now, path_of, ping, post, setup};

/// Pings every so many seconds, so often.
async fn ping_every(app: &mut rig::app::TestApp, check: &Value, seconds: f64, times: usize) {
    for _ in 0..times {
        ping(app, check, "").await;
        app.advance(seconds).await;
    }
}

/// A server whose days pass quickly, with no check.
fn unhurried() -> rig::app::Setup {
    let seldom = r#""base_frequency": 300, "email_processing_frequency": 300,"#;
    setup(rig::app::config(seldom, "")).unhurried()
}

async fn explained(app: &rig::app::TestApp, check: &Value) -> Value {
    json(&ask(app, "GET", &path_of(check, "/explain")).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_far_too_long_is_told_with_one_that_fits() {
    let mut app = unhurried().start().await;
    let check = create(&app, r#"{"name": "export", "timeout": 86400, "grace": 3600}"#).await;
    ping_every(&mut app, &check, 3_600.0, 5).await;
    let doctor = explained(&app, &check).await["doctor"].clone();
    assert_eq!(doctor, value!({ "rhythm": null, "findings": [] }), "of five pings nothing is said");
    ping_every(&mut app, &check, 3_600.0, 60).await;
    let told = explained(&app, &check).await;
    let rhythm = &told["doctor"]["rhythm"];
    assert_eq!(
        (&rhythm["pace"], &rhythm["period"], &rhythm["pings"]),
        (&"even".into(), &3_600.0.into(), &65.into())
    );
    let finding = &told["doctor"]["findings"][0];
    assert_eq!((&finding["fault"], &finding["lost"]), (&"period_long".into(), &86_340.0.into()));
    assert_eq!(finding["proposal"], value!({ "timeout": 3_600, "grace": 60 }));
    let words = told["paragraph"].as_str().unwrap();
    assert!(words.ends_with("A failure is told 23 h 59 min later than it could be."), "{words}");
    post(&app, &path_of(&check, ""), &finding["proposal"].to_string()).await;
    let told = explained(&app, &check).await;
    assert_eq!(told["doctor"]["findings"], value!([]), "what it proposed fits");
    assert!(!told["paragraph"].as_str().unwrap().contains("later than it could be"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_hangs_elsewhere_is_found_by_the_servers_own_zone() {
    let mut app = unhurried().zone("Europe/Riga").start().await;
    let check = create(&app, r#"{"schedule": "0 4 * * *", "tz": "UTC", "grace": 600}"#).await;
    // Riga is two hours ahead in winter.
    let until_two = 86_400.0 - f64::from(7 * 3_600 + 5 * 60) + f64::from(2 * 3_600);
    app.advance(until_two).await;
    ping_every(&mut app, &check, 86_400.0, 8).await;
    let told = explained(&app, &check).await;
    let finding = &told["doctor"]["findings"][0];
    assert_eq!(finding["fault"], "zone", "{told}");
    assert_eq!(finding["proposal"], value!({ "schedule": "0 4 * * *", "tz": "Europe/Riga", "grace": 600 }));
    let words = finding["words"].as_str().unwrap();
    assert!(words.starts_with("Its pings come 2 h before their time"), "{words}");
    assert!(words.contains("7 false alarms"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_the_config_is_given_the_line_to_write() {
    let mut app = setup(rig::app::config("", &rig::app::user("pump", 600.0, 60.0, ""))).start().await;
    for _ in 0..30 {
        app.pings("pump").await;
        app.advance(60.0).await;
    }
    let list = json(&ask(&app, "GET", "/api/v3/checks/").await);
    let told = explained(&app, &list["checks"][0]).await;
    let finding = &told["doctor"]["findings"][0];
    assert_eq!(finding["fault"], "period_long", "{told}");
    assert_eq!(finding["proposal"], value!({ "config": "\"max_sleep\": 90" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_applied_by_a_person_who_has_read_it() {
    let mut app = unhurried().start().await;
    let check = create(&app, r#"{"name": "export", "timeout": 86400, "grace": 3600}"#).await;
    ping_every(&mut app, &check, 3_600.0, 60).await;
    let page = format!("/checks/{}", check["uuid"].as_str().unwrap());
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str()), form];
    let apply = async |fields: &str| {
        let answer = app.post(&format!("{page}/doctor"), &headers, fields).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.header("location").to_owned()
    };
    for stale in ["", "fault=zone", "fault=period_long", "fault=period_long&proposal=every+1+min"] {
        assert_eq!(apply(stale).await, format!("{page}?done=outdated"), "{stale}");
    }
    assert_eq!(now(&app, &check).await["timeout"], 86_400);
    let right = "fault=period_long&proposal=every+1+h%2C+a+grace+of+1+min";
    assert_eq!(apply(right).await, format!("{page}?done=applied"));
    let after = now(&app, &check).await;
    assert_eq!((&after["timeout"], &after["grace"]), (&3_600.into(), &60.into()));
    assert_eq!(apply(right).await, format!("{page}?done=outdated"), "there is nothing left to mend");
    let unknown = "/checks/00000000-0000-4000-8000-000000000000/doctor";
    assert_eq!(app.post(unknown, &headers, right).await.status, 404);
    assert_eq!(app.post(&format!("{page}/doctor"), &headers[1..], right).await.status, 401);
}

//! Six weeks of a household and an office that are watched: what there is to see on the pages.

use std::collections::BTreeMap;

use ping_listener::channels::email::Security;
use rig::app::{Setup, TestApp};
use rig::server::{Place, TESTING_PASSWORD};
use rig::smtp::{Act, At, Behaviour, MailServer};
use serde_json::{Value, json};

use super::checks::{CHECKS, CONFIG, DECLARED, EXPORT, FAILED, PAUSED, SNOOZED, WELL, pings};
use crate::api::KEY;

/// In this zone nights begin.
pub(super) const ZONE: &str = "Europe/Riga";

/// How long the server has been there, in seconds.
pub(super) const LIFE: f64 = 42.0 * 86_400.0;

/// From then on mails go to a mail server, and before they stayed in the local inbox.
const POSTED_FROM: f64 = LIFE - 3.0 * 86_400.0;

/// A server that has lived for six weeks, ready to be started, and its checks by name.
pub(super) struct Life {
    pub(super) place: Place,
    pub(super) uuids: BTreeMap<String, String>,
    /// Goes on taking mails, and refusing some.
    _mail: MailServer,
}

/// Lives the six weeks until now.
pub(super) async fn live() -> Life {
    let mail = MailServer::start(Security::Tls);
    mail.behave(
        Behaviour::at(At::Recipient("caretaker@example.org"), Act::Answer("550 5.1.1 no such mailbox"))
            .and_at(
                At::Recipient("plumber@example.org"),
                Act::Answer("451 4.7.1 greylisted, come back later"),
            ),
    );
    let begin = now() - jiff::SignedDuration::from_secs_f64(LIFE);
    let setup = Setup::new(CONFIG).at(&begin.to_string()).zone(ZONE).unhurried();
    let mut app = setup.with("PING_LISTENER_API_KEY", KEY).start().await;
    let mut uuids = BTreeMap::new();
    for (name, check) in CHECKS {
        let mut check: Value = serde_json::from_str(check).unwrap();
        check["name"] = json!(name);
        check["channels"] = json!("*");
        uuids.insert((*name).to_owned(), post(&app, "/api/v3/checks/", &check.to_string()).await);
    }
    let mut is_posted = false;
    for ping in pings(begin) {
        if POSTED_FROM < ping.at && !is_posted {
            app.suspend(5_400.0).await;
            app = app.restart_with_mail_server(&mail).await;
            is_posted = true;
        }
        app.advance((ping.at - app.seconds()).max(0.0)).await;
        let target = match uuids.get(ping.name) {
            Some(uuid) => format!("/ping/{uuid}{}", ping.signal),
            None => format!("/ping?username={}", ping.name.replace(' ', "+")),
        };
        let answer = app.post(&target, &[("user-agent", "curl/8.5.0")], &ping.body).await;
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
    }
    for (name, edit) in [
        (EXPORT, r#"{"grace": 7200}"#),
        (EXPORT, r#"{"tags": "prod etl warehouse eu nightly", "desc": "Runs on the second node."}"#),
        (FAILED, r#"{"grace": 1800}"#),
    ] {
        post(&app, &format!("/api/v3/checks/{}", uuids[name]), edit).await;
    }
    post(&app, &format!("/api/v3/checks/{}/snooze?for=1d", uuids[SNOOZED]), "").await;
    post(&app, &format!("/api/v3/checks/{}/pause", uuids[PAUSED]), "").await;
    app.advance(LIFE - app.seconds()).await;
    for name in [WELL, DECLARED] {
        uuids.insert(name.to_owned(), uuid_of(&app, name).await);
    }
    let place = Place::new(CONFIG)
        .with("TESTING_PASSWORD", TESTING_PASSWORD)
        .with("TZ", ZONE)
        .with("PING_LISTENER_API_KEY", KEY)
        .with_mail(&mail);
    app.leave_data(&place.data()).await;
    Life { place, uuids, _mail: mail }
}

/// Returns the UUID of a check that the config declares.
async fn uuid_of(app: &TestApp, name: &str) -> String {
    let answer = app.ask("GET", "/api/v3/checks/", &[("x-api-key", KEY)]).await;
    let listed = crate::api::json(&answer);
    let mut checks = listed["checks"].as_array().unwrap().iter();
    checks.find(|check| check["name"] == name).unwrap()["uuid"].as_str().unwrap().to_owned()
}

/// Posts with the key for everything, and returns the UUID of the check that it was about.
async fn post(app: &TestApp, target: &str, body: &str) -> String {
    let answer = app.post(target, &[("x-api-key", KEY)], body).await;
    assert!([200, 201].contains(&answer.status), "{target}: {answer:?}");
    crate::api::json(&answer)["uuid"].as_str().unwrap_or_default().to_owned()
}

/// Returns the day before this one, such as `2026-11-20`.
pub(super) fn yesterday() -> String {
    let today = now().in_tz(ZONE).unwrap().date();
    today.yesterday().unwrap().to_string()
}

#[expect(clippy::disallowed_methods, reason = "the six weeks end when the browser looks, which is now")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

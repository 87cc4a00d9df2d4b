//! The interface for programs, as the clients of Healthchecks use it.

mod badges;
mod checks;
mod conformance;
mod declared;
mod description;
mod doctor;
mod explained;
mod flips;
mod form;
mod keys;
mod members;
mod metrics;
mod pings;
mod schedules;
mod snooze;
mod standing;
mod states;
mod told;

use rig::app::{Setup, TestApp, config, user};
use rig::client::Answer;
use serde_json::Value;

/// Opens everything.
pub(crate) const KEY: &str = "hcw_0123456789abcdefghijklmnopqr";

/// Opens what can be read.
pub(crate) const READ_KEY: &str = "hcr_0123456789abcdefghijklmnopqr";

/// Stands before slugs.
pub(crate) const PING_KEY: &str = "pingkey0123456789abcde";

pub(crate) const ROOT: &str = "https://pings.example.org";

/// Starts a server with all keys, and one user in its config.
pub(crate) async fn begin() -> TestApp {
    setup(config("", &user("front door", 4.5, 60.0, ""))).start().await
}

/// Starts a server that has nobody in its config.
pub(crate) async fn begin_empty() -> TestApp {
    setup(config("", "")).start().await
}

fn setup(config: String) -> Setup {
    Setup::new(config)
        .with("PING_LISTENER_API_KEY", KEY)
        .with("PING_LISTENER_API_KEY_READONLY", READ_KEY)
        .with("PING_LISTENER_PING_KEY", PING_KEY)
}

/// Asks with the key for everything.
pub(crate) async fn ask(app: &TestApp, method: &str, target: &str) -> Answer {
    app.ask(method, target, &[("x-api-key", KEY)]).await
}

/// Asks with the key for reading.
pub(crate) async fn read(app: &TestApp, target: &str) -> Answer {
    app.ask("GET", target, &[("x-api-key", READ_KEY)]).await
}

/// Posts with the key for everything.
pub(crate) async fn post(app: &TestApp, target: &str, body: &str) -> Answer {
    app.post(target, &[("x-api-key", KEY)], body).await
}

pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {answer:?}"))
}

/// Creates a check in version 3.
pub(crate) async fn create(app: &TestApp, body: &str) -> Value {
    let answer = post(app, "/api/v3/checks/", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    json(&answer)
}

/// Returns a check as it is now.
pub(crate) async fn now(app: &TestApp, check: &Value) -> Value {
    json(&ask(app, "GET", &path_of(check, "")).await)
}

/// Returns the path of a check in version 3, with something behind it.
pub(crate) fn path_of(check: &Value, rest: &str) -> String {
    format!("/api/v3/checks/{}{rest}", check["uuid"].as_str().unwrap())
}

/// Sends a ping, such as `/start`, that has to be taken.
pub(crate) async fn ping(app: &TestApp, check: &Value, rest: &str) {
    let answer = app.get(&format!("/ping/{}{rest}", check["uuid"].as_str().unwrap())).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK"), "{rest}");
}

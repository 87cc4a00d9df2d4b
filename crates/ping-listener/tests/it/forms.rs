//! Every form of the pages: found by walking them, used without scripts, and filled in wrongly.

mod again;
mod hands;
mod keyboard;
mod markup;
mod open;
mod page;
mod tries;
mod unscripted;
mod walk;
mod wrong;

use std::collections::BTreeSet;

use ping_listener::channels::email::Security;
use rig::app::{Setup, TestApp, config, user};
use rig::smtp::{Act, At, Behaviour, MailServer};

use crate::api::{KEY, create, ping};
use crate::person::Person;

/// Every form there is: its page (`*` for every page), how and where it is sent, and by which button.
///
/// One story sends each without scripts, another fills each in wrongly, and a third finds that there is no other.
const FORMS: &[&str] = &[
    "* POST /sign-in",
    "* POST /sign-in by link",
    "* POST /sign-out",
    "* POST /sign-out/everywhere",
    "/ GET /",
    "/ GET / testing=off",
    "/ GET / testing=on",
    "/ POST /checks/bulk do=delete",
    "/ POST /checks/bulk do=pause",
    "/ POST /checks/bulk do=resume",
    "/ POST /checks/bulk do=snooze",
    "/ POST /checks/bulk do=tag",
    "/ POST /checks/bulk do=untag",
    "/ POST /checks/bulk do=wake",
    "/ POST /checks/bulk one=delete",
    "/ POST /checks/bulk one=pause",
    "/ POST /checks/bulk one=resume",
    "/ POST /checks/bulk one=snooze",
    "/ POST /checks/bulk one=wake",
    "/ POST /checks/new first=yes",
    "/ POST /testing/ping one=ping",
    "/badges GET /badges",
    "/checks/bulk POST /checks/bulk do=delete",
    "/checks/new POST /checks/new",
    "/checks/{uuid} POST /checks/bulk one=delete",
    "/checks/{uuid} POST /checks/bulk one=pause",
    "/checks/{uuid} POST /checks/bulk one=resume",
    "/checks/{uuid} POST /checks/bulk one=snooze",
    "/checks/{uuid} POST /checks/bulk one=wake",
    "/checks/{uuid} POST /checks/{uuid}/doctor",
    "/checks/{uuid}/edit POST /checks/{uuid}/edit",
    "/checks/{uuid}/edit POST /checks/{uuid}/edit preview=1",
    "/checks/{uuid}/log GET /checks/{uuid}/log",
    "/mails POST /mails/again",
    "/mails POST /mails/{n}/again",
    "/settings POST /settings/keys",
    "/settings/keys/{n}/revoke POST /settings/keys/{n}/revoke",
    "/status/setup POST /status/setup",
];

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_form_that_no_story_sends() {
    let empty = Person::at(config("", "")).await;
    let mut pages = walk::pages(&empty).await;
    pages.push(("/".to_owned(), empty.app.get("/").await.body));
    let (app, mail) = busy().await;
    let person = Person::of(app).await;
    pages.extend(walk::pages(&person).await);
    pages.push(("/checks/bulk".to_owned(), question(&person).await));
    let found: BTreeSet<_> = walk::forms(&pages).into_keys().collect();
    assert_all(&found);
    println!("{} forms on {} pages", found.len(), pages.len());
    person.app.end_with(&mail).await;
}

/// Asserts that these are all forms there are, and no other.
fn assert_all(forms: &BTreeSet<String>) {
    let listed: BTreeSet<_> = FORMS.iter().map(|form| (*form).to_owned()).collect();
    let (other, missing) = (forms - &listed, &listed - forms);
    assert!(other.is_empty() && missing.is_empty(), "not in the list: {other:#?}\nonly there: {missing:#?}");
}

/// Starts a server that has something to show on every page: checks of the config that went down, mails that were given
/// up, a key, and checks made here, paused, snoozed, and with pings that do not fit what is asked of them.
async fn busy() -> (TestApp, MailServer) {
    let mail = MailServer::start(Security::Tls);
    let refusal = Act::Answer("550 5.1.1 nobody here");
    mail.behave(Behaviour::at(At::Recipient("you@example.org"), refusal));
    let users = [user("pump", 3.0, 300_000.0, ""), user("attic", 3.0, 300_000.0, "")].join(",");
    let mut app = Setup::new(config(r#""base_frequency": 600, "email_processing_frequency": 600,"#, &users))
        .with("PING_LISTENER_API_KEY", KEY)
        .mail_server(&mail)
        .start()
        .await;
    for name in ["paused", "snoozed", "old"] {
        create(&app, &format!(r#"{{"name": "{name}", "tags": "night"}}"#)).await;
    }
    let export = create(&app, r#"{"name": "export", "timeout": 86400, "grace": 3600, "tags": "etl"}"#).await;
    for _ in 0..65 {
        ping(&app, &export, "").await;
        app.advance(3_600.0).await;
    }
    let person = Person::of(app).await;
    for (name, action) in [("paused", "pause"), ("snoozed", "snooze:30d")] {
        let uuid = person.uuid(name).await;
        assert_eq!(person.send("/checks/bulk", &format!("one={action}+{uuid}")).await.status, 303);
    }
    assert_eq!(person.send("/settings/keys", "opens=ping").await.status, 200);
    (person.app, mail)
}

/// Returns the page that asks whether a check is to be deleted.
async fn question(person: &Person) -> String {
    let uuid = person.uuid("old").await;
    person.send("/checks/bulk", &format!("one=delete+{uuid}&back=check")).await.body
}

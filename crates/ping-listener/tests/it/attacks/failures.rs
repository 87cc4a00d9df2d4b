//! What a server says whose own work fails: that it does, and nothing of how it is made.

use http::Method;
use ping_listener::http::routes::Route;
use ping_listener::web;
use rig::app::{TestApp, config, user};
use rig::client::Answer;
use rig::server::lose_tables;

use super::Table;
use crate::person::Person;

/// What is said of every failure of the store.
const SENTENCE: &str = "The server cannot read or write its data at the moment; try again in a few seconds.";

/// Fields of all forms.
const FIELDS: &str = "name=x&period=1+h&grace=1+h&title=x&opens=ping&username=pump&do=pause&password=x";

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_in_one_sentence_and_with_nothing_of_what_is_inside() {
    let mut table = Table::new("Failures");
    let app = rig::app::start(config("", &user("pump", 600.0, 600.0, ""))).await;
    let person = Person::of(app).await;
    let uuid = person.uuid("pump").await;
    lose_tables(&person.app.database());
    let mut failed = 0;
    for route in web::routes().filter(|route| route.method == Method::GET && !route.path.ends_with("/live")) {
        let answer = person.get(&filled(&route, &uuid)).await;
        failed += usize::from(judge(&person.app, &route, &answer, "its tables are lost", &mut table));
    }
    table.judge(33, "pages that cannot do without the tables", "most", (failed, 12 <= failed));
    // Whoever writes finds nobody who does.
    person.app.common().store.close();
    let mut failed = 0;
    for route in
        web::routes().filter(|route| route.method == Method::POST && !route.path.starts_with("/sign-"))
    {
        let answer = person.send(&filled(&route, &uuid), &format!("{FIELDS}&check={uuid}")).await;
        failed += usize::from(judge(&person.app, &route, &answer, "its writer is gone", &mut table));
    }
    table.judge(33, "changes that cannot be made without a writer", "most", (failed, 7 <= failed));
    table.finish();
}

/// Puts something that exists in the place of what stands for any.
fn filled(route: &Route, uuid: &str) -> String {
    let parts = [("{uuid}", uuid), ("{date}", "2026-11-21"), ("{name}", "config"), ("{file}", "page.js")];
    let path = parts.into_iter().fold(route.path.to_owned(), |path, (any, one)| path.replace(any, one));
    let path = path.replace("{number}", "1").replace("{id}", "1").replace("{n}", "1");
    if path == "/logs" { format!("{path}?username=pump&year=26&month=11&day=21") } else { path }
}

/// Tells whether the page failed.
fn judge(app: &TestApp, route: &Route, answer: &Answer, when: &str, table: &mut Table) -> bool {
    let database = app.database().display().to_string();
    let inside = [
        "SQL",
        "sql",
        "lost_",
        "no such",
        "panicked",
        ".rs:",
        "thread",
        env!("CARGO_PKG_VERSION"),
        &database,
    ];
    let has_failed = 500 <= answer.status;
    let said: Vec<_> = inside.into_iter().filter(|word| has_failed && answer.body.contains(word)).collect();
    let is_plain = !has_failed || (answer.status == 503 && answer.body == SENTENCE);
    let came = if said.is_empty() { answer.status.to_string() } else { said.join(", ") };
    table.judge(
        33,
        &format!("{} {} when {when}", route.method, route.path),
        "an answer, or 503 with one sentence",
        (came, is_plain && said.is_empty()),
    );
    has_failed
}

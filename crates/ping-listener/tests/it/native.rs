//! Healthchecks' clients as they ping: every address, word and header that they rely on, over real sockets.

mod answers;
mod bodies;
mod classes;
mod forms;
mod lane;
mod overload;
mod provisioning;
mod senders;

use ping_listener::store::changes::Author;
use ping_listener::store::managed::Creation;
use ping_listener::store::managed::recent::PingView;
use ping_listener::store::managed::settings::Edit;
use ping_listener::store::managed::viewing::View;
use rig::app::{Setup, TestApp, config, user};
use uuid::Uuid;

/// The ping key of every story.
const KEY: &str = "4uwkfvvlvpwkfv8rz3w2gt";

/// A UUID that no check has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// The id of a run.
const RID: &str = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

/// Both places below which pings are taken.
const BASES: [&str; 2] = ["/ping/", "/"];

/// Starts a server that has the ping key and one declared check.
async fn start() -> TestApp {
    start_with("").await
}

/// The same, with more keys in the config, each with a comma behind it.
async fn start_with(keys: &str) -> TestApp {
    let config = config(keys, &user("test", 10.0, 60.0, ""));
    Setup::new(config).with("PING_LISTENER_PING_KEY", KEY).start().await
}

/// Puts other keys in force.
async fn reload_with(app: &TestApp, keys: &str) {
    app.reload(&config(keys, &user("test", 10.0, 60.0, ""))).await;
}

/// Makes a check with a slug.
async fn check(app: &TestApp, slug: &str) -> View {
    check_with(app, Edit { slug: Some(slug.to_owned()), ..Edit::default() }).await
}

async fn check_with(app: &TestApp, edit: Edit) -> View {
    match app.common().store.create(edit, Vec::new(), Author::Person).await.unwrap() {
        Creation::Made(view) => view,
        other @ (Creation::Updated(_) | Creation::OverLimit) => panic!("{other:?}"),
    }
}

/// Returns what is known of a check's pings, the first one first.
async fn pings(app: &TestApp, check: &View) -> Vec<PingView> {
    let mut pings = app.common().store.recent_pings(check.id, 100).await.unwrap();
    pings.reverse();
    pings
}

/// Returns the only ping of a check.
async fn only_ping(app: &TestApp, check: &View) -> PingView {
    let mut pings = pings(app, check).await;
    assert_eq!(pings.len(), 1, "{pings:?}");
    pings.remove(0)
}

/// Returns what is kept of the last body.
async fn last_body(app: &TestApp, check: &View) -> Vec<u8> {
    let last = pings(app, check).await.last().expect("it has pinged").n;
    app.common().store.ping_body(check.id, last).await.unwrap().map(Vec::from).unwrap_or_default()
}

/// Returns the UUID of the declared check.
fn declared(app: &TestApp) -> Uuid {
    let store = &app.common().store;
    store.uuid_of_declared(store.find("test").unwrap().id)
}

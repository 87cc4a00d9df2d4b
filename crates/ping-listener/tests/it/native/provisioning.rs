//! Checks that their first ping makes.

use ping_listener::store::managed::finding::BySlug;
use ping_listener::store::managed::settings::Settings;

use super::{KEY, check, pings, start};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_ping_makes_a_check_with_all_defaults() {
    let app = start().await;
    let made = app.get(&format!("/ping/{KEY}/nightly-export/start?create=1")).await;
    assert_eq!((made.status, made.body.as_str()), (201, "Created"));
    let again = app.get(&format!("/{KEY}/nightly-export?create=1")).await;
    assert_eq!((again.status, again.body.as_str()), (200, "OK"));
    let BySlug::One(found) = app.common().store.find_slug("nightly-export") else { panic!("it has no slug") };
    let view = app.common().store.managed(found.id).await.unwrap().unwrap();
    let name = || "nightly-export".to_owned();
    assert_eq!(*view.settings, Settings { name: name(), slug: name(), is_told: true, ..Settings::default() });
    assert_eq!(pings(&app, &view).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_one_makes_checks_and_only_with_the_key() {
    let app = start().await;
    for query in ["", "?create", "?create=", "?create=0", "?create=true", "?create=1&create=2"] {
        let answer = app.get(&format!("/ping/{KEY}/new{query}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "not found"), "{query}");
    }
    let stranger = app.get("/ping/another-key/new?create=1").await;
    assert_eq!((stranger.status, stranger.body.as_str()), (404, "not found"));
    assert!(app.common().store.all_managed().await.unwrap().is_empty());
    assert_eq!(app.get(&format!("/ping/{KEY}/new?create=2&create=1")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_that_is_refused_makes_nothing() {
    let app = start().await;
    let long = "a".repeat(101);
    for (path, words) in [
        ("new/256?create=1", "invalid url format"),
        ("new?create=1&rid=x", "invalid uuid format"),
        ("New?create=1", "invalid url format"),
        (&format!("{long}?create=1"), "invalid url format"),
    ] {
        let answer = app.get(&format!("/ping/{KEY}/{path}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, words), "{path}");
    }
    let large = [("content-length", "2621441")];
    assert_eq!(app.ask("POST", &format!("/ping/{KEY}/new?create=1"), &large).await.status, 400);
    assert_eq!(app.get(&format!("/ping/{KEY}/{long}")).await.status, 404);
    assert!(app.common().store.all_managed().await.unwrap().is_empty());
    let longest = "a".repeat(100);
    assert_eq!(app.get(&format!("/ping/{KEY}/{longest}?create=1")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_first_pings_at_once_make_one_check() {
    let app = start().await;
    let path = format!("/ping/{KEY}/new?create=1");
    let answers = futures_of(&app, &path).await;
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [200, 201].contains(status)), "{answers:?}");
    let views = app.common().store.all_managed().await.unwrap();
    assert_eq!(views.iter().map(|view| view.pings).collect::<Vec<_>>(), [8]);
}

/// Asks eight times at once.
async fn futures_of(app: &rig::app::TestApp, path: &str) -> Vec<u16> {
    let address = app.address();
    let asks: Vec<_> = (0..8)
        .map(|_| {
            let path = path.to_owned();
            tokio::spawn(async move { rig::client::request(address, "GET", &path, &[], "").await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for ask in asks {
        statuses.push(ask.await.unwrap());
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_that_two_checks_have_is_ambiguous_until_one_is_gone() {
    let app = start().await;
    let (first, second) = (check(&app, "twice").await, check(&app, "twice").await);
    for query in ["", "?create=1"] {
        let answer = app.get(&format!("/ping/{KEY}/twice{query}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (409, "ambiguous slug"), "{query}");
    }
    assert!(pings(&app, &first).await.is_empty() && pings(&app, &second).await.is_empty());
    app.common().store.delete(first.id).await.unwrap().unwrap();
    assert_eq!(app.get(&format!("/ping/{KEY}/twice")).await.status, 200);
    assert_eq!(pings(&app, &second).await.len(), 1);
    assert_eq!(app.get(&format!("/ping/{}", first.uuid)).await.body, "not found");
}

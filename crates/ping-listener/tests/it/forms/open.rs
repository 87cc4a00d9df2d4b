//! Pages that stay open while their connection drops, or while their session is ended elsewhere.

use rig::browser::Browser;
use rig::line::Line;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD};
use serde_json::Value;

use crate::api::KEY;

/// A line that says how the live view is.
const STATE: &str = "document.querySelector('#live-state')";

#[test]
fn every_page_that_is_kept_true_is_true_again_after_a_dropped_connection() {
    let (server, uuid) = start();
    let line = Line::to(server.address());
    let root = format!("http://{}", line.address());
    let browser = sign_in(&root);
    let pages = [
        (format!("/checks/{uuid}"), "document.querySelector('#now .verdict').innerText.startsWith('Up')"),
        (format!("/checks/{uuid}/log"), "document.querySelector('#now .entry.up')"),
        ("/wall".to_owned(), "document.querySelector('.tile.up')"),
    ];
    let windows = pages.map(|(path, is_true)| {
        let window = browser.open_tab();
        browser.open(&format!("{root}{path}"));
        browser.execute("window.isTheSame = true");
        browser.wait_until(&format!("!({is_true}) && {STATE}.hidden"), PATIENCE);
        (window, is_true)
    });
    line.cut();
    for (window, _) in &windows {
        browser.go_to_window(window);
        browser.wait_until(&format!("/No word from the server since/.test({STATE}.innerText)"), PATIENCE);
    }
    assert_eq!(server.get(&format!("/ping/{uuid}")).status, 200);
    line.mend();
    for (window, is_true) in &windows {
        browser.go_to_window(window);
        browser.wait_until(&format!("{is_true} && {STATE}.hidden && window.isTheSame"), PATIENCE);
    }
    server.stop();
}

#[test]
fn every_open_page_says_that_its_session_was_ended_elsewhere() {
    let (server, uuid) = start();
    let browser = sign_in(&server.url(""));
    let is_told = format!("/You are signed out here/.test({STATE}.innerText)");
    let asks_for_password = "document.querySelector('#password')".to_owned();
    let pages = [
        ("/".to_owned(), is_told.clone()),
        (format!("/checks/{uuid}"), is_told.clone()),
        (format!("/checks/{uuid}/log"), is_told),
        ("/wall".to_owned(), asks_for_password.clone()),
        (format!("/checks/{uuid}/edit"), "/sign in in another window/.test(preview.innerText)".to_owned()),
        ("/settings".to_owned(), asks_for_password),
        ("/status".to_owned(), "/There is nothing here/.test(document.body.innerText)".to_owned()),
    ];
    let windows = pages.map(|(path, is_told)| {
        let window = browser.open_tab();
        browser.hurry();
        browser.open(&server.url(&path));
        browser.wait_until("document.querySelector('form.sign-out, .wall, .public')", PATIENCE);
        (window, path, is_told)
    });
    assert_eq!(server.post("/sign-out/everywhere", &server.sign_in(), "").status, 303);
    for (window, path, is_told) in &windows {
        browser.go_to_window(window);
        if path.ends_with("/edit") {
            browser.find("#period").retype("2 h");
        }
        if path == "/settings" {
            browser.find("form.inline button").click();
        }
        browser.wait_until(is_told, PATIENCE);
        if path.ends_with("/edit") {
            assert_eq!(browser.execute("return period.value"), "2 h", "what was typed stays");
        }
    }
    let keys = server.get_with("/settings", &server.sign_in()).body.matches("/revoke\"").count();
    assert_eq!(keys, 0, "a form that is sent too late does nothing");
    let (edit, ..) = windows.iter().find(|(_, path, _)| path.ends_with("/edit")).unwrap();
    browser.open(&server.url("/"));
    enter(&browser);
    browser.go_to_window(edit);
    browser.find("form.asked .strong").click();
    browser.wait_until(
        "/Saved/.test(document.body.innerText) && /every 2 h/.test(document.body.innerText)",
        PATIENCE,
    );
    server.stop();
}

/// Starts a server with one check.
fn start() -> (Server, String) {
    let place = Place::new(r#"{"recipient": "you@example.org", "users": {}}"#)
        .with("TESTING_PASSWORD", TESTING_PASSWORD)
        .with("PING_LISTENER_API_KEY", KEY);
    let server = place.start();
    let asked = r#"{"name": "export", "timeout": 3600, "grace": 60}"#;
    let made = server.post("/api/v3/checks/", &format!("X-Api-Key: {KEY}\r\n"), asked);
    let check: Value = serde_json::from_str(&made.body).unwrap();
    (server, check["uuid"].as_str().unwrap().to_owned())
}

fn sign_in(root: &str) -> Browser {
    let browser = Browser::start();
    browser.open(&format!("{root}/"));
    enter(&browser);
    browser
}

fn enter(browser: &Browser) {
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('form.sign-out')", PATIENCE);
}

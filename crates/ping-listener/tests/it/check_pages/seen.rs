//! The pages about one check before a real browser: they stay true while they are open, and show what is typed.

use rig::browser::Browser;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD};
use serde_json::Value;

use crate::api::KEY;

/// A phone held upright.
const PHONE: (u32, u32) = (390, 844);

const NAME: &str =
    "a name without any place to break it, and afterwards_one_very_long_word_that_does_not_fit";

#[test]
fn an_open_page_is_kept_true_and_narrowed_without_being_loaded_again() {
    let (server, browser, uuid) = begin();
    browser.open(&server.url(&format!("/checks/{uuid}")));
    browser.execute("window.isTheSame = true");
    assert!(browser.find("#now").text().contains("it has not pinged yet"));
    assert_eq!(server.get(&format!("/ping/{uuid}")).status, 200);
    browser.wait_until("document.querySelector('#now .verdict').innerText.startsWith('Up')", PATIENCE);
    assert_eq!(server.post(&format!("/ping/{uuid}/fail"), "", "disk full").status, 200);
    browser.wait_until("document.querySelector('#now .verdict').innerText.startsWith('Failed')", PATIENCE);
    browser.wait_until("document.querySelector('#now .entries').innerText.includes('body, 9 B')", PATIENCE);
    browser.wait_until("document.getElementById('icon').href.endsWith('/icon-down.svg')", PATIENCE);
    assert_eq!(browser.execute("return window.isTheSame"), true, "the page was not loaded again");

    browser.open(&server.url(&format!("/checks/{uuid}/log")));
    browser.execute("window.isTheSame = true");
    browser.find(".choice:has([value=fail])").click();
    let entries = "document.querySelectorAll('#now .entry').length";
    browser.wait_until(&format!("{entries} === 1"), PATIENCE);
    assert_eq!(browser.execute("return location.search"), "?show=fail", "it can be shared");
    assert_eq!(server.get(&format!("/ping/{uuid}/1")).status, 200);
    browser.wait_until(&format!("{entries} === 2"), PATIENCE);
    assert_eq!(browser.execute("return window.isTheSame"), true, "the page was not loaded again");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[test]
fn a_schedule_is_read_out_while_it_is_typed() {
    let (server, browser, uuid) = begin();
    browser.open(&server.url(&format!("/checks/{uuid}/edit")));
    let shown = "document.querySelector('#preview').innerText";
    browser.wait_until(&format!("{shown}.includes('Every 1 h')"), PATIENCE);
    browser.find(".choice:has([value=schedule])").click();
    browser.execute("for (const name of ['schedule', 'tz']) document.getElementById(name).value = ''");
    browser.find("#schedule").type_text("0 9 * * 1");
    browser.find("#tz").type_text("Asia/Tokyo");
    browser.wait_until(&format!("{shown}.includes('at 09:00 every Monday')"), PATIENCE);
    assert!(browser.find("#preview").text().contains("09:00:00 JST"), "{}", browser.find("#preview").text());
    browser.find("#schedule").type_text(" *");
    browser.wait_until(&format!("{shown}.includes('cannot be read')"), PATIENCE);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[test]
fn no_page_about_a_check_overflows_on_a_phone() {
    let (server, browser, uuid) = begin();
    assert_eq!(server.post(&format!("/ping/{uuid}"), "", &"x".repeat(500)).status, 200);
    browser.resize(PHONE.0, PHONE.1);
    for end in ["", "/log", "/edit", "/changes", "/pings/1"] {
        browser.open(&server.url(&format!("/checks/{uuid}{end}")));
        browser.execute("for (const details of document.querySelectorAll('details')) details.open = true");
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.execute(overflow), 0, "{end}");
    }
    server.stop();
}

/// Starts a server with one check, and a browser that is signed in.
fn begin() -> (Server, Browser, String) {
    let place = Place::new(r#"{"recipient": "you@example.org", "users": {}}"#)
        .with("TESTING_PASSWORD", TESTING_PASSWORD)
        .with("PING_LISTENER_API_KEY", KEY);
    let server = place.start();
    let asked = format!(r#"{{"name": "{NAME}", "timeout": 3600, "grace": 60, "tags": "one two"}}"#);
    let made = server.post("/api/v3/checks/", &format!("X-Api-Key: {KEY}\r\n"), &asked);
    let check: Value = serde_json::from_str(&made.body).unwrap();
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("!document.querySelector('#password')", PATIENCE);
    // What the console notes of the refused answer before is dropped.
    browser.console_errors();
    (server, browser, check["uuid"].as_str().unwrap().to_owned())
}

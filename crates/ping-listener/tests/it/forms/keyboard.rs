//! A check from its making to its deletion by the keys of the keyboard alone.

use rig::browser::{BACKSPACE, Browser, END, ENTER, ESCAPE, TAB};
use rig::server::{PATIENCE, Place, TESTING_PASSWORD};

/// More presses of Tab than any page here has places to stop at.
const TABS_MAX: usize = 80;

#[test]
fn a_check_is_made_edited_and_deleted_by_the_keyboard_alone() {
    let config = r#"{"recipient": "you@example.org", "users": {"attic": {"monitor": true, "max_sleep": 600, "email_frequency": 3600}}}"#;
    let server = Place::new(config).with("TESTING_PASSWORD", TESTING_PASSWORD).start();
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.press(TESTING_PASSWORD);
    browser.press(ENTER);
    arrive(&browser, "location.pathname === '/' && document.querySelector('.checks')");
    skip_and_escape(&browser);

    go_to(&browser, "a[href='/checks/new']");
    browser.press(ENTER);
    arrive(&browser, "location.pathname === '/checks/new'");
    go_to(&browser, "#name");
    browser.press("pump");
    // Tab chooses what is there, so that typing replaces it.
    go_to(&browser, "#period");
    browser.press("soon");
    browser.press(ENTER);
    arrive(&browser, "document.querySelector('#period-error')");
    has_focus(&browser, "#period");
    browser.press(&format!("{END}{}2 h", BACKSPACE.repeat(4)));
    browser.press(ENTER);
    arrive(&browser, "/The check is made/.test(document.body.innerText)");

    go_to(&browser, ".tabs a[href$='/edit']");
    browser.press(ENTER);
    arrive(&browser, "location.pathname.endsWith('/edit')");
    go_to(&browser, "#name");
    browser.press("valve");
    browser.press(ENTER);
    arrive(&browser, "document.querySelector('[role=status].done')");
    assert_eq!(browser.find("h1").text(), "valve", "Enter saves");

    go_to(&browser, ".actions .danger");
    browser.press(ENTER);
    arrive(&browser, "/Delete this check/.test(document.body.innerText)");
    go_to(&browser, "main form .danger");
    browser.press(ENTER);
    arrive(&browser, "/1 check deleted/.test(document.body.innerText)");
    server.stop();
}

/// The first stop leads past the navigation, and Escape closes a menu and stays where it was opened.
fn skip_and_escape(browser: &Browser) {
    browser.execute("window.isTheSame = true");
    browser.press(TAB);
    has_focus(browser, ".skip");
    browser.press(ENTER);
    has_focus(browser, "#main");
    go_to(browser, ".menu summary");
    browser.press(ENTER);
    browser.wait_until("document.querySelector('.menu[open]')", PATIENCE);
    browser.press(TAB);
    has_focus(browser, ".menu[open] button");
    browser.press(ESCAPE);
    browser.wait_until("!document.querySelector('.menu[open]')", PATIENCE);
    has_focus(browser, ".menu summary");
    go_to(browser, "#q");
    browser.press("nobody");
    browser.wait_until("/No check is like that/.test(document.body.innerText)", PATIENCE);
    has_focus(browser, "#q");
    browser.press(ENTER);
    browser.wait_until("location.search === '?q=nobody' && !window.isTheSame", PATIENCE);
    browser.open(&format!("{}/", browser.execute("return location.origin").as_str().unwrap()));
}

/// Waits until a page is there, whole.
fn arrive(browser: &Browser, is_there: &str) {
    browser.wait_until(&format!("document.readyState === 'complete' && {is_there}"), PATIENCE);
}

fn has_focus(browser: &Browser, css: &str) {
    browser.wait_until(&format!("document.activeElement.matches(\"{css}\")"), PATIENCE);
}

/// Presses Tab until the right thing has the focus.
fn go_to(browser: &Browser, css: &str) {
    for _ in 0..TABS_MAX {
        if browser.execute(&format!("return document.activeElement.matches(\"{css}\")")) == true {
            return;
        }
        browser.press(TAB);
    }
    panic!("Tab never leads to {css}; the page says:\n{}", browser.text());
}

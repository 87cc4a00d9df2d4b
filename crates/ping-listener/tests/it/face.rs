//! The pages, before a real browser: what a person sees, clicks and types.

use std::time::Duration;

use rig::browser::{Browser, ENTER, SPACE, TAB};
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD, wait_until};

/// A name that a careless page would take for a part of itself.
const MARKUP: &str = "<img src=x onerror=alert(1)>";

/// A phone held upright.
const PHONE: (u32, u32) = (390, 844);

/// More presses of Tab than any page here has places to stop at.
const TABS_MAX: usize = 80;

#[test]
fn a_person_signs_in_pings_from_the_page_and_watches_the_alert_come() {
    let server = start();
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.find("#password").type_text("a wrong one");
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('[role=alert]')", PATIENCE);
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('[role=switch]')", PATIENCE);
    // Refused answers are no faults of the page, and the console notes them.
    browser.console_errors();

    browser.find("label:has([data-name=pump][role=switch])").click();
    // Pings go on by themselves, and the page shows them without being loaded again.
    let answers =
        "document.querySelector('#log').innerText.match(/pump: 200 \\d\\d\\/\\d\\d\\/\\d\\d/g).length";
    browser.wait_until(&format!("2 <= {answers}"), PATIENCE);
    browser.wait_until(&format!("{} === 'up'", standing_of("pump")), PATIENCE);
    browser.find("#clear").click();
    assert!(!browser.find("#log").text().contains("200"));

    browser.find("label:has([data-name=pump][role=switch])").click();
    browser.wait_until(&format!("{} === 'down'", standing_of("pump")), PATIENCE);
    assert_eq!(browser.execute("return location.pathname"), "/", "the page was not left");
    open_mail(&server, &browser, "pump disconnection detected", "User pump\nlast reported at ");
    let text = browser.find("pre").text();
    assert!(text.contains("with a max sleep time of 2 seconds."), "{text}");
    assert_eq!(browser.execute("return document.querySelectorAll('iframe[sandbox]').length"), 1);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[test]
fn the_keyboard_alone_is_enough() {
    let server = start();
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.wait_until("document.activeElement.id === 'password'", PATIENCE);
    browser.press(TESTING_PASSWORD);
    browser.press(ENTER);
    browser.wait_until("document.querySelector('[role=switch]')", PATIENCE);
    browser.console_errors();
    go_to(&browser, "document.activeElement.matches('[role=switch][data-name=pump]')");
    browser.press(SPACE);
    browser.wait_until("/pump: 200/.test(document.querySelector('#log').innerText)", PATIENCE);
    browser.press(SPACE);
    browser.wait_until(&format!("{} === 'down'", standing_of("pump")), PATIENCE);
    wait_for_mail(&server, "pump");
    for page in ["/mails", "/inbox"] {
        go_to(&browser, &format!("document.activeElement.pathname === '{page}'"));
        browser.press(ENTER);
        let is_there = format!("location.pathname === '{page}' && document.readyState === 'complete'");
        browser.wait_until(&is_there, PATIENCE);
    }
    go_to(
        &browser,
        "document.activeElement.closest('.mails a')?.innerText.includes('pump disconnection detected')",
    );
    browser.press(ENTER);
    browser.wait_until("/^.inbox.\\d+$/.test(location.pathname) && document.querySelector('pre')", PATIENCE);
    assert!(browser.find("pre").text().contains("User pump"));
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[test]
fn nothing_overflows_on_a_phone() {
    let server = start();
    let browser = Browser::start();
    browser.resize(PHONE.0, PHONE.1);
    browser.open(&server.url("/"));
    assert_fits(&browser);
    sign_in(&server, &browser);
    browser.execute("for (const details of document.querySelectorAll('details')) details.open = true");
    assert_fits(&browser);
    for page in ["/inbox", "/mails", &log_of_today(&browser)] {
        browser.open(&server.url(page));
        assert_fits(&browser);
    }
    open_mail(&server, &browser, &format!("{MARKUP} disconnection detected"), &format!("User {MARKUP}"));
    assert_fits(&browser);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[test]
fn a_name_that_looks_like_markup_is_shown_as_it_is() {
    let server = start();
    let browser = Browser::start();
    sign_in(&server, &browser);
    // A dialog that it opened would make every further step fail.
    assert!(browser.text().contains(MARKUP), "{}", browser.text());
    browser.find(".try button[data-name^='<img']").click();
    let shown = "document.querySelector('#log').innerText.includes('<img src=x onerror=alert(1)>: 200')";
    browser.wait_until(shown, PATIENCE);
    open_mail(&server, &browser, &format!("{MARKUP} disconnection detected"), &format!("User {MARKUP}"));
    assert!(browser.find("h1").text().contains(MARKUP));
    assert_eq!(browser.execute("return document.querySelectorAll('img[onerror]').length"), 0);
    browser.open(&server.url("/"));
    browser.open(&server.url(&log_of_today(&browser)));
    assert!(browser.text().contains(MARKUP), "{}", browser.text());
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

fn start() -> Server {
    let user = r#"{"monitor": true, "max_sleep": 2, "email_frequency": 3600}"#;
    let config = format!(
        r#"{{"base_frequency": 1, "email_processing_frequency": 1, "recipient": "you@example.org",
             "users": {{"{MARKUP}": {user}, "pump": {user}}}}}"#
    );
    Place::new(&config).with("TESTING_PASSWORD", TESTING_PASSWORD).start()
}

/// Signs in and waits for the page of checks; what the console notes of the refused answer before is dropped.
fn sign_in(server: &Server, browser: &Browser) {
    browser.open(&server.url("/"));
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('[role=switch]')", PATIENCE);
    browser.console_errors();
}

/// An expression for the standing that the page shows of a check, as its style has it.
fn standing_of(name: &str) -> String {
    format!("document.querySelector('[data-name={name}]').closest('tr').className")
}

/// Waits until the inbox holds a mail about this check, without a browser.
fn wait_for_mail(server: &Server, name: &str) {
    let session = server.sign_in();
    let subject = format!("{name} disconnection detected");
    wait_until(PATIENCE, &subject, || server.get_with("/inbox", &session).body.contains(&subject));
}

/// Opens the latest mail with this subject, as soon as its text says what it should.
fn open_mail(server: &Server, browser: &Browser, subject: &str, text: &str) {
    let link =
        format!("[...document.querySelectorAll('.mails a')].find(a => a.innerText.includes('{subject}'))");
    wait_until(PATIENCE, text, || {
        browser.open(&server.url("/inbox"));
        let is_there =
            browser.execute(&format!("const link = {link}; link?.click(); return Boolean(link)")) == true;
        is_there && {
            browser
                .wait_until("document.querySelector('pre') && document.readyState === 'complete'", PATIENCE);
            browser.find("pre").text().contains(text)
        }
    });
}

/// Presses Tab until the right thing has the focus.
fn go_to(browser: &Browser, has_focus: &str) {
    for _ in 0..TABS_MAX {
        if browser.execute(&format!("return Boolean({has_focus})")) == true {
            return;
        }
        browser.press(TAB);
    }
    panic!("Tab never leads to where `{has_focus}`; the page says:\n{}", browser.text());
}

/// Returns where the log of the check with the odd name is; the order of checks changes with their standing.
fn log_of_today(browser: &Browser) -> String {
    let href = browser.execute(
        "return [...document.querySelectorAll('.checks tbody tr')]
            .find(row => row.textContent.includes('<img')).querySelector('a[href^=\"/logs\"]').getAttribute('href')",
    );
    href.as_str().unwrap().to_owned()
}

fn assert_fits(browser: &Browser) {
    browser.wait_until("document.readyState === 'complete'", Duration::from_secs(20));
    let widths = browser.execute("return [innerWidth, document.documentElement.scrollWidth]");
    assert_eq!(widths[0], PHONE.0);
    let width = widths[1].as_u64().unwrap();
    let wide = browser.execute(
        "return [...document.querySelectorAll('main *')]
            .filter(e => innerWidth < e.getBoundingClientRect().right && !e.closest('.scroll, pre'))
            .map(e => e.outerHTML.slice(0, 80))",
    );
    let page = browser.execute("return location.pathname");
    assert!(width <= u64::from(PHONE.0), "{page} is {width} wide: {wide}");
}

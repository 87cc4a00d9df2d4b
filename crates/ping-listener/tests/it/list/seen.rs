//! The list before a real browser: the first visit, the search among many checks, and a connection that drops.

use std::fmt::Write as _;

use rig::browser::Browser;
use rig::line::Line;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD, now, wait_until};

/// Checks in the search: as many as shall stay usable.
const MANY: usize = 10_000;

#[test]
fn the_first_visit_from_signing_in_to_the_mail() {
    let server = start("");
    let browser = sign_in(&server.url("/"));
    assert!(browser.text().contains("No check yet."), "{}", browser.text());
    browser.find("a[href='/checks/new']").click();
    browser.wait_until("document.querySelector('#name')", PATIENCE);
    browser.find("#name").type_text("Cellar pump");
    browser.execute("document.querySelector('#period').value = '2 s'");
    browser.execute("document.querySelector('#grace').value = '1 s'");
    browser.find("main form button").click();
    browser.wait_until("location.pathname !== '/checks/new'", PATIENCE);
    browser.open(&server.url("/"));
    let line = browser.find("#first-ping code").text();
    assert!(line.starts_with("curl ") && line.contains("/ping/"), "{line}");
    browser.console_errors();
    let path = format!("/ping/{}", line.split("/ping/").nth(1).unwrap().trim_end_matches('\''));
    assert_eq!(server.get(&path).body, "OK");
    browser.wait_until(&format!("{ROW}?.className === 'up'"), PATIENCE);
    browser.wait_until(&format!("{ROW}?.className === 'down'"), PATIENCE);
    browser.wait_until("document.title === '1 down · Checks · Ping Listener'", PATIENCE);
    browser.wait_until("document.querySelector('#icon').href.endsWith('icon-down.svg')", PATIENCE);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    let session = server.sign_in();
    wait_until(PATIENCE, "the mail", || server.get_with("/inbox", &session).body.contains("Cellar pump"));
    server.stop();
}

/// All lines of the list.
const ROWS: &str = "[...document.querySelectorAll('.checks tbody tr')]";

/// Tells whether the names of all lines are like a pattern.
fn names(pattern: &str) -> String {
    format!("{ROWS}.every(row => {pattern}.test(row.querySelector('th bdi').textContent))")
}

/// The only line of the list.
const ROW: &str = "document.querySelector('.checks tbody tr')";

#[test]
fn ten_thousand_checks_are_searched_while_somebody_types() {
    let mut users = String::new();
    for n in 0..MANY {
        let comma = if n == 0 { "" } else { "," };
        write!(
            users,
            r#"{comma}"job-{n:05}": {{"monitor": true, "max_sleep": 100000, "email_frequency": 3600}}"#
        )
        .unwrap();
    }
    let server = start(&users);
    let browser = sign_in(&server.url("/"));
    assert!(browser.text().contains("1 to 200 of 10000"), "{}", browser.text());
    browser.find("#q").type_text("job-04");
    // What a screen does not hold comes after what it does, and can be chosen with it.
    browser.wait_until(&format!("{} && {ROWS}.length === 200", names("/^job-04/")), PATIENCE);
    browser.find("#all").click();
    browser.wait_until("document.querySelector('#chosen-count').textContent === '200 chosen:'", PATIENCE);
    browser.find("#q").type_text("24");
    let only = format!("{ROWS}.length === 10 && location.search === '?q=job-0424'");
    browser.wait_until(&format!("{only} && {}", names("/^job-0424\\d$/")), PATIENCE);
    let chosen =
        browser.execute(&format!("return {ROWS}.filter(row => row.querySelector(':checked')).length"));
    assert_eq!(chosen, 0, "what is chosen is what is seen");
    let began = now();
    browser.find("#q").type_text("2");
    browser.wait_until(&format!("{ROWS}.length === 1"), PATIENCE);
    println!("a keystroke among {MANY} checks took {:?}, with the browser's own time", now() - began);
    assert!(browser.find(".checks tbody th").text().contains("job-04242"));
    // What is shown anew stays true: its own live view goes on.
    assert_eq!(server.ping("job-04242").status, 200);
    browser.wait_until(&format!("{ROW}?.className === 'up'"), PATIENCE);
    server.stop();
}

#[test]
fn a_page_whose_connection_dropped_is_true_again() {
    let server = start(r#""pump": {"monitor": true, "max_sleep": 600, "email_frequency": 3600}"#);
    let line = Line::to(server.address());
    let browser = sign_in(&format!("http://{}/", line.address()));
    browser.wait_until(&format!("{ROW}?.className === 'new'"), PATIENCE);
    line.cut();
    browser.wait_until("!document.querySelector('#live-state').hidden", PATIENCE);
    assert_eq!(server.ping("pump").status, 200);
    line.mend();
    browser.wait_until(&format!("{ROW}?.className === 'up'"), PATIENCE);
    browser.wait_until("document.querySelector('#live-state').hidden", PATIENCE);
    server.stop();
}

#[test]
fn several_checks_are_chosen_and_paused_by_clicks() {
    let server = start("");
    let session = server.sign_in();
    for name in ["one", "two", "three"] {
        let form = format!("name={name}&kind=period&period=1+h&grace=1+h");
        assert_eq!(server.post("/checks/new", &session, &form).status, 303);
    }
    let browser = sign_in(&server.url("/?sort=name"));
    browser.open(&server.url("/?sort=name"));
    assert_eq!(browser.execute("return getComputedStyle(document.querySelector('#bulk')).display"), "none");
    browser.find("#all").click();
    browser.wait_until("document.querySelector('#chosen-count').textContent === '3 chosen:'", PATIENCE);
    browser.find("#bulk [value=pause]").click();
    browser.wait_until("document.querySelector('[role=status].done')", PATIENCE);
    assert!(browser.text().contains("3 checks paused"), "{}", browser.text());
    browser.find("details.menu summary").click();
    browser.find("details.menu[open] [value^=resume]").click();
    browser.wait_until("/1 check resumed/.test(document.body.innerText)", PATIENCE);
    server.stop();
}

fn start(users: &str) -> Server {
    let config = format!(
        r#"{{"base_frequency": 1, "email_processing_frequency": 1, "recipient": "you@example.org",
             "users": {{{users}}}}}"#
    );
    Place::new(&config).with("TESTING_PASSWORD", TESTING_PASSWORD).start()
}

fn sign_in(url: &str) -> Browser {
    let browser = Browser::start();
    browser.open(url);
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('#sentence')", PATIENCE);
    browser.console_errors();
    browser
}

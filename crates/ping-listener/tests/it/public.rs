//! The pages around the checks, before a real browser: help, badges, the status page and the wall.

use rig::app::TestApp;
use rig::browser::Browser;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD};

const API_KEY: &str = "hcw_0123456789abcdefghijABCDEFGH";

/// A phone held upright.
const PHONE: (u32, u32) = (390, 844);

/// A name that a careless page would take for a part of itself.
const MARKUP: &str = "<img src=x onerror=alert(1)>";

#[test]
fn the_help_is_open_to_everybody_and_speaks_of_this_server() {
    let server = start();
    let browser = Browser::start();
    browser.open(&server.url("/docs"));
    assert_eq!(browser.find("h1").text(), "Start here");
    let pages = browser
        .execute("return [...document.querySelectorAll('.texts > ul > li > a')].map(link => link.pathname)");
    let pages: Vec<_> =
        pages.as_array().unwrap().iter().map(|page| page.as_str().unwrap().to_owned()).collect();
    assert_eq!(
        pages,
        [
            "/docs",
            "/docs/pings",
            "/docs/schedules",
            "/docs/schedule-doctor",
            "/docs/config",
            "/docs/healthchecks",
            "/api/"
        ]
    );
    for width in [1200, PHONE.0] {
        browser.resize(width, 900);
        for page in &pages[..6] {
            browser.open(&server.url(page));
            assert!(!browser.find("h1").text().is_empty());
            assert_fits(&browser);
        }
    }
    browser.open(&server.url("/docs/pings"));
    let line = browser.find("#curl ~ .copyable code").text();
    assert!(line.contains(&server.url("/ping/")), "{line}");
    assert_eq!(browser.find(".copyable button").text(), "Copy");
    browser.open(&server.url("/docs/config#environment-variables"));
    assert_eq!(browser.find(":target").text(), "Environment variables");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    assert_eq!(server.get("/docs/nothing").status, 404);
    server.stop();
}

#[test]
fn a_badge_is_found_and_anybody_can_see_it() {
    let server = start();
    let browser = Browser::start();
    sign_in(&server, &browser);
    browser.open(&server.url("/badges"));
    assert_eq!(pictures(&browser), 3, "one for all, one for each tag");
    browser.find("#check").type_text("nobody of this name");
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('#check-error')", PATIENCE);
    assert_eq!(browser.find("#check").attribute("value").as_deref(), Some("nobody of this name"));
    assert_eq!(browser.find("#check").attribute("aria-describedby").as_deref(), Some("check-error"));

    browser.open(&server.url("/badges?check=m&states=3"));
    assert_eq!(browser.find("#several + ul").text(), format!("{MARKUP}\npump\npump 2"));
    browser.execute("[...document.querySelectorAll('.links a')].find(a => a.textContent === 'pump').click()");
    browser.wait_until("document.querySelector('#one')", PATIENCE);
    assert_eq!(pictures(&browser), 4);
    let address = browser.find("#one ~ details dd:nth-of-type(3) code").text();
    assert!(address.contains("/b/3/"), "{address}");
    let badge = server.get(address.strip_prefix(&server.url("")).unwrap());
    assert!(badge.status == 200 && badge.body.contains("pump"), "{badge:?}");
    browser.resize(PHONE.0, PHONE.1);
    assert_fits(&browser);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[test]
fn the_status_page_is_closed_until_its_owner_opens_it_and_tells_no_secrets() {
    let server = start();
    let browser = Browser::start();
    assert_eq!(server.get("/status").status, 404);
    sign_in(&server, &browser);
    browser.open(&server.url("/status/setup"));
    fill_in(&browser, "", "pump\nnobody of this name");
    browser.wait_until(
        "document.querySelector('#title-error') && document.querySelector('#checks-error')",
        PATIENCE,
    );
    assert!(browser.find("#checks-error").text().contains("“nobody of this name”"));
    assert_eq!(browser.find("#checks").attribute("aria-invalid").as_deref(), Some("true"));
    let typed = browser.execute("return document.querySelector('#checks').value");
    assert_eq!(typed, "pump\nnobody of this name");
    assert_eq!(server.get("/status").status, 404, "nothing of a wrong form counts");
    browser.console_errors();

    browser.find("[name=tag][value=cellar]").click();
    fill_in(&browser, "The <b>works</b>", "pump");
    browser.wait_until("document.querySelector('[role=status].done')", PATIENCE);
    let page = server.get("/status");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("The &#60;b&#62;works&#60;/b&#62;"), "{}", page.body);
    for secret in ["cellar", "you@example.org", "onerror", "/ping", "/checks", "setup", "Mails", API_KEY] {
        assert!(!page.body.contains(secret), "{secret}: {}", page.body);
    }
    let uuids = uuids(&server);
    assert_eq!(uuids.len(), 3);
    assert!(uuids.iter().all(|uuid| !page.body.contains(uuid)), "{}", page.body);
    for width in [1200, PHONE.0] {
        browser.resize(width, 900);
        browser.open(&server.url("/status"));
        assert_eq!(browser.find("h1").text(), "The <b>works</b>");
        let names =
            browser.execute("return [...document.querySelectorAll('h3')].map(name => name.textContent)");
        assert_eq!(names, serde_json::json!(["pump", "pump 2"]));
        assert_eq!(browser.execute("return document.querySelectorAll('.history svg[aria-label]').length"), 2);
        assert_fits(&browser);
        browser.open(&server.url("/status/setup"));
        assert_fits(&browser);
    }
    browser.find("[name=on]").click();
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('[role=status].done')", PATIENCE);
    assert_eq!(server.get("/status").status, 404);
    browser.open(&server.url("/status"));
    assert!(browser.text().contains("Only you see this page"), "{}", browser.text());
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_page_is_made_once_a_second_and_tells_how_each_day_was() {
    let users = rig::app::user("pump", 3_600.0, 86_400.0, "");
    let mut app = rig::app::start(rig::app::config("", &users)).await;
    app.ping("pump").await;
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    let kind = "application/x-www-form-urlencoded";
    let headers = [("origin", origin.as_str()), ("cookie", cookie.as_str()), ("content-type", kind)];
    let saved = app.post("/status/setup", &headers, "on=yes&all=yes&title=Works&checks=").await;
    assert_eq!((saved.status, saved.header("location")), (303, "/status/setup?done=saved"));
    let status = async |app: &TestApp| app.get("/status").await.body;
    assert!(status(&app).await.contains("Everything is up"));
    app.advance(3.0 * 3_600.0).await;
    let silent = status(&app).await;
    assert!(silent.contains("1 of 1 down") && silent.contains(": down for 2 h<"), "{silent}");
    app.ping("pump").await;
    // A crowd that asks within a second gets the same page, and costs one.
    assert_eq!(status(&app).await, silent);
    app.advance(1.0).await;
    let back = status(&app).await;
    assert!(back.contains("Everything is up") && back.contains(": down for 2 h<"), "{back}");
    assert!(back.contains("up in 1 day, down on 1"), "{back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_check_on_the_status_page_is_left_out_without_a_word() {
    let users: Vec<_> =
        (0..450).map(|n| rig::app::user(&format!("job-{n:03}"), 3_600.0, 86_400.0, "")).collect();
    let mut app = rig::app::start(rig::app::config("", &users.join(","))).await;
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    let kind = "application/x-www-form-urlencoded";
    let headers = [("origin", origin.as_str()), ("cookie", cookie.as_str()), ("content-type", kind)];
    app.post("/status/setup", &headers, "on=yes&all=yes&title=Works&checks=").await;
    app.advance(3.0 * 3_600.0).await;
    let page = app.get("/status").await.body;
    assert!(page.contains("450 of 450 down"), "{page}");
    assert_eq!(page.matches("<h3>").count(), 450);
}

#[test]
fn the_wall_turns_by_itself_and_says_when_it_cannot_know() {
    let server = start();
    let browser = Browser::start();
    sign_in(&server, &browser);
    browser.open(&server.url("/wall"));
    let asked = "return performance.getEntriesByType('resource').filter(entry => entry.name.includes('/wall')).length";
    assert!(browser.text().contains(MARKUP), "{}", browser.text());
    server.ping("pump");
    let tile = "[...document.querySelectorAll('.tile')].find(tile => tile.querySelector('.name').textContent === 'pump')";
    browser.wait_until(&format!("{tile}.classList.contains('up')"), PATIENCE);
    // The silence begins, and the alert is the first thing to be seen.
    browser.wait_until("document.querySelector('.tile').matches('.down')", PATIENCE);
    browser.wait_until("/^\\d of \\d down$/.test(document.querySelector('h1').textContent)", PATIENCE);
    assert!(browser.find("#icon").attribute("href").unwrap().ends_with("/static/icon-down.svg"));
    // It is told so, and does not ask again and again.
    assert!(browser.execute(asked).as_u64().unwrap() <= 1);
    browser.resize(PHONE.0, PHONE.1);
    assert_fits(&browser);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    // A line that is cut without a word seems quiet: the page notices that nobody has said anything for long.
    let is_lost = "!document.querySelector('#live-state').hidden";
    browser.execute("let skipped = 0; performance.now = () => (skipped += 60000)");
    browser.wait_until(is_lost, PATIENCE);
    browser.execute("delete performance.now");
    browser.wait_until("document.querySelector('#live-state').hidden", PATIENCE);
    let clock = "document.querySelector('.clock').textContent";
    let shown = browser.execute(&format!("return {clock}"));
    browser.wait_until(&format!("{clock} !== {shown}"), PATIENCE);
    server.stop();
    browser.wait_until("!document.querySelector('#live-state').hidden", PATIENCE);
    let said = browser.find("#live-state").text();
    assert!(said.starts_with("No word from the server since "), "{said}");
    let seen = "const { top, bottom } = document.querySelector('#live-state').getBoundingClientRect();
                return [0 <= top, bottom <= innerHeight]";
    assert_eq!(browser.execute(seen), serde_json::json!([true, true]), "nobody scrolls on a wall");
    assert!(
        browser.execute("return getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    );
}

fn start() -> Server {
    let user = r#"{"monitor": true, "max_sleep": 2, "email_frequency": 3600}"#;
    let config = format!(
        r#"{{"base_frequency": 1, "email_processing_frequency": 1, "recipient": "you@example.org",
             "users": {{"{MARKUP}": {user}, "pump": {user}}}}}"#
    );
    let place =
        Place::new(&config).with("TESTING_PASSWORD", TESTING_PASSWORD).with("PING_LISTENER_API_KEY", API_KEY);
    let server = place.start();
    create(&server, r#"{"name": "pump 2", "tags": "cellar night"}"#);
    server
}

/// Switches the status page on with this title and these checks.
fn fill_in(browser: &Browser, title: &str, checks: &str) {
    let (title, checks) = (serde_json::json!(title), serde_json::json!(checks));
    browser.execute(&format!(
        "document.querySelector('[name=on]').checked = true;
         document.querySelector('#title').value = {title};
         document.querySelector('#checks').value = {checks};"
    ));
    browser.find("main form button").click();
}

/// Makes a check over the API.
fn create(server: &Server, check: &str) {
    let answer = server.post("/api/v3/checks/", &format!("X-Api-Key: {API_KEY}\r\n"), check);
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// Returns the UUIDs of all checks.
fn uuids(server: &Server) -> Vec<String> {
    let answer = server.get_with("/api/v3/checks/", &format!("X-Api-Key: {API_KEY}\r\n"));
    let listed: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let checks = listed["checks"].as_array().unwrap().iter();
    checks.map(|check| check["uuid"].as_str().unwrap().to_owned()).collect()
}

/// Signs in and waits for the page of checks; what the console notes of the refused answer before is dropped.
fn sign_in(server: &Server, browser: &Browser) {
    browser.open(&server.url("/"));
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('nav [href=\"/docs\"]')", PATIENCE);
    browser.console_errors();
}

/// Returns how many pictures of badges the page shows, each of them whole.
fn pictures(browser: &Browser) -> usize {
    let whole =
        "[...document.querySelectorAll('.badge img')].every(img => img.complete && 0 < img.naturalWidth)";
    browser.wait_until(whole, PATIENCE);
    let pictures = browser.execute("return document.querySelectorAll('.badge img').length");
    pictures.as_u64().and_then(|pictures| usize::try_from(pictures).ok()).unwrap()
}

fn assert_fits(browser: &Browser) {
    browser.wait_until("document.readyState === 'complete'", PATIENCE);
    let script = "return [location.pathname, innerWidth, document.documentElement.scrollWidth]";
    let page = browser.execute(script);
    assert!(page[2].as_u64() <= page[1].as_u64(), "wider than the window: {page}");
}

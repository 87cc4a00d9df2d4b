//! Every page, before a real browser: whether everybody can read and use it, in light, in dark and on a phone; and a
//! picture of each.

mod checks;
mod history;
mod looks;
mod pages;
mod routes;

use rig::browser::Browser;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD};

use history::{Life, live};
use looks::Looker;
use pages::Page;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_read_by_everybody_in_light_in_dark_and_on_a_phone() {
    let life = live().await;
    let mut looker = Looker::new();
    let mut seen = look_at_the_life(&mut looker, &life);
    let bare = Place::bare().start();
    look(&mut looker, &bare, pages::without_password(), &mut seen);
    bare.stop();
    look_at_an_empty_server(&mut looker, &mut seen);
    assert_eq!(routes::without_a_look(&life, &seen), Vec::<String>::new(), "pages that nobody looks at");
    let faults = &looker.faults;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Looks at all pages of a server that has lived, and returns their routes.
fn look_at_the_life(looker: &mut Looker, life: &Life) -> Vec<&'static str> {
    let mut seen = Vec::new();
    let server = life.place.start();
    let root = server.url("");
    look(looker, &server, pages::for_strangers(), &mut seen);
    sign_in(looker.browser(), &root);
    let yesterday = history::yesterday();
    look(looker, &server, pages::of_the_list(), &mut seen);
    look(looker, &server, pages::of_checks(life, &yesterday), &mut seen);
    look(looker, &server, pages::of_logs(&yesterday[2..]), &mut seen);
    look(looker, &server, pages::of_the_server(), &mut seen);
    sign_out(looker.browser(), &root);
    look(looker, &server, pages::of_the_status(), &mut seen);
    server.stop();
    seen
}

fn look_at_an_empty_server(looker: &mut Looker, seen: &mut Vec<&'static str>) {
    let config =
        r#"{"recipient": "you@example.org", "public_url": "https://pings.example.org", "users": {}}"#;
    // Nobody listens at this port.
    let place =
        Place::new(config).with("TESTING_PASSWORD", TESTING_PASSWORD).with("SMTP_SERVER", "localhost");
    let place = place.with("SMTP_PORT", "9").with("SMTP_LOGIN", "you@example.org").with("SMTP_PASSWORD", "x");
    let server = place.start();
    sign_in(looker.browser(), &server.url(""));
    look(looker, &server, pages::when_empty(), seen);
    place.write_config(r#"{"users": {}, "digest_over": "<many>"}"#);
    server.wait_for_line("digest_over", PATIENCE);
    look(looker, &server, pages::with_a_refused_config(), seen);
    server.stop();
}

fn look(looker: &mut Looker, server: &Server, pages: Vec<Page>, seen: &mut Vec<&'static str>) {
    for page in pages {
        looker.look_at(&page, &server.url(""));
        seen.push(page.route);
    }
}

fn sign_in(browser: &Browser, root: &str) {
    browser.open(&format!("{root}/"));
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('.sign-out')", PATIENCE);
}

fn sign_out(browser: &Browser, root: &str) {
    browser.open(&format!("{root}/mails"));
    browser.find(".sign-out button").click();
    browser.wait_until("document.querySelector('#password')", PATIENCE);
}

#[test]
fn who_wants_no_motion_sees_none() {
    let server = Place::new(checks::CONFIG).with("TESTING_PASSWORD", TESTING_PASSWORD).start();
    let browser = Browser::start();
    sign_in(&browser, &server.url(""));
    browser.open(&server.url("/?testing=on"));
    let moving = "return [...document.querySelectorAll('*')].flatMap((e) => ['', '::before', '::after']
        .map((part) => getComputedStyle(e, part || null)))
        .filter((style) => /[1-9]/.test(style.transitionDuration) || style.animationName !== 'none').length";
    assert!(0 < browser.execute(moving).as_u64().unwrap(), "there is something to stop");
    browser.prefer(&[("prefers-reduced-motion", "reduce")]);
    assert_eq!(browser.execute(moving), 0);
    server.stop();
}

//! Names that look like a part of a page, on every page there is, before a real browser.

use std::collections::BTreeSet;

use rig::app::{Setup, TESTING_PASSWORD, TestApp, config, user};
use rig::browser::Browser;
use rig::server::PATIENCE;
use serde_json::{Value, json as value};

use super::walk;
use crate::api::{KEY, create, ping};
use crate::person::Person;

/// What careless pages take for elements, for a template's, or for the other direction of writing.
const MARKUP: &str =
    "\"'><img src=x onerror=alert(1)><svg/onload=alert(1)>{{7*7}}{% include '/etc/passwd' %}\u{202e}gnp.exe";

/// What they take for an address.
const SCRIPT: &str = "javascript:alert(1)";

/// Pages of one kind that are opened: one check of each sort is enough.
const OF_A_KIND_MAX: usize = 6;

/// Elements that no page of ours has; with them our pages would be what somebody else wrote.
const FOREIGN: &str = "return [...document.querySelectorAll('[onerror], [onload], script:not([src]), img[src=x], \
    a[href^=\"javascript:\" i], form[action^=\"javascript:\" i]')].map(element => element.outerHTML)";

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_any_text_is_shown_as_it_is_on_every_page() {
    let app = hostile().await;
    let person = Person::of(app).await;
    let addresses = addresses(&person).await;
    let browser = Browser::start();
    let root = format!("http://{}", person.app.address());
    browser.open(&format!("{root}/"));
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('form.sign-out')", PATIENCE);
    browser.console_errors();
    let mut literal = BTreeSet::new();
    for address in &addresses {
        // A dialog that a page opened would make every further step fail.
        browser.open(&format!("{root}{address}"));
        browser.wait_until("document.readyState === 'complete'", PATIENCE);
        browser.execute("for (const details of document.querySelectorAll('details')) details.open = true");
        assert_eq!(browser.execute(FOREIGN), value!([]), "{address}");
        assert_eq!(browser.console_errors(), Vec::<String>::new(), "{address}");
        let seen = "return [document.documentElement.textContent,
            ...[...document.querySelectorAll('input, textarea')].map(field => field.value),
            ...[...document.querySelectorAll('[aria-label]')].map(named => named.ariaLabel)].join('\\n')";
        if browser.execute(seen).as_str().is_some_and(|text| text.contains(MARKUP)) {
            literal.insert(walk::kind(address));
        }
    }
    println!("{} pages opened; it is shown on {literal:#?}", addresses.len());
    let everywhere = [
        "/?",
        "/wall?",
        "/status?",
        "/badges?check",
        "/status/setup?",
        "/checks/{uuid}?",
        "/checks/{uuid}/log?",
        "/checks/{uuid}/edit?",
        "/checks/{uuid}/changes?",
        "/checks/{uuid}/pings/{n}?",
        "/inbox?",
        "/inbox/{n}?",
        "/mails?",
        "/inbox/{n}/html?",
    ];
    let missing: Vec<_> = everywhere.iter().filter(|kind| !literal.contains(**kind)).collect();
    assert!(missing.is_empty(), "not shown as it is on {missing:?}");
    becomes_live(&person.app, &browser, &root).await;
}

/// Starts a server in which every text that somebody else can choose is markup.
async fn hostile() -> TestApp {
    let users = [MARKUP, SCRIPT]
        .map(|name| user(value!(name).as_str().map(escaped).unwrap().trim_matches('"'), 3.0, 300_000.0, ""));
    let mut app = Setup::new(config("", &users.join(","))).with("PING_LISTENER_API_KEY", KEY).start().await;
    for name in [MARKUP, SCRIPT] {
        let asked = value!({
            "name": name, "tags": format!("{SCRIPT} <b>tag</b>"), "desc": name, "timeout": 60, "grace": 60,
            "channels": "*", "failure_kw": name.get(..90).unwrap_or(name), "filter_http_body": true,
        });
        let check = create(&app, &asked.to_string()).await;
        ping(&app, &check, "").await;
        let said = [("user-agent", MARKUP)];
        let path = format!("/ping/{}", check["uuid"].as_str().unwrap());
        assert_eq!(app.post(&path, &said, &format!("{MARKUP}\n{SCRIPT}")).await.status, 200);
    }
    app.advance(600.0).await;
    let person = Person::of(app).await;
    let title: String = MARKUP.chars().take(100).collect();
    let setup: Vec<_> = [("on", "yes"), ("all", "yes"), ("title", &title), ("checks", "")]
        .map(|(name, value)| {
            form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
        })
        .into();
    assert_eq!(person.send("/status/setup", &setup.join("&")).await.status, 303);
    person.app
}

/// Writes a text as it stands between the quotes of JSON.
fn escaped(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns where all pages are, and what they are made of.
async fn addresses(person: &Person) -> Vec<String> {
    let mut addresses = vec!["/status".to_owned(), "/wall?part=wall".to_owned(), "/?part=rows".to_owned()];
    let mut kinds = std::collections::BTreeMap::<_, usize>::new();
    let mut pages = walk::pages(person).await;
    let page = person.page("/badges?check=gnp").await;
    // Of the checks of that name one is chosen.
    let one = page.split("/badges?check=").nth(1).and_then(|rest| rest.get(..36)).expect("a link to one");
    let one = format!("/badges?check={one}");
    pages.extend([("/badges?check=gnp".to_owned(), page), (one.clone(), person.page(&one).await)]);
    for (address, html) in pages {
        let of_kind = kinds.entry(walk::path(&address)).or_default();
        *of_kind += 1;
        if OF_A_KIND_MAX < *of_kind {
            continue;
        }
        // Pictures and what is in frames are pages of their own.
        let parts = html.split(" src=\"").skip(1).filter_map(|part| part.split('"').next());
        addresses.extend(
            parts.filter(|part| part.starts_with("/b") || part.ends_with("/html")).map(str::to_owned),
        );
        addresses.push(address);
    }
    addresses
}

/// What comes while a page is open is as harmless.
async fn becomes_live(app: &TestApp, browser: &Browser, root: &str) {
    browser.open(&format!("{root}/?testing=on"));
    let row = format!(
        "[...document.querySelectorAll('tr')].find(row => row.textContent.includes({}))",
        value!(MARKUP)
    );
    browser.wait_until(&format!("{row}.className === 'down'"), PATIENCE);
    browser.execute(&format!("{row}.querySelector('.try button').click()"));
    browser.wait_until(&format!("{row}.className !== 'down'"), PATIENCE);
    browser.wait_until(
        &format!("document.querySelector('#log').textContent.includes({})", value!(MARKUP)),
        PATIENCE,
    );
    assert_eq!(browser.execute(FOREIGN), value!([]));
    assert_eq!(browser.console_errors(), Vec::<String>::new());
    assert_eq!(app.get("/health/live").await.status, 200);
}

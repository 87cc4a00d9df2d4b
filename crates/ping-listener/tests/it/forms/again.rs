//! Forms sent twice: by a double click, from two windows, and from a page that one came back to.

use rig::app::config;
use rig::browser::Browser;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD};

use super::page::Page;
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_seen_a_change_does_not_undo_it() {
    let person = Person::at(config("", "")).await;
    let made = person.send("/checks/new", "name=pump&kind=period&period=1+h&grace=1+h").await;
    let address = made.header("location").split('?').next().unwrap().to_owned();
    let edit = format!("{address}/edit");
    let open =
        async |html: String| Page::of(&html).forms.into_iter().find(|form| form.action == edit).unwrap();
    let (mut one, mut other) = (open(person.page(&edit).await).await, open(person.page(&edit).await).await);
    one.fill("name", "cellar pump");
    other.fill("period", "2 h");
    let save = one.buttons.iter().find(|button| button.name.is_empty()).unwrap().clone();
    assert_eq!(person.send(&edit, &one.sent(&save)).await.status, 303);
    let refused = person.send(&edit, &other.sent(&save)).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert!(refused.body.contains("this check was changed meanwhile"), "{refused:?}");
    let again = open(refused.body).await;
    assert_eq!(again.field("period").value.as_deref(), Some("2 h"), "what was typed stays");
    assert!(person.page(&address).await.contains("cellar pump"), "nothing was undone");
    // A look at the next times is no word that one has seen it.
    let look = other.buttons.iter().find(|button| button.name == "preview").unwrap();
    let looked = open(person.send(&edit, &other.sent(look)).await.body).await;
    assert_eq!(person.send(&edit, &looked.sent(&save)).await.status, 409);
    assert_eq!(person.send(&edit, &again.sent(&save)).await.status, 303, "who has been told may");
    assert!(!person.page(&address).await.contains("cellar pump"));
}

#[test]
fn a_form_sent_twice_or_come_back_to_makes_nothing_twice() {
    let server = start();
    let browser = sign_in(&server);
    browser.open(&server.url("/checks/new"));
    browser.find("#name").type_text("pump");
    // Two clicks before the first answer.
    let let_through = browser.execute(
        "const button = document.querySelector('main form .strong');
         let number = 0;
         addEventListener('submit', (event) => { if (!event.defaultPrevented) number += 1; });
         button.click();
         button.click();
         return number;",
    );
    assert_eq!(let_through, 1, "a form is sent once");
    browser.wait_until("document.querySelector('[role=status].done')", PATIENCE);
    assert_eq!(checks(&server), 1, "a double click makes one");

    browser.back();
    browser.wait_until("location.pathname === '/checks/new' && document.readyState === 'complete'", PATIENCE);
    browser.find("#name").retype("valve");
    browser.find("main form .strong").click();
    browser.wait_until("document.querySelector('h1')?.innerText === 'valve'", PATIENCE);
    assert_eq!(checks(&server), 2, "who comes back can make another one");

    let window = browser.window();
    let page = browser.execute("return location.pathname").as_str().unwrap().to_owned();
    browser.open_tab();
    browser.open(&server.url(&page));
    browser.find(".actions .danger").click();
    browser.wait_until("/Delete this check/.test(document.body.innerText)", PATIENCE);
    browser.find("main form .danger").click();
    browser.wait_until("/1 check deleted/.test(document.body.innerText)", PATIENCE);
    // The other window has heard of it by itself, and says so.
    browser.go_to_window(&window);
    browser.wait_until("/There is no such check/.test(document.body.innerText)", PATIENCE);
    browser.open(&server.url("/"));
    browser.back();
    browser.wait_until("/There is no such check/.test(document.body.innerText)", PATIENCE);
    assert_eq!(checks(&server), 1);
    server.stop();
}

/// Returns how many checks there are.
fn checks(server: &Server) -> usize {
    server.get_with("/", &server.sign_in()).body.matches("<tr id=\"check-").count()
}

fn start() -> Server {
    let config = r#"{"recipient": "you@example.org", "users": {}}"#;
    Place::new(config).with("TESTING_PASSWORD", TESTING_PASSWORD).start()
}

fn sign_in(server: &Server) -> Browser {
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.find("#password").type_text(TESTING_PASSWORD);
    browser.find("main form button").click();
    browser.wait_until("document.querySelector('form.sign-out')", PATIENCE);
    browser
}

//! The pages about the server, and those for others: mails, settings, badges, status, wall, help.

use ping_listener::channels::email::Security;
use rig::app::{Setup, config, user};
use rig::smtp::{Act, At, Behaviour, MailServer};

use super::readable::Readable;
use super::town::town;
use super::{assert_answer, assert_same};
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn the_mails_are_shown_as_accepted() {
    let mut server = MailServer::start(Security::Tls);
    let seen = &mut Readable::default().with(format!(":{}", server.port()), ":(port)");
    let refusal = Act::Answer("550 5.1.1 <gone> is not here");
    server.behave(Behaviour::at(At::Recipient("gone@example.org"), refusal));
    let far = 86_400.0;
    let users = [
        user("pump", 60.0, far, ""),
        user("lamp", 60.0, far, r#", "device_email": "gone@example.org""#),
        user("door", 9_000.0, far, ""),
        user("roof", 7_200.0, far, ""),
    ];
    let keys = r#""base_frequency": 60, "email_processing_frequency": 60,"#;
    let mut app = Setup::new(config(keys, &users.join(","))).mail_server(&server).start().await;
    app.advance_to(7_000.0).await;
    let mut person = Person::of(app).await;
    person.assert_page("mails", seen, "/mails").await;
    person.assert_page("mails_given_up", seen, "/mails?state=given-up").await;
    person.assert_page("mails_dropped", seen, "/mails?state=dropped").await;
    server.stop();
    person.app.advance_to(9_500.0).await;
    person.assert_page("mails_waiting", seen, "/mails?state=waiting").await;
    person.app.end_with(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_is_shown_as_accepted() {
    let seen = &mut Readable::default();
    let mut person = Person::at(config("", &user("pump", 60.0, 86_400.0, ""))).await;
    person.assert_page("inbox_empty", seen, "/inbox").await;
    person.app.advance(65.0).await;
    person.assert_page("inbox", seen, "/inbox").await;
    person.assert_page("inbox_mail", seen, "/inbox/1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_shown_as_accepted() {
    let mut person = Person::of(town().await.app).await;
    let page = person.page("/settings").await;
    let fact = |name: &str| {
        let (_, rest) = page.split_once(&format!("<dt>{name}</dt>")).unwrap();
        rest.split("</dd>").next().unwrap().to_owned()
    };
    let seen = &mut Readable::default()
        .of(&person.app)
        .with(fact("Size"), "<dd>(size)")
        .with(fact("Version"), "<dd>(version)");
    assert_same("settings", &seen.page(&page));
    assert_answer("key_made", seen, &person.send("/settings/keys", "opens=read-only").await);
    person.assert_page("key_revoke", seen, "/settings/keys/1/revoke").await;
    person.app.advance(60.0).await;
    person.app.reload("{\"users\": {}, \"digest_over\": \"<many>\"}").await;
    assert_answer("settings_wrong", seen, &person.send("/settings/keys", "opens=everything").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_see_is_as_accepted() {
    let seen = &mut Readable::default();
    let person = Person::of(town().await.app).await;
    person.assert_page("wall", seen, "/wall").await;
    person.assert_page("badges", seen, "/badges?check=mirror").await;
    person.assert_page("badges_of_nobody", seen, "/badges?check=nobody&states=3").await;
    let page = person.page("/badges?check=mirror&states=3").await;
    let badge = page.split("<summary>").nth(1).unwrap().split("<img src=\"").nth(1).unwrap();
    let picture = badge.split('"').next().unwrap();
    assert_answer("badge_picture", seen, &person.app.get(picture).await);
    person.assert_page("status_setup", seen, "/status/setup").await;
    let wrong = person.send("/status/setup", "on=yes&title=&tag=prod&checks=pump%0D%0Anobody").await;
    assert_answer("status_setup_wrong", seen, &wrong);
    person.assert_page("status_off", seen, "/status").await;
    person.send_on("/status/setup", "on=yes&title=The+works&checks=pump%0D%0Afront+door").await;
    assert_answer("status", seen, &person.app.get("/status").await);
    let docs = person.app.get("/docs").await.body;
    let (before, text) = docs.split_once("<article class=\"prose\">").unwrap();
    let (_, after) = text.split_once("</article>").unwrap();
    assert_same("help", &seen.page(&format!("{before}<article class=\"prose\">(the text)</article>{after}")));
}

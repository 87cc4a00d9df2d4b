//! A config that changes under a running server: what it means for who is watched, and what is refused.

use std::fmt::Write as _;

use ping_listener::channels::email::Security;

use rig::app::{Setup, TestApp, config, logs_target, sent, start, user};
use rig::smtp::MailServer;

/// Longer than any story lasts.
const NEVER: f64 = 300_000_000.0;

fn one(max_sleep: f64, keys: &str) -> String {
    config("", &user("test", max_sleep, NEVER, keys))
}

const UNMONITORED: &str = r#""test": {"monitor": false, "max_sleep": 10, "email_frequency": 60}"#;

/// Says when the only alert came.
async fn alerted_at(app: &TestApp) -> f64 {
    let [mail] = app.mails().await.try_into().unwrap();
    mail.at
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortened_max_sleep_grants_one_from_the_edit() {
    let mut app = start(one(100.0, "")).await;
    app.advance(50.0).await;
    app.reload(&one(20.0, "")).await;
    app.advance(60.0).await;
    let at = alerted_at(&app).await;
    assert!((70.0..72.0).contains(&at), "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortened_max_sleep_never_puts_a_deadline_off() {
    let mut app = start(one(100.0, "")).await;
    app.advance(90.0).await;
    app.reload(&one(80.0, "")).await;
    app.advance(60.0).await;
    let at = alerted_at(&app).await;
    assert!((100.0..102.0).contains(&at), "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lengthened_max_sleep_ends_a_silence_that_is_none_any_more() {
    let mut app = start(config("", &user("test", 10.0, 5.0, ""))).await;
    app.advance(12.0).await;
    assert_eq!(app.mails().await.len(), 1);
    app.reload(&config("", &user("test", 40.0, 5.0, ""))).await;
    app.advance(25.0).await;
    assert_eq!(app.mails().await.len(), 1);
    let page = app.page(&logs_target("test", "26-11-21")).await;
    assert!(page.contains("The silence ended: schedule changed"), "{page}");
    app.advance(5.0).await;
    assert_eq!(app.mails().await.len(), 2, "the new one is over at 40");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_monitored_any_more_is_not_told_of_and_counts_anew_when_switched_on() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let mut app = Setup::new(one(10.0, "")).mail_server(&server).start().await;
    app.advance(15.0).await;
    app.reload(&config("", UNMONITORED)).await;
    server.restart();
    app.advance(100.0).await;
    assert_eq!(sent(&server), [], "the alert that waited was withdrawn");
    app.reload(&one(10.0, "")).await;
    app.advance(9.5).await;
    assert_eq!(sent(&server), []);
    app.advance(3.0).await;
    assert_eq!(sent(&server).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_does_not_switch_monitoring_on() {
    let mut app = start(config("", UNMONITORED)).await;
    app.reload(&config("", UNMONITORED)).await;
    app.pings("test").await;
    app.advance(60.0).await;
    assert!(app.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_taken_out_is_unknown_and_put_back_is_watched_anew_with_its_history() {
    let both = config("", &[user("test", 10.0, NEVER, ""), user("other", NEVER, NEVER, "")].join(","));
    let other = config("", &user("other", NEVER, NEVER, ""));
    let mut app = start(both.clone()).await;
    app.pings("test").await;
    app.advance(12.0).await;
    assert_eq!(app.mails().await.len(), 1);
    app.reload(&other).await;
    assert_eq!(app.ping("test").await.status, 404);
    assert_eq!(app.get(&logs_target("test", "26-11-21")).await.status, 404);
    app.advance(60.0).await;
    app = app.restart(|_| ()).await;
    assert_eq!(app.ping("test").await.status, 404);
    app.reload(&both).await;
    assert_eq!(app.log("test", "26-11-21").await, ["09:05:00"]);
    app.advance(9.5).await;
    assert_eq!(app.mails().await.len(), 1, "it counts from when it was put back");
    app.advance(3.0).await;
    let mails = app.mails().await;
    assert_eq!(mails.len(), 2, "an alert before it was taken out puts none off");
    assert!(mails[1].text.contains("last reported at 2026-11-21 09:05:00.000000"), "{}", mails[1].text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_is_taken_at_once() {
    let app = start(one(10.0, "")).await;
    assert_eq!(app.ping("new").await.status, 404);
    app.reload(&config("", &[user("test", 10.0, NEVER, ""), user("new", 10.0, NEVER, "")].join(","))).await;
    assert_eq!(app.ping("new").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_recipients_get_the_next_mail() {
    let mut app = start(one(10.0, "")).await;
    app.reload(&one(10.0, r#", "device_email": "new@example.org""#)).await;
    app.advance(12.0).await;
    let [mail] = app.mails().await.try_into().unwrap();
    assert_eq!(mail.recipient, "new@example.org");
}

fn many(count: usize) -> String {
    let mut users = String::new();
    for n in 0..count {
        write!(users, "{}{}", if n == 0 { "" } else { "," }, user(&format!("u{n}"), 100.0, NEVER, ""))
            .unwrap();
    }
    config("", &users)
}

const REFUSED: &str = "the changed config was refused";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_off_does_not_silence_the_monitor() {
    let mut app = start(many(50)).await;
    app.reload(&many(39)).await;
    assert!(app.troubles().await.contains(&REFUSED.to_owned()), "11 of 50 are over ten and over a fifth");
    assert_eq!(app.ping("u49").await.status, 200);
    app.reload(&many(40)).await;
    assert!(!app.troubles().await.contains(&REFUSED.to_owned()), "10 of 50 are not over ten");
    assert_eq!(app.ping("u49").await.status, 404);
    app.reload(&many(29)).await;
    assert!(app.troubles().await.contains(&REFUSED.to_owned()));
    app = app.restart(|_| ()).await;
    assert!(!app.troubles().await.contains(&REFUSED.to_owned()), "whoever restarts it means it");
    assert_eq!(app.ping("u28").await.status, 200);
    assert_eq!(app.ping("u29").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_of_many_may_go_at_once() {
    let app = start(many(60)).await;
    app.reload(&many(48)).await;
    assert!(!app.troubles().await.contains(&REFUSED.to_owned()), "12 of 60 are not over a fifth");
    assert_eq!(app.ping("u48").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_keeps_the_old_config_and_is_shown_until_it_is_mended() {
    let mut app = start(one(10.0, "")).await;
    for bad in
        ["", "{", "null", r#"{"users": {"test": {"monitor": true, "max_slep": 5, "email_frequency": 1}}}"#]
    {
        app.reload(bad).await;
        assert!(app.troubles().await.contains(&REFUSED.to_owned()), "{bad}");
        assert!(
            app.page("/").await.contains("The changed config was refused, and the old one stays in force")
        );
        assert_eq!(app.ping("test").await.status, 200, "{bad}");
    }
    assert!(app.page("/").await.contains("users.test.max_sleep: expected"), "it says what is wrong first");
    assert!(app.page("/settings").await.contains("users.test.max_slep: unknown key"), "and there all of it");
    app.advance(12.0).await;
    assert_eq!(app.mails().await.len(), 1, "the old one is really in force");
    app.reload(&one(10.0, "")).await;
    assert!(!app.troubles().await.contains(&REFUSED.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_is_reloaded_every_second_hides_no_dead_client() {
    let (five, six) = (one(5.0, ""), one(6.0, ""));
    for configs in [[five.clone(), five.clone()], [six.clone(), five.clone()], [five, six]] {
        let mut app = start(configs[1].clone()).await;
        app.pings("test").await;
        for second in 0..50 {
            app.advance(1.0).await;
            app.reload(&configs[second % 2]).await;
        }
        let at = app.mails().await[0].at;
        assert!((5.0..8.0).contains(&at), "{at}");
    }
}

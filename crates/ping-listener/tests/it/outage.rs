//! Mail servers in trouble: every silence is told once, however long it takes, and nobody waits for anybody else.

use std::time::Duration;

use ping_listener::channels::email::Security;
use ping_listener::store::view::RowState;

use rig::app::{Mail, Setup, TestApp, config, sent, start, user};
use rig::smtp::{Act, At, Behaviour, MailServer};

/// Longer than any story lasts.
const NEVER: f64 = 300_000_000.0;

/// Rooms that look around every 5 s: long outages are over sooner.
const CALM: &str = r#""base_frequency": 5, "email_processing_frequency": 5,"#;

/// How long real threads may take; only a failing story waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

async fn with_server(server: &MailServer, keys: &str, users: &str) -> TestApp {
    Setup::new(config(keys, users)).mail_server(server).start().await
}

/// Returns the subjects of the mails to one recipient.
fn subjects(mails: &[Mail], recipient: &str) -> Vec<String> {
    mails.iter().filter(|mail| mail.recipient == recipient).map(|mail| mail.subject.clone()).collect()
}

const ALERT: &str = "test disconnection detected";

#[tokio::test(flavor = "multi_thread")]
async fn ten_hours_without_a_mail_server_end_in_one_mail_that_says_how_often() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let users = user("test", 3.0, 20.0, r#", "device_email": ["a@example.org", "b@example.org"]"#);
    let mut app = with_server(&server, CALM, &users).await;
    app.advance(36_000.0).await;
    assert!(app.troubles().await.contains(&"mails are not going out".to_owned()));
    assert!(app.page("/").await.contains("Mails are not going out: the mail server cannot be reached"));
    server.restart();
    for _ in 0..100 {
        app.advance(10.0).await;
        if !sent(&server).is_empty() {
            break;
        }
    }
    let mails = sent(&server);
    for recipient in ["a@example.org", "b@example.org"] {
        assert_eq!(subjects(&mails, recipient), [ALERT]);
    }
    let line = mails[0]
        .text
        .lines()
        .find_map(|line| line.strip_suffix(" reminders fell due while this mail waited to go out."));
    let reminders: u32 = line.expect("the mail says how often").parse().unwrap();
    // Ten hours and at most a quarter, one reminder each 20 s.
    assert!((1_790..=1_850).contains(&reminders), "{reminders}");
    assert!(!app.troubles().await.contains(&"mails are not going out".to_owned()));
    app.advance(26.0).await;
    assert_eq!(subjects(&sent(&server), "a@example.org").len(), 2, "then it goes on as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_silence_of_an_outage_is_told_once_even_when_it_is_over() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let users = [user("test", 3.0, 20.0, ""), user("still", 3.0, NEVER, "")];
    let mut app = with_server(&server, "", &users.join(",")).await;
    app.advance(100.0).await;
    app.pings("test").await;
    for _ in 0..60 {
        app.advance(2.0).await;
        app.pings("test").await;
    }
    server.restart();
    for _ in 0..500 {
        app.advance(2.0).await;
        app.pings("test").await;
    }
    let mut mails = sent(&server);
    mails.sort_by(|one, other| one.subject.cmp(&other.subject));
    let [still, test] = mails.try_into().unwrap();
    assert_eq!(still.subject, "still disconnection detected");
    assert!(!still.text.contains("reported again"), "{}", still.text);
    assert_eq!(test.subject, ALERT);
    assert!(
        test.text.starts_with("User test\nnever reported since it was added at 2026-11-21 09:05:00.000000\n")
    );
    assert!(
        test.text.contains("It reported again at 2026-11-21 09:06:40, before this mail went out."),
        "{}",
        test.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn silences_that_come_and_go_during_an_outage_are_counted_in_one_mail() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let mut app = with_server(&server, "", &user("test", 3.0, NEVER, "")).await;
    for _ in 0..3 {
        app.advance(10.0).await;
        app.pings("test").await;
    }
    server.restart();
    app.advance(2.0).await;
    for _ in 0..60 {
        app.pings("test").await;
        app.advance(2.0).await;
    }
    let [mail] = sent(&server).try_into().unwrap();
    assert!(mail.text.contains("It fell silent 3 times while this mail waited to go out"), "{}", mail.text);
    assert!(mail.text.contains("It reported again at 2026-11-21 09:05:30"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_waits_is_not_sent_once_the_check_is_back() {
    let mut server = MailServer::start(Security::Tls);
    let mut app = with_server(&server, "", &user("test", 3.0, 20.0, "")).await;
    app.advance(10.0).await;
    assert_eq!(sent(&server).len(), 1);
    server.stop();
    app.advance(30.0).await;
    app.pings("test").await;
    server.restart();
    for _ in 0..60 {
        app.advance(2.0).await;
        app.pings("test").await;
    }
    assert_eq!(sent(&server).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_under_way_is_not_tried_again_once_the_check_is_back() {
    let mut server = MailServer::start(Security::Tls);
    let mut app = with_server(&server, "", &user("test", 3.0, 20.0, "")).await;
    app.advance(10.0).await;
    assert_eq!(sent(&server).len(), 1);
    server.behave(Behaviour::at(At::Dot, Act::Stall));
    app.advance(20.0).await;
    server.wait_for_stalls(1, PATIENCE);
    app.pings("test").await;
    server.stop();
    server.behave(Behaviour::default());
    server.restart();
    for _ in 0..60 {
        app.advance(2.0).await;
        app.pings("test").await;
    }
    assert!(sent(&server).len() <= 2, "the alert, and what the server kept without an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_recipients_each_hears_of_the_end_in_the_mail_that_fits() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Recipient("b@example.org"), Act::Answer("450 4.2.0 greylisted")));
    let keys = r#", "notify_recovery": true, "device_email": ["a@example.org", "b@example.org"]"#;
    let mut app = with_server(&server, "", &user("test", 3.0, NEVER, keys)).await;
    app.advance(6.0).await;
    server.behave(Behaviour::default());
    for _ in 0..60 {
        app.pings("test").await;
        app.advance(2.0).await;
    }
    let mails = sent(&server);
    assert_eq!(subjects(&mails, "a@example.org"), [ALERT, "test reports again"]);
    assert_eq!(subjects(&mails, "b@example.org"), [ALERT]);
    let to_b = mails.iter().find(|mail| mail.recipient == "b@example.org").unwrap();
    assert!(to_b.text.contains("It reported again at 2026-11-21 09:05:06"), "{}", to_b.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_of_a_silence_is_told_of_its_end_if_that_is_wanted() {
    let users = [user("test", 3.0, NEVER, r#", "notify_recovery": true"#), user("quiet", 3.0, NEVER, "")];
    let mut app = start(config("", &users.join(","))).await;
    app.advance(6.0).await;
    app.pings("test").await;
    app.pings("quiet").await;
    app.advance(2.5).await;
    let mut subjects = subjects(&app.mails().await, "you@example.org");
    subjects.sort();
    assert_eq!(subjects, ["quiet disconnection detected", ALERT, "test reports again"]);
    let mail = app.mails().await.pop().unwrap();
    assert!(
        mail.text.starts_with("User test\nreports again since 2026-11-21 09:05:06.000000\n"),
        "{}",
        mail.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_is_not_told_to_who_never_heard_of_the_silence() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let mut app = with_server(&server, "", &user("test", 3.0, NEVER, r#", "notify_recovery": true"#)).await;
    app.advance(6.0).await;
    app.pings("test").await;
    server.restart();
    for _ in 0..60 {
        app.advance(2.0).await;
        app.pings("test").await;
    }
    let [mail] = sent(&server).try_into().unwrap();
    assert_eq!(mail.subject, ALERT);
    assert!(mail.text.contains("It reported again at 2026-11-21 09:05:06"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_in_trouble_delays_none_of_the_others() {
    const BAD: At = At::Recipient("b@example.org");
    const BAD_DOT: At = At::DotTo("b@example.org");
    for (at, act) in [
        (BAD, Act::Answer("550 5.1.1 no such user")),
        (BAD, Act::Answer("450 4.2.0 greylisted")),
        (BAD, Act::Vanish),
        (BAD, Act::Stall),
        (BAD_DOT, Act::Answer("554 5.7.1 looks like spam")),
        (BAD_DOT, Act::Answer("452 4.2.2 mailbox full")),
        (BAD_DOT, Act::Vanish),
        (BAD_DOT, Act::Stall),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(Behaviour::at(at.clone(), act.clone()));
        let users = user(
            "test",
            3.0,
            NEVER,
            r#", "device_email": ["a@example.org", "b@example.org", "c@example.org"]"#,
        );
        let mut app = with_server(&server, "", &users).await;
        app.advance(10.0).await;
        let mails = sent(&server);
        for recipient in ["a@example.org", "c@example.org"] {
            assert_eq!(subjects(&mails, recipient), [ALERT], "{at:?} {act:?}");
        }
        assert_eq!(subjects(&mails, "b@example.org").len(), 0, "{at:?} {act:?}");
        app.end_with(&server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_hard_refusals_the_others_are_told() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Recipient("b@example.org"), Act::Answer("550 5.1.1 no such user")));
    let users =
        user("test", 3.0, NEVER, r#", "device_email": ["a@example.org", "b@example.org", "c@example.org"]"#);
    let mut app = with_server(&server, CALM, &users).await;
    // Twice more, after about 10 min and 1 h.
    app.advance(3_000.0).await;
    assert_eq!(sent(&server).len(), 2);
    app.advance(2_400.0).await;
    let mails = sent(&server);
    for recipient in ["a@example.org", "c@example.org"] {
        assert_eq!(subjects(&mails, recipient), [ALERT, "test alerts do not reach b@example.org"]);
    }
    assert!(mails[2].text.contains("550 5.1.1 no such user"), "{}", mails[2].text);
    let tries = server.lines().iter().filter(|line| line.contains("b@example.org")).count();
    assert_eq!(tries, 3);
    assert!(app.troubles().await.contains(&"the mail server refused recipients for good".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_shown_and_can_be_sent_again() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Recipient("b@example.org"), Act::Answer("550 5.1.1 no such user")));
    let users = user("test", 3.0, NEVER, r#", "device_email": "b@example.org""#);
    let mut app = with_server(&server, CALM, &users).await;
    app.advance(5_400.0).await;
    let page = app.page("/mails").await;
    assert!(page.contains("given up") && page.contains("550 5.1.1 no such user"), "{page}");
    let again = page.split("action=\"").find(|part| part.starts_with("/mails/")).unwrap();
    let again = again.split('"').next().unwrap();

    server.behave(Behaviour::default());
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    let stranger = app.post(again, &[("origin", &origin)], "").await;
    assert_ne!(stranger.status, 303, "only who is signed in");
    let answer = app.post(again, &[("cookie", &cookie), ("origin", &origin)], "").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    app.advance(5.0).await;
    assert_eq!(subjects(&sent(&server), "b@example.org"), [ALERT]);
    assert!(!app.page("/mails").await.contains("given up"));
    assert_eq!(app.troubles().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_put_off_arrives_once() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Recipient("you@example.org"), Act::Answer("450 4.2.0 greylisted")));
    let mut app = with_server(&server, "", &user("test", 3.0, NEVER, "")).await;
    app.advance(30.0).await;
    assert!(sent(&server).is_empty());
    server.behave(Behaviour::default());
    app.advance(90.0).await;
    assert_eq!(sent(&server).len(), 1);
    app.advance(600.0).await;
    assert_eq!(sent(&server).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_mail_server_hears_of_open_silences_at_once() {
    let users = [user("test", 3.0, NEVER, ""), user("fine", 3_000.0, NEVER, "")];
    let mut app = start(config("", &users.join(","))).await;
    app.advance(20.0).await;
    assert_eq!(app.mails().await.len(), 1);
    assert!(app.troubles().await.contains(&"mails stay on this machine".to_owned()));
    let server = MailServer::start(Security::Tls);
    app = app.restart_with_mail_server(&server).await;
    app.advance(15.0).await;
    assert_eq!(subjects(&sent(&server), "you@example.org"), [ALERT]);
    assert_eq!(app.mails().await.len(), 1, "the inbox keeps what it had");
    assert!(app.troubles().await.is_empty());
    app.advance(60.0).await;
    assert_eq!(sent(&server).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_shown_and_gives_no_mail_up() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Authentication, Act::Answer("535 5.7.8 wrong password")));
    let mut app = with_server(&server, CALM, &user("test", 3.0, NEVER, "")).await;
    app.advance(26.0 * 3_600.0).await;
    assert!(app.troubles().await.contains(&"mails are not going out".to_owned()));
    assert!(app.page("/").await.contains("the mail server refused the login (535 5.7.8 wrong password)"));
    let [row] = app.common().store.notifications(10).await.unwrap().try_into().unwrap();
    assert_eq!((row.state, row.attempts), (RowState::Queued, 0));
    // Four an hour: more could lock the account.
    let logins = server.lines().iter().filter(|line| line.starts_with("AUTH")).count();
    assert!((100..=108).contains(&logins), "{logins}");
    server.behave(Behaviour::default());
    app.advance(905.0).await;
    assert_eq!(subjects(&sent(&server), "you@example.org"), [ALERT]);
    assert!(app.troubles().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_during_the_final_dot_is_told_by_a_mail_of_its_own() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Dot, Act::Stall));
    let mut app = with_server(&server, "", &user("test", 3.0, NEVER, r#", "notify_recovery": true"#)).await;
    app.advance(6.0).await;
    server.wait_for_stalls(1, PATIENCE);
    app.pings("test").await;
    server.behave(Behaviour::default());
    app.advance(2.0).await;
    assert_eq!(sent(&server), [], "nothing overtakes the alert");
    app.release(&server).await;
    app.pings("test").await;
    app.advance(2.0).await;
    let mails = sent(&server);
    assert_eq!(subjects(&mails, "you@example.org"), [ALERT, "test reports again"]);
    assert!(!mails[0].text.contains("reported again"), "what is under way is not changed: {}", mails[0].text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_during_a_dot_that_is_never_answered_is_told_by_the_next_try() {
    let mut server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Dot, Act::Stall));
    let mut app = with_server(&server, "", &user("test", 3.0, 20.0, r#", "notify_recovery": true"#)).await;
    app.advance(6.0).await;
    server.wait_for_stalls(1, PATIENCE);
    app.pings("test").await;
    server.stop();
    server.behave(Behaviour::default());
    server.restart();
    for _ in 0..60 {
        app.advance(2.0).await;
        app.pings("test").await;
    }
    let mut mails = sent(&server);
    assert!(mails.iter().all(|mail| mail.subject == ALERT), "{mails:?}");
    // The server may have kept what it never answered.
    mails.retain(|mail| mail.text.contains("It reported again at 2026-11-21 09:05:06"));
    assert_eq!(mails.len(), 1);
}

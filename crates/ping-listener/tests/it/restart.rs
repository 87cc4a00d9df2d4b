//! The server's own restarts and crashes: they raise no false alarm, and hide no true one.

use ping_listener::channels::email::Security;
use rig::app::{Setup, TestApp, config, sent, span, start, user};
use rig::smtp::{Act, At, Behaviour, MailServer};

/// Names the users of the mails that wait in the local inbox, in order, with when each came.
async fn told(app: &TestApp) -> Vec<(String, f64)> {
    let of = |subject: &str| subject.split(' ').next().unwrap().to_owned();
    app.mails().await.into_iter().map(|mail| (of(&mail.subject), mail.at)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_before_every_deadline_does_not_hide_a_dead_job() {
    // A day is a minute less than half an hour here: the job pings daily, with an hour of patience.
    let users = [user("alive", 1_500.0, 86_400.0, ""), user("dead", 1_500.0, 86_400.0, "")];
    let mut app = start(config("", &users.join(","))).await;
    app.pings("alive").await;
    app.pings("dead").await;
    for day in 1..=4 {
        app.advance_to(f64::from(day) * 1_440.0 - 20.0).await;
        app.pings("alive").await;
        app.advance(10.0).await;
        app = app.restart(|clock| clock.advance(span(2.0))).await;
    }
    let [(name, at)] = told(&app).await.try_into().unwrap();
    assert_eq!(name, "dead");
    // Twice the patience of listened silence, and two restarts of 2 s.
    assert!((3_004.0..3_007.0).contains(&at), "{at}");
    let mails = app.mails().await;
    assert!(mails[0].text.contains("The allowance for the listener's own downtime was used up"), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_restarts_while_late_give_the_mails_of_an_unrestarted_run() {
    let text = config("", &user("test", 3.0, 300.0, ""));
    let mut app = start(text.clone()).await;
    app.advance_to(660.0).await;
    let unrestarted = app.mails().await;
    let mut app = start(text).await;
    app.advance_to(5.0).await;
    for _ in 0..50 {
        app = app.restart(|clock| clock.advance(span(1.0))).await;
        app.advance(12.0).await;
    }
    let restarted = app.mails().await;
    assert_eq!(unrestarted.len(), 3);
    assert_eq!(restarted.len(), unrestarted.len(), "{restarted:?}");
    for (one, other) in restarted.iter().zip(&unrestarted) {
        assert_eq!(
            (&one.subject, &one.recipient, &one.text),
            (&other.subject, &other.recipient, &other.text)
        );
        assert!((one.at - other.at).abs() < 10.0, "{one:?} {other:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downtime_longer_than_max_sleep_raises_no_false_alarm_and_excuses_nobody_for_ever() {
    let users = [user("alive", 60.0, 3_600.0, ""), user("dead", 60.0, 3_600.0, "")];
    let mut app = start(config("", &users.join(","))).await;
    for second in [0.0, 30.0, 60.0, 90.0] {
        app.advance_to(second).await;
        app.pings("alive").await;
        app.pings("dead").await;
    }
    app = app.restart(|clock| clock.advance(span(600.0))).await;
    for second in 1..=12 {
        app.advance_to(690.0 + 25.0 * f64::from(second)).await;
        app.pings("alive").await;
    }
    let [(name, at)] = told(&app).await.try_into().unwrap();
    assert_eq!(name, "dead");
    // A healthy client's next try would have come within a max_sleep of the restart.
    assert!((750.0..753.0).contains(&at), "{at}");
    let text = &app.mails().await[0].text;
    assert!(text.contains("extended because the listener itself was down for 10 min"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_died_before_the_downtime_and_was_late_is_reported_soon_after_it() {
    let mut app = start(config(r#""base_frequency": 10,"#, &user("dead", 60.0, 3_600.0, ""))).await;
    app.advance_to(5.0).await;
    app.pings("dead").await;
    // Late at 65, and down before the pass that would have said so.
    app.advance_to(65.05).await;
    app = app.restart(|clock| clock.advance(span(300.0))).await;
    app.advance(9.0).await;
    assert_eq!(told(&app).await, [], "clients get 10 s to come back");
    app.advance(12.0).await;
    assert_eq!(told(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loop_does_not_hide_a_dead_client_and_blames_no_living_one() {
    let users = [user("alive", 30.0, 3_600.0, ""), user("dead", 30.0, 3_600.0, "")];
    let mut app = start(config("", &users.join(","))).await;
    app.pings("dead").await;
    for _ in 0..25 {
        app.advance(2.0).await;
        app.pings("alive").await;
        app.advance(5.0).await;
        app = app.kill(|clock| clock.advance(span(1.0))).await;
    }
    let [(name, at)] = told(&app).await.try_into().unwrap();
    assert_eq!(name, "dead");
    // Of 8 s, 5 are known to have been listened to: 60 s of them take 96, and ten more to be calm take 16.
    assert!(at < 120.0, "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_never_lives_for_a_second_reports_a_dead_client_all_the_same() {
    let mut app = start(config("", &user("dead", 30.0, 3_600.0, ""))).await;
    app.pings("dead").await;
    for _ in 0..150 {
        app.advance(0.9).await;
        app = app.kill(|clock| clock.advance(span(0.3))).await;
    }
    let [(name, at)] = told(&app).await.try_into().unwrap();
    assert_eq!(name, "dead");
    // Of 1.2 s, 0.8 are known to have been listened to: 60 s of them take 90, and ten more to be calm take 15.
    assert!((80.0..120.0).contains(&at), "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_keeps_every_acknowledged_ping() {
    let mut app = start(config("", &user("test", 10.0, 60.0, ""))).await;
    let mut pinged = Vec::new();
    for _ in 0..20 {
        pinged.push(app.ping("test").await.body[9..].to_owned());
        app = app.kill(|clock| clock.advance(span(0.7))).await;
    }
    assert_eq!(app.log("test", "26-11-21").await, pinged);
    app.advance(5.0).await;
    assert!(app.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_waits_for_the_mail_server_outlives_kills() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let mut app = Setup::new(config("", &user("test", 3.0, 3_600.0, ""))).mail_server(&server).start().await;
    app.advance(10.0).await;
    for _ in 0..3 {
        app = app.kill(|clock| clock.advance(span(5.0))).await;
        app.advance(20.0).await;
    }
    server.restart();
    app.advance(1_000.0).await;
    let [mail] = sent(&server).try_into().unwrap();
    assert_eq!(mail.subject, "test disconnection detected");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_dead_process_does_not_keep_its_mail_back() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Dot, Act::Stall));
    let mut app = Setup::new(config("", &user("test", 3.0, 3_600.0, ""))).mail_server(&server).start().await;
    app.advance(10.0).await;
    assert_eq!(sent(&server), []);
    server.behave(Behaviour::default());
    app = app.kill(|clock| clock.advance(span(2.0))).await;
    app.advance(5.0).await;
    assert_eq!(sent(&server).len(), 1);
    // What the dead process had handed over may still arrive: then it is the same mail to every mailbox.
    server.release();
    let mails = server.wait_for_mails(2, std::time::Duration::from_secs(20));
    let id = |raw: &[u8]| {
        mail_parser::MessageParser::default().parse(raw).unwrap().message_id().unwrap().to_owned()
    };
    assert_eq!(id(&mails[0].raw), id(&mails[1].raw));
    app.advance(60.0).await;
    assert_eq!(sent(&server).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_come_without_any_request() {
    let mut app = start(config("", &user("test", 10.0, 3_600.0, ""))).await;
    app = app.restart(|clock| clock.advance(span(1.0))).await;
    app.advance(25.0).await;
    assert_eq!(told(&app).await.len(), 1);
}

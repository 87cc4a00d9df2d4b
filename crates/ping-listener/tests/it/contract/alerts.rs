//! When alerts come, to whom, and what they say.

use rig::app::{TestApp, config, start, user};

/// Pings at so many seconds after the story's beginning.
async fn ping_at(app: &mut TestApp, seconds: f64) {
    app.advance_to(seconds).await;
    app.pings("test").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_told_at_the_first_pass_after_max_sleep_and_then_every_email_frequency() {
    let mut app = start(config("", &user("test", 3.0, 6.0, ""))).await;
    ping_at(&mut app, 2.0).await;
    ping_at(&mut app, 4.0).await;
    // Late after 9.05; the passes come at 9.009 and 10.010.
    ping_at(&mut app, 6.05).await;
    app.advance(17.0).await;
    assert_eq!(app.mail_seconds().await, [10.0, 16.0, 22.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_after_an_alert_lets_the_next_silence_be_told_at_once() {
    let mut app = start(config("", &user("test", 3.0, 20.0, ""))).await;
    ping_at(&mut app, 0.5).await;
    ping_at(&mut app, 10.2).await;
    app.advance(15.0).await;
    assert_eq!(app.mail_seconds().await, [4.0, 14.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_refresh_the_next_silence_waits_out_email_frequency() {
    let users = user("test", 3.0, 20.0, r#", "refresh_on_ping_restored": false"#);
    let mut app = start(config("", &users)).await;
    ping_at(&mut app, 0.5).await;
    ping_at(&mut app, 10.2).await;
    app.advance(15.0).await;
    assert_eq!(app.mail_seconds().await, [4.0, 24.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_refresh_a_silence_that_ended_meanwhile_is_not_told() {
    let users = user("test", 3.0, 20.0, r#", "refresh_on_ping_restored": "off""#);
    let mut app = start(config("", &users)).await;
    ping_at(&mut app, 0.5).await;
    // Silent from 13.2 on, and back before 24.
    ping_at(&mut app, 10.2).await;
    ping_at(&mut app, 20.0).await;
    for second in [22.0, 24.0, 26.0, 28.0] {
        ping_at(&mut app, second).await;
    }
    assert_eq!(app.mail_seconds().await, [4.0]);
    let page = app.page("/logs?username=test&year=26&month=11&day=21").await;
    assert_eq!(page.matches("Silent for too long since here").count(), 2, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_frequency_of_zero_mails_at_most_once_a_second() {
    for keys in [
        r#""base_frequency": 0, "email_processing_frequency": 0,"#,
        r#""base_frequency": 0.1, "email_processing_frequency": 0.1,"#,
        r#""base_frequency": 1, "email_processing_frequency": 0,"#,
    ] {
        let mut app = start(config(keys, &user("test", 3.0, 0.0, ""))).await;
        app.advance(13.5).await;
        let mails = app.mails().await;
        assert!((9..=11).contains(&mails.len()), "{keys} {}", mails.len());
        for pair in mails.windows(2) {
            assert!(0.999 <= pair[1].at - pair[0].at, "{keys} {pair:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_base_frequency_of_zero_a_silence_is_told_when_it_becomes_too_long() {
    let keys = r#""base_frequency": 0, "email_processing_frequency": 0,"#;
    let mut app = start(config(keys, &user("test", 3.5, 60.0, ""))).await;
    app.advance(3.4).await;
    assert!(app.mails().await.is_empty());
    app.advance(0.15).await;
    assert_eq!(app.mails().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_says_what_the_original_said() {
    let mut app = start(config("", &user("test", 3.0, 60.0, ""))).await;
    ping_at(&mut app, 7.250_339).await;
    app.advance(5.0).await;
    let [_, mail] = app.mails().await.try_into().unwrap();
    assert_eq!(mail.recipient, "you@example.org");
    assert_eq!(mail.subject, "test disconnection detected");
    assert_eq!(
        mail.text,
        "User test\n\
         last reported at 2026-11-21 09:05:07.250339\n\
         with a max sleep time of 3 seconds.\n\
         \n\
         -----\n\
         Request logs at https://pings.example.org/logs?username=test&year=26&month=11&day=21\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_about_a_user_that_never_pinged_says_so() {
    let mut app = start(config("", &user("a b&ü", 4.5, 60.0, ""))).await;
    app.advance(6.0).await;
    let [mail] = app.mails().await.try_into().unwrap();
    assert_eq!(mail.subject, "a b&ü disconnection detected");
    assert_eq!(
        mail.text,
        "User a b&ü\n\
         never reported since it was added at 2026-11-21 09:05:00.000000\n\
         with a max sleep time of 4.5 seconds.\n\
         \n\
         -----\n\
         Request logs at https://pings.example.org/logs?username=a%20b%26%C3%BC&year=26&month=11&day=21\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_cannot_say_where_the_links_of_mails_lead() {
    let text = format!(r#"{{"recipient": "you@example.org", "users": {{{}}}}}"#, user("test", 3.0, 60.0, ""));
    let mut app = start(text).await;
    for headers in [[("host", "evil.example")], [("x-forwarded-host", "evil.example")]] {
        assert_eq!(app.ask("GET", "/ping?username=test", &headers).await.status, 200);
    }
    app.advance(5.0).await;
    let [mail] = app.mails().await.try_into().unwrap();
    assert!(mail.text.contains("Request logs at http://127.0.0.1:"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn device_email_goes_before_recipient_and_each_address_gets_one_mail() {
    let own = r#", "device_email": ["one@example.org", "two@example.org", "one@EXAMPLE.org"]"#;
    let users = [
        user("own", 3.0, 60.0, own),
        user("null", 3.0, 60.0, r#", "device_email": null"#),
        user("empty", 3.0, 60.0, r#", "device_email": """#),
        user("none", 3.0, 60.0, r#", "device_email": []"#),
        user("default", 3.0, 60.0, ""),
    ];
    let mut app = start(config("", &users.join(","))).await;
    app.advance(6.0).await;
    let mut sent: Vec<_> = app.mails().await.into_iter().map(|mail| (mail.subject, mail.recipient)).collect();
    sent.sort();
    let expected = [
        ("default", "you@example.org"),
        ("empty", "you@example.org"),
        ("none", "you@example.org"),
        ("null", "you@example.org"),
        ("own", "one@example.org"),
        ("own", "two@example.org"),
    ];
    let expected = expected.map(|(name, to)| (format!("{name} disconnection detected"), to.to_owned()));
    assert_eq!(sent, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_alerts_than_digest_over_in_one_pass_are_one_mail_longest_silent_first() {
    let users: Vec<_> = (1..=4).map(|n| user(&format!("u{n}"), 5.0, 60.0, "")).collect();
    let lonely = user("lonely", 5.0, 60.0, r#", "device_email": "other@example.org""#);
    let users = format!("{}, {lonely}", users.join(","));
    let mut app = start(config(r#""digest_over": 3, "base_frequency": 10,"#, &users)).await;
    for n in [2, 4, 1, 3] {
        app.pings(&format!("u{n}")).await;
        app.advance(0.5).await;
    }
    app.advance(20.0).await;
    let mails = app.mails().await;
    let to = |recipient: &str| mails.iter().filter(|mail| mail.recipient == recipient).collect::<Vec<_>>();
    let [digest] = to("you@example.org").try_into().unwrap();
    assert_eq!(digest.subject, "4 disconnections detected");
    let order: Vec<_> = digest.text.lines().filter_map(|line| line.strip_prefix("User ")).collect();
    assert_eq!(order, ["u2", "u4", "u1", "u3"]);
    assert_eq!(digest.text.matches("with a max sleep time of 5 seconds.").count(), 4);
    let [alone] = to("other@example.org").try_into().unwrap();
    assert_eq!(alone.subject, "lonely disconnection detected");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_alerts_as_digest_over_stay_mails_of_their_own() {
    let users: Vec<_> = (1..=3).map(|n| user(&format!("u{n}"), 5.0, 60.0, "")).collect();
    let mut app = start(config(r#""digest_over": 3,"#, &users.join(","))).await;
    app.advance(10.0).await;
    assert_eq!(app.mails().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_not_monitored_is_logged_and_never_mailed_about() {
    let users = r#""test": {"monitor": false, "max_sleep": 3, "email_frequency": 60}"#;
    let mut app = start(config("", users)).await;
    app.pings("test").await;
    app.advance(30.0).await;
    app.pings("test").await;
    app.advance(30.0).await;
    assert!(app.mails().await.is_empty());
    assert_eq!(app.log("test", "26-11-21").await, ["09:05:00", "09:05:30"]);
}

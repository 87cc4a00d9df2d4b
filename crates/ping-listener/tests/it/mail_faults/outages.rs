//! A mail server in trouble for hours: what is told in the end is what happened, once, and soon.

use ping_listener::channels::email::Security;
use rig::app::{Setup, config, sent, user};
use rig::smtp::{Act, At, Behaviour, MailServer};

/// Longer than any story lasts.
const NEVER: f64 = 300_000_000.0;

/// Rooms that look around every 5 s: long outages are over sooner.
const CALM: &str = r#""base_frequency": 5, "email_processing_frequency": 5,"#;

/// The users who fall silent while the mail server is away.
const SILENT: u32 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn ten_hours_of_any_trouble_end_in_one_mail_a_recipient() {
    const RECIPIENTS: [&str; 2] = ["a@example.org", "b@example.org"];
    let greylist = Act::Answer("450 4.7.1 greylisted");
    let both = RECIPIENTS.map(|recipient| (At::Recipient(recipient), greylist.clone()));
    for (behaviour, patience) in [
        (Behaviour::at(At::Authentication, Act::Answer("535 5.7.8 wrong password")), 910.0),
        // An hour between two tries, and a fifth.
        (Behaviour { rules: both.to_vec(), ..Behaviour::default() }, 4_330.0),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(behaviour.clone());
        let users = user("test", 3.0, 20.0, &format!(r#", "device_email": {RECIPIENTS:?}"#));
        let mut app = Setup::new(config(CALM, &users)).mail_server(&server).start().await;
        app.advance(36_000.0).await;
        assert_eq!(sent(&server), [], "{behaviour:?}");
        server.behave(Behaviour::default());
        for recipient in RECIPIENTS {
            let told = || sent(&server).into_iter().find(|mail| mail.recipient == recipient);
            let begin = app.seconds();
            while told().is_none() {
                app.advance(5.0).await;
                assert!(app.seconds() < begin + patience, "{behaviour:?}");
            }
        }
        // A reminder each 20 s from then on, and nothing of the ten hours before.
        for recipient in RECIPIENTS {
            let mails: Vec<_> =
                sent(&server).into_iter().filter(|mail| mail.recipient == recipient).collect();
            assert!(mails[0].text.contains("reminders fell due while this mail waited"), "{}", mails[0].text);
            assert!(
                !mails.iter().skip(1).any(|mail| mail.text.contains("reminders fell due")),
                "{behaviour:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_without_a_mail_server_every_first_alert_is_out_within_ten_minutes() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::Greeting, Act::Answer("421 4.3.2 shutting down")));
    // They fall silent one after another, so that no pass has enough of them for one mail about many.
    let text = |index: u32| {
        let recipient = format!(r#", "device_email": "{}@example.org""#, ["a", "b", "c"][index as usize % 3]);
        user(&format!("u{index}"), 60.0 + 1_300.0 * f64::from(index), 3_600.0, &recipient)
    };
    let users: Vec<String> = (0..SILENT).map(text).chain([user("fine", NEVER, NEVER, "")]).collect();
    let mut app = Setup::new(config(CALM, &users.join(","))).mail_server(&server).start().await;
    app.advance(86_400.0).await;
    // The worst moment to come back is just after a probe.
    let probes = server.connections();
    while server.connections() == probes {
        app.advance(5.0).await;
    }
    server.behave(Behaviour::default());
    app.advance(600.0).await;
    let mut subjects: Vec<String> = sent(&server).into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    let mut expected: Vec<String> =
        (0..SILENT).map(|index| format!("u{index} disconnection detected")).collect();
    expected.sort();
    assert_eq!(subjects, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifteen_mails_that_stall_at_once_delay_the_others_by_little_more_than_a_minute() {
    let stalled: Vec<&'static str> = (1..=15).map(address).collect();
    let server = MailServer::start(Security::Tls);
    let rules = stalled.iter().map(|&recipient| (At::DotTo(recipient), Act::Stall)).collect();
    server.behave(Behaviour { rules, ..Behaviour::default() });
    let recipients: Vec<&str> = stalled.into_iter().chain(["well@example.org"]).collect();
    let users = user("test", 3.0, NEVER, &format!(r#", "device_email": {recipients:?}"#));
    let mut app = Setup::new(config("", &users)).mail_server(&server).start().await;
    app.advance(90.0).await;
    let [mail] = sent(&server).try_into().unwrap();
    assert_eq!(mail.recipient, "well@example.org");
    app.end_with(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_mails_to_one_recipient_stall_the_others_do_not_wait() {
    const DEAD: &str = "dead@example.org";
    const WELL: &str = "well@example.org";
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::at(At::DotTo(DEAD), Act::Stall));
    let to = |name: &str, max_sleep: f64, recipient: &str| {
        user(name, max_sleep, NEVER, &format!(r#", "device_email": "{recipient}""#))
    };
    let mut users: Vec<String> = (0..20).map(|number| to(&format!("u{number}"), 3.0, DEAD)).collect();
    users.extend([to("soon", 60.0, WELL), to("late", 300.0, WELL)]);
    let mut app = Setup::new(config("", &users.join(","))).mail_server(&server).start().await;
    for (until, told) in [(70.0, 1), (310.0, 2)] {
        app.advance_to(until).await;
        assert_eq!(sent(&server).len(), told, "{:?}", sent(&server));
        let tried = server.lines().iter().filter(|line| line.contains(DEAD)).count();
        assert!((4..=6).contains(&tried), "two talk while four hang: {tried}");
    }
    server.behave(Behaviour::default());
    app.release(&server).await;
    app.advance(60.0).await;
    assert_eq!(sent(&server).len(), 22, "what waited goes out when the recipient is back");
    app.end_with(&server).await;
}

fn address(number: u32) -> &'static str {
    String::leak(format!("s{number}@example.org"))
}

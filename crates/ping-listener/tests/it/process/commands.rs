//! The commands beside the server: one sends a mail to see, one reads a config, one tells when a schedule comes next.

use ping_listener::channels::email::Security;

use super::QUIET;
use rig::server::Place;
use rig::smtp::{Act, At, Behaviour, Certificate, LOGIN, MailServer};

#[test]
fn a_test_mail_goes_the_way_of_alerts_and_prints_the_servers_answer() {
    let mail = MailServer::start(Security::Tls);
    let place = Place::new(QUIET).with_mail(&mail);
    let ended = place.run(&["send-test-mail"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "you@example.org: sent: 250 2.0.0 taken\n"),
        "{ended:?}"
    );
    let [received] = mail.mails().try_into().unwrap();
    assert_eq!((received.from.as_str(), received.is_encrypted), (LOGIN, true));
    assert!(!place.data().exists(), "a test mail needs no data folder");
}

#[test]
fn a_test_mail_goes_out_while_the_server_runs_on_the_same_folder() {
    let mail = MailServer::start(Security::Tls);
    let place = Place::new(QUIET).with_mail(&mail);
    let server = place.start();
    let ended = place.run(&["send-test-mail", "me@example.org", "you@example.org"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for address in ["me@example.org", "you@example.org"] {
        assert!(ended.stdout.contains(&format!("{address}: sent: 250")), "{ended:?}");
    }
    assert_eq!(mail.mails().len(), 2);
    server.stop();
}

#[test]
fn a_refused_recipient_is_told_in_the_servers_words() {
    let mail = MailServer::start(Security::Tls);
    mail.behave(Behaviour::at(
        At::Recipient("nobody@example.org"),
        Act::Answer("550 5.1.1 no such user here"),
    ));
    let place = Place::new(QUIET).with_mail(&mail);
    let ended = place.run(&["send-test-mail", "nobody@example.org", "you@example.org"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("550 5.1.1 no such user here"), "{ended:?}");
    assert!(ended.stdout.contains("you@example.org: sent: 250"), "{ended:?}");
}

#[test]
fn a_wrong_certificate_is_told_and_nothing_is_sent() {
    let mail = MailServer::start_with(Security::Tls, Certificate::SelfSigned);
    let ended = Place::new(QUIET).with_mail(&mail).run(&["send-test-mail"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let said = ended.stdout + &ended.stderr;
    assert!(said.contains("certificate"), "{said}");
    assert!(mail.mails().is_empty() && mail.lines().is_empty());
}

#[test]
fn a_wrong_password_is_told_in_the_servers_words_and_not_printed() {
    let mail = MailServer::start(Security::Tls);
    let place = Place::new(QUIET).with_mail(&mail).with("SMTP_PASSWORD", "not-the-password");
    let ended = place.run(&["send-test-mail"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let said = ended.stdout + &ended.stderr;
    assert!(said.contains("535 5.7.8 login or password is wrong"), "{said}");
    assert!(!said.contains("not-the-password"), "{said}");
}

#[test]
fn a_test_mail_without_a_mail_server_stays_here_and_says_so() {
    let place = Place::new(QUIET);
    let ended = place.run(&["send-test-mail"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("you@example.org: sent: "), "{ended:?}");
    assert!(ended.stdout.contains("inbox"), "{ended:?}");
    let ended = place.run(&["send-test-mail", "nonsense"]);
    assert_eq!(ended.code, Some(78), "{ended:?}");
    assert!(ended.stderr.contains("\"nonsense\" is no mail address"), "{ended:?}");
}

#[test]
fn a_good_config_passes_and_a_bad_one_does_not() {
    let place = Place::new(QUIET);
    let ended = place.run(&["check-config"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "config.json: no errors, 2 users\n"),
        "{ended:?}"
    );
    std::fs::write(place.path("other.json"), r#"{"users": {}, "public_ur": 3}"#).unwrap();
    let ended = place.run(&["check-config", "other.json"]);
    assert_eq!(ended.code, Some(78));
    assert!(
        ended.stderr.contains(r#"other.json:1:15: public_ur: unknown key; did you mean "public_url"?"#),
        "{ended:?}"
    );
}

#[test]
fn users_whom_a_new_config_would_make_late_are_named_beforehand() {
    let place = Place::new(QUIET);
    let server = place.start();
    assert_eq!(server.ping("test").status, 200);
    std::fs::write(place.path("next.json"), QUIET.replacen("3600,", "0.001,", 1)).unwrap();
    let expected = "next.json: no errors, 2 users\n\
                    user test would be late by its new max_sleep at once; it is given one from the reload on\n";
    let ended = place.run(&["check-config", "next.json", "--data", "data"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
    server.stop();
    let ended = place.run(&["check-config", "next.json", "--data", "data"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
}

#[test]
fn a_schedule_is_read_out_and_its_next_times_are_told() {
    let place = Place::new(QUIET);
    let from = ["--from", "2026-10-24T22:07:30.5Z"];
    let ask = |words: &[&str]| place.run(&[&["schedule"], words, &from].concat());
    let ended = ask(&["30 * * * *", "--tz", "Europe/Riga", "--count", "4"]);
    let expected = "kind:  cron\n\
                    reads: at 30 minutes past every hour\n\
                    next:  Sun 2026-10-25 01:30:00 +03:00, in 22 min 29 s\n       \
                    Sun 2026-10-25 02:30:00 +03:00, in 1 h 22 min\n       \
                    Sun 2026-10-25 03:30:00 +03:00, in 2 h 22 min\n       \
                    Sun 2026-10-25 03:30:00 +02:00, in 3 h 22 min\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
    let ended = ask(&["2026-12-24 18:00 Europe/Kiev"]);
    let expected = "kind:  oncalendar\n\
                    reads: at 18:00 on 24 December 2026, Europe/Kyiv time\n\
                    next:  Thu 2026-12-24 16:00:00 +00:00, in 60 d 17 h\n       never again\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
    let ended = ask(&["2001-1-1"]);
    assert!(ended.stdout.ends_with("next:  never\n"), "{ended:?}");
    // Without an instant it is now, and without a number there are five.
    let ended = place.run(&["schedule", "daily"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 7), "{ended:?}");
    assert!(ended.stdout.lines().nth(2).unwrap().contains(" 00:00:00 +00:00, in "), "{ended:?}");
}

#[test]
fn a_wrong_schedule_is_refused_and_the_place_is_shown() {
    let place = Place::new(QUIET);
    for (words, expected) in [
        (
            &["0 25 * * *"][..],
            "ping-listener: expected an hour from 0 to 23, found \"25\"\n\
             ping-listener:   0 25 * * *\n\
             ping-listener:     ^^\n",
        ),
        (
            &["daily\nÄpril 12:00"],
            "ping-listener: expected a day of the week, as in Mon or Friday, found \"Äpril\"\n\
             ping-listener:   Äpril 12:00\n\
             ping-listener:   ^^^^^\n",
        ),
        (
            &["12:"],
            "ping-listener: expected a minute from 0 to 59, found nothing\n\
             ping-listener:   12:\n\
             ping-listener:      ^\n",
        ),
        (
            &["daily", "--tz", "europe/riga"],
            "ping-listener: --tz: \"europe/riga\" is not a time zone; say for example Europe/Riga\n",
        ),
        (
            &["daily", "--from", "today"],
            "ping-listener: --from: \"today\" is not an instant; say for example 2026-05-13T10:07:30Z\n",
        ),
    ] {
        let ended = place.run(&[&["schedule"], words].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(2), expected), "{ended:?}");
        assert_eq!(ended.stdout, "");
    }
}

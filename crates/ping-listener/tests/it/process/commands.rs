//! The two commands beside the server: the one that sends a mail to see, and the one that reads a config.

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

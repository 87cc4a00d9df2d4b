//! Mails reach a real mail server as the contract has them, and each way in which it can fail has its answer.

mod answers;
mod contents;

use std::time::Duration;

use domain::retry::Refusal;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ping_listener::channels::email::{Deadlines, Email, Security, SmtpSettings};
use ping_listener::channels::login::Credentials;
use ping_listener::channels::{Accepted, Phase, SendError};
use ping_listener::links::Links;
use ping_listener::message::{Envelope, Mail, Style, render};
use ping_listener::store::facts::{AlertFacts, Facts};

use rig::smtp::{Act, At, Behaviour, Certificate, LOGIN, MailServer, PASSWORD};

/// Long enough for a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_mail_arrives_whole_by_tls_starttls_and_plain_text() {
    for security in [Security::Tls, Security::StartTls, Security::Plain] {
        let server = MailServer::start(security);
        let mail = alert_mail("test", "you@example.org");
        let accepted = send(&server, &mail).unwrap();
        assert_eq!(accepted.answer, "250 2.0.0 taken");
        let [received] = server.mails().try_into().unwrap();
        assert_eq!(received.from, LOGIN);
        assert_eq!(received.recipients, ["you@example.org"]);
        assert_eq!(received.raw, mail.raw);
        assert_eq!(received.parameters, [format!("SIZE={}", mail.raw.len())]);
        assert_eq!(received.is_encrypted, security != Security::Plain);
    }
}

#[test]
fn a_login_goes_through_tls_only() {
    for (security, login) in
        [(Security::Tls, Some(LOGIN)), (Security::StartTls, Some(LOGIN)), (Security::Plain, None)]
    {
        let server = MailServer::start(security);
        send(&server, &alert_mail("test", "you@example.org")).unwrap();
        assert_eq!(server.mails()[0].login.as_deref(), login);
        let lines = server.lines();
        let first_auth = lines.iter().position(|line| line.starts_with("AUTH"));
        let start_tls = lines.iter().position(|line| line == "STARTTLS");
        assert!(first_auth.is_none() || start_tls <= first_auth, "{lines:?}");
        assert_eq!(first_auth.is_some(), login.is_some(), "{lines:?}");
    }
}

#[test]
fn a_server_that_only_knows_auth_login_is_logged_in_to() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour { logins: "GSSAPI LOGIN", ..Behaviour::default() });
    send(&server, &alert_mail("test", "you@example.org")).unwrap();
    assert_eq!(server.mails()[0].login.as_deref(), Some(LOGIN));
}

#[test]
fn a_wrong_certificate_is_refused_before_any_word_is_said() {
    for certificate in [Certificate::WrongHost, Certificate::Expired, Certificate::SelfSigned] {
        for security in [Security::Tls, Security::StartTls] {
            let server = MailServer::start_with(security, certificate);
            assert_untrusted(&server, settings(&server));
        }
    }
}

#[test]
fn an_unknown_authority_is_refused_before_any_word_is_said() {
    for security in [Security::Tls, Security::StartTls] {
        let server = MailServer::start(security);
        assert_untrusted(&server, SmtpSettings { extra_ca: None, ..settings(&server) });
    }
}

fn assert_untrusted(server: &MailServer, settings: SmtpSettings) {
    let Ok(email) = Email::new(settings) else {
        // A machine without any authority refuses even earlier.
        return;
    };
    let error = email.open().err().expect("the certificate does not hold");
    assert_eq!((error.refusal, error.phase), (Refusal::ServerConfig, Phase::Tls), "{error}");
    assert!(error.answer.contains("certificate"), "{error}");
    let lines = server.lines();
    assert!(lines.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{lines:?}");
}

#[test]
fn without_starttls_nothing_is_sent() {
    let missing = Behaviour { offers_starttls: false, ..Behaviour::default() };
    let refused = Behaviour::at(At::StartTls, Act::Answer("454 4.7.0 not today"));
    for behaviour in [missing, refused] {
        let server = MailServer::start(Security::StartTls);
        server.behave(behaviour);
        let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
        assert_eq!((error.refusal, error.phase), (Refusal::ServerConfig, Phase::Tls), "{error}");
        assert!(!server.lines().iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")));
    }
}

#[test]
fn words_slipped_in_before_encryption_are_not_believed() {
    let server = MailServer::start(Security::StartTls);
    // Whoever sits on the way could answer the next command before the server can.
    server.behave(Behaviour::at(At::StartTls, Act::AcceptAfter("220 2.0.0 go ahead\r\n250 AUTH NONE")));
    send(&server, &alert_mail("test", "you@example.org")).unwrap();
    let [received] = server.mails().try_into().unwrap();
    assert!(received.is_encrypted && received.login.is_some());
}

#[test]
fn an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one() {
    for (at, words, phase) in [
        (At::Greeting, "220 hello\r\n250 and hello again", Phase::Hello),
        (At::Data, "354 go on\r\n250 2.0.0 taken, believe me", Phase::FinalDot),
    ] {
        let server = MailServer::start(Security::Tls);
        server.behave(Behaviour::at(at, Act::AcceptAfter(words)));
        let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
        assert_eq!(error.phase, phase, "{error}");
        assert!(server.mails().is_empty());
    }
}

#[test]
fn a_server_without_tls_on_its_port_is_a_matter_of_config() {
    let server = MailServer::start(Security::Plain);
    let settings = SmtpSettings { security: Security::Tls, ..settings(&server) };
    let error = Email::new(settings).unwrap().open().err().unwrap();
    assert_eq!((error.refusal, error.phase), (Refusal::ServerConfig, Phase::Tls), "{error}");
}

#[test]
fn a_wrong_password_is_a_matter_of_config_and_never_shown() {
    let server = MailServer::start(Security::Tls);
    let credentials = Some(Credentials { login: LOGIN.to_owned(), password: "not-it".to_owned() });
    let error = Email::new(SmtpSettings { credentials, ..settings(&server) }).unwrap().open().err().unwrap();
    assert_eq!((error.refusal, error.phase), (Refusal::ServerConfig, Phase::Authentication));
    assert_eq!(error.answer, "535 5.7.8 login or password is wrong");

    server.behave(Behaviour::at(At::Authentication, Act::Answer("535 who is s€cret \"pass\" =word")));
    let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
    assert!(!error.to_string().contains("s€cret"), "{error}");
}

#[test]
fn an_old_server_is_greeted_the_old_way_where_that_is_enough() {
    let server = MailServer::start(Security::Plain);
    server.behave(Behaviour { is_old: true, ..Behaviour::default() });
    send(&server, &alert_mail("test", "you@example.org")).unwrap();

    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour { is_old: true, ..Behaviour::default() });
    let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
    assert_eq!((error.refusal, error.phase), (Refusal::ServerConfig, Phase::Hello), "{error}");
}

#[test]
fn a_server_that_offers_no_login_is_a_matter_of_config() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour { logins: "", ..Behaviour::default() });
    let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
    assert_eq!((error.refusal, error.phase), (Refusal::ServerConfig, Phase::Authentication), "{error}");
}

#[test]
fn a_mailbox_in_another_script_needs_a_server_that_takes_it() {
    let server = MailServer::start(Security::Tls);
    let mail = alert_mail("test", "grüße@bücher.example");
    send(&server, &mail).unwrap();
    assert_eq!(server.mails()[0].recipients, ["grüße@xn--bcher-kva.example"]);
    assert!(server.mails()[0].parameters.contains(&"SMTPUTF8".to_owned()));

    server.behave(Behaviour { offers: vec!["8BITMIME"], ..Behaviour::default() });
    let error = send(&server, &mail).unwrap_err();
    assert_eq!((error.refusal, error.phase), (Refusal::Unsendable, Phase::Recipient), "{error}");
    // A domain alone has an ASCII form, which every server takes.
    send(&server, &alert_mail("test", "post@bücher.example")).unwrap();
    assert_eq!(server.mails()[1].recipients, ["post@xn--bcher-kva.example"]);
}

#[test]
fn an_address_cannot_smuggle_a_second_recipient() {
    let server = MailServer::start(Security::Tls);
    let long = format!("{}@example.org", "a".repeat(400));
    for recipient in ["a@b>\r\nRCPT TO:<c@evil.example", "a@b,c@evil.example", "a@b\0", &long] {
        let error = send(&server, &alert_mail("test", recipient)).unwrap_err();
        assert_eq!((error.refusal, error.phase), (Refusal::Unsendable, Phase::Recipient), "{error}");
    }
    assert!(!server.lines().iter().any(|line| line.contains("RCPT")), "{:?}", server.lines());
}

#[test]
fn a_mail_bigger_than_the_server_takes_is_refused_before_it_is_sent() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour { offers: vec!["SIZE 500"], ..Behaviour::default() });
    let error = send(&server, &alert_mail("test", "you@example.org")).unwrap_err();
    assert_eq!((error.refusal, error.phase), (Refusal::Hard, Phase::Sender), "{error}");
}

fn settings(server: &MailServer) -> SmtpSettings {
    let deadlines = Deadlines {
        connect: PATIENCE,
        tls: PATIENCE,
        greeting: PATIENCE,
        command: PATIENCE,
        data: PATIENCE,
        body: PATIENCE,
        final_dot: PATIENCE,
        quit: PATIENCE,
    };
    SmtpSettings {
        server: "localhost".to_owned(),
        port: server.port(),
        security: server.security(),
        credentials: Some(Credentials { login: LOGIN.to_owned(), password: PASSWORD.to_owned() }),
        from: LOGIN.to_owned(),
        extra_ca: Some(server.ca_file()),
        deadlines,
    }
}

fn send(server: &MailServer, mail: &Mail) -> Result<Accepted, SendError> {
    send_with(settings(server), mail)
}

fn send_with(settings: SmtpSettings, mail: &Mail) -> Result<Accepted, SendError> {
    let mut session = Email::new(settings).expect("the settings are sound").open()?;
    let outcome = session.send(mail);
    session.quit();
    outcome
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alert(name: &str) -> AlertFacts {
    AlertFacts {
        check: name.to_owned(),
        last_ping: Some(at("2026-11-21T08:05:07.250339Z")),
        added: at("2026-11-01T00:00:00Z"),
        max_sleep: "3".to_owned(),
        late_since: at("2026-11-21T08:05:10.250339Z"),
        decided: at("2026-11-21T08:05:11Z"),
        number: 1,
        blind_seconds: 0.0,
        allowance_spent: false,
        further_silences: 0,
        further_reminders: 0,
        returned: None,
        keyed: false,
    }
}

fn alert_mail(name: &str, recipient: &str) -> Mail {
    mail_about(&[Facts::Alert(alert(name))], recipient, false)
}

fn mail_about(facts: &[Facts], recipient: &str, minimal: bool) -> Mail {
    let envelope = Envelope {
        from: LOGIN,
        recipient,
        message_id: "test.1.you@pings.example.org",
        date: at("2026-11-21T08:05:12Z"),
        minimal,
    };
    let links = Links::new("https://pings.example.org", [7; 32]);
    render(&envelope, facts, &Style { zone: &TimeZone::get("Europe/Berlin").unwrap(), links: &links })
}

//! What a mail holds when it arrives, whatever name a check has.

use mail_parser::{HeaderValue, MessageParser};
use ping_listener::channels::email::{Email, Security};
use ping_listener::message::Mail;
use ping_listener::store::facts::{AlertFacts, Facts, RecipientRefusedFacts, RecoveryFacts, TestFacts};

use super::{alert, alert_mail, at, mail_about, settings};
use rig::smtp::{Behaviour, MailServer};

#[test]
fn a_strict_server_takes_every_mail_and_no_name_breaks_out_of_it() {
    let server = MailServer::start(Security::Tls);
    server.behave(Behaviour::strict());
    let mut session = Email::new(settings(&server)).unwrap().open().unwrap();
    for name in hostile_names() {
        for (facts, minimal) in every_kind(&name) {
            let mail = mail_about(&facts, "you@example.org", minimal);
            session.send(&mail).unwrap_or_else(|error| panic!("{name:?}: {error}"));
            let received = server.mails().pop().unwrap();
            assert_eq!(received.recipients, ["you@example.org"]);
            assert_eq!(received.raw, mail.raw, "{name:?}");
            assert_is_sound(&received.raw, &mail);
        }
    }
    assert_eq!(server.connections(), 1);
}

/// Reads the mail with another program's eyes: the headers we meant, no more, and the words unharmed.
fn assert_is_sound(raw: &[u8], mail: &Mail) {
    let parsed = MessageParser::default().parse(raw).expect("it is a mail");
    let mut names: Vec<String> = parsed.headers().iter().map(|header| header.name().to_lowercase()).collect();
    names.sort();
    let mut expected =
        vec!["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"];
    if mail.html.is_empty() {
        expected.insert(2, "content-transfer-encoding");
    }
    expected.sort_unstable();
    names.dedup();
    assert_eq!(names, expected, "{}", String::from_utf8_lossy(raw));
    assert_eq!(parsed.headers().len(), expected.len());
    assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
    assert_eq!(parsed.message_id(), Some(mail.message_id.as_str()));
    assert_eq!(
        parsed.date().map(mail_parser::DateTime::to_timestamp),
        Some(at("2026-11-21T08:05:12Z").as_second())
    );
    assert!(
        matches!(parsed.header("Auto-Submitted"), Some(HeaderValue::Text(text)) if text == "auto-generated")
    );
    let to: Vec<_> = parsed.to().unwrap().iter().filter_map(|address| address.address()).collect();
    assert_eq!(to, ["you@example.org"]);
    assert!(parsed.bcc().is_none() && parsed.cc().is_none());
    let text = parsed.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail.text.trim_end());
    assert_eq!(parsed.attachment_count(), 0);
    if !mail.html.is_empty() {
        let html = parsed.body_html(0).unwrap().replace("\r\n", "\n");
        assert_eq!(html.trim_end(), mail.html.trim_end());
    }
}

fn hostile_names() -> Vec<String> {
    [
        "test",
        "Küche 🔥",
        "\u{202e}gnitset",
        "شبكة المنزل",
        ".",
        "..",
        ".leading dot",
        "a\r\nBcc: x@evil.example",
        "a\r\n.\r\nMAIL FROM:<x@evil.example>",
        "a\0b\u{85}c\u{2028}d",
        "=?utf-8?B?QmNjOiB4QGV2aWwuZXhhbXBsZQ==?=",
        "=?utf-8?q?a=0D=0ABcc:_x@evil.example?=",
        "<img src=x onerror=alert(1)>",
        "\"><svg/onload=alert(1)>",
        "{{7*7}} {% include '/etc/passwd' %}",
        "  two  spaces  ",
        "--=_0000000000000000",
        "100% & more; \\ \"quoted\" 'single'",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["x".repeat(255), "ü".repeat(127), "🔥".repeat(63), ".".repeat(255), "a ".repeat(127)])
    .collect()
}

fn every_kind(name: &str) -> Vec<(Vec<Facts>, bool)> {
    let alert = Facts::Alert(alert(name));
    let reminder = Facts::Alert(AlertFacts {
        number: 3,
        blind_seconds: 7_380.0,
        allowance_spent: true,
        further_silences: 2,
        further_reminders: 4,
        returned: Some(at("2026-11-21T08:06:00Z")),
        keyed: true,
        ..self::alert(name)
    });
    let never = Facts::Alert(AlertFacts { last_ping: None, ..self::alert(name) });
    let recovery = Facts::Recovery(RecoveryFacts {
        check: name.to_owned(),
        returned: at("2026-11-21T08:10:00Z"),
        last_ping: None,
        late_since: at("2026-11-21T08:05:03Z"),
        alerts: 1,
        keyed: true,
    });
    let refused = Facts::RecipientRefused(RecipientRefusedFacts {
        check: name.to_owned(),
        recipient: "gone@example.org".to_owned(),
        answer: format!("550 {name}"),
        refused: at("2026-11-21T08:05:00Z"),
    });
    let test = Facts::Test(TestFacts { asked: at("2026-11-21T08:05:00Z") });
    let digest = vec![alert.clone(), reminder.clone(), never.clone()];
    let mut kinds: Vec<(Vec<Facts>, bool)> = Vec::new();
    for one in [alert, reminder, never, recovery, refused, test] {
        kinds.push((vec![one.clone()], false));
        kinds.push((vec![one], true));
    }
    kinds.push((digest.clone(), false));
    kinds.push((digest, true));
    kinds
}

#[test]
fn a_text_with_dots_and_commands_arrives_byte_for_byte() {
    let server = MailServer::start(Security::Tls);
    let raw = b"Subject: dots\r\n\r\n.\r\n..\r\n...\r\nMAIL FROM:<x@evil.example>\r\n.a\r\n\r\n".to_vec();
    let mail = Mail { raw: raw.clone(), ..alert_mail("test", "you@example.org") };
    let mut session = Email::new(settings(&server)).unwrap().open().unwrap();
    session.send(&mail).unwrap();
    session.send(&mail).unwrap();
    let received: Vec<Vec<u8>> = server.mails().into_iter().map(|mail| mail.raw).collect();
    assert_eq!(received, [raw.clone(), raw]);
}

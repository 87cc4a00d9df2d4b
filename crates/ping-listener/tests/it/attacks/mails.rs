//! Names and headers that try to get into a mail: as a header, as a recipient, as markup, as a link.

use ping_listener::channels::email::Security;
use rig::server::{PATIENCE, Place, TESTING_PASSWORD};
use rig::smtp::{Certificate, MailServer};

use super::{Strangers, Table, from_own_page};

/// Names that something on the way could take for a part of itself.
const NAMES: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "javascript:alert(1)",
    "\u{202e}gnp.exe",
    "=?utf-8?Q?a=0D=0ABcc:_x@evil.example?=",
    "a%0d%0aBcc: x@evil.example",
    ".",
    "..",
    ". MAIL FROM:<x@evil.example>",
];

#[test]
fn no_name_gets_out_of_its_place_in_a_mail() {
    let mail = MailServer::start(Security::Tls);
    let user = r#"{"monitor": true, "max_sleep": 2, "email_frequency": 3600}"#;
    let users: Vec<_> = NAMES.iter().map(|name| format!("{}: {user}", json(name))).collect();
    let config = format!(
        r#"{{"base_frequency": 0.2, "email_processing_frequency": 0.2, "recipient": "you@example.org",
             "public_url": "https://pings.example.org", "users": {{{}}}}}"#,
        users.join(",")
    );
    let server = Place::new(&config).with_mail(&mail).with("TESTING_PASSWORD", TESTING_PASSWORD).start();
    let strangers = Strangers::new();
    let mut table = Table::new("Mails");
    // Whoever asks by another name must not be able to put that name into the links.
    let forged =
        "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\n";
    for path in ["/", "/ping?username=..", "/sign-in?token=x"] {
        let evil = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\n{forged}Connection: close\r\n\r\n");
        let raw = strangers.send(&server, evil);
        table.judge(
            15,
            &format!("`Host: evil.example` and forged forwarding at {path}"),
            "not repeated",
            ("not repeated", !raw.contains("evil.example")),
        );
    }
    let evil = from_own_page(&server, "").replace(&server.address().to_string(), "evil.example");
    let answer = strangers.ask(&server, ("POST", "/sign-in"), &evil, "password=open-sesame");
    table.expect(15, "signing in from the page of another name", "403", answer.status);
    let mails = mail.wait_for_mails(NAMES.len(), PATIENCE);
    for name in NAMES {
        let subject = format!("{name} disconnection detected");
        let found: Vec<_> = mails.iter().filter(|mail| read(&mail.raw).0 == subject).collect();
        let attack = format!("a user called `{name}`");
        table.expect(17, &format!("{attack}: mails with that very subject"), "1", found.len());
        let Some(mail) = found.first() else { continue };
        let (_, headers, text, html) = read(&mail.raw);
        table.expect(17, &format!("{attack}: headers"), HEADERS, headers.join(" "));
        table.expect(18, &format!("{attack}: recipients"), "you@example.org", mail.recipients.join(" "));
        let is_literal = text.contains(&format!("User {name}\n"))
            && !html.contains("<img")
            && !html.contains("<svg")
            && !html.contains("root:");
        table.judge(
            16,
            &format!("{attack}: in the text, and in the HTML no element of it"),
            "literal",
            ("literal", is_literal),
        );
        let links_right = text
            .lines()
            .filter(|line| line.contains("://"))
            .all(|line| line.contains(" https://pings.example.org/"));
        table.judge(15, &format!("{attack}: the link"), "at public_url", ("at public_url", links_right));
    }
    let commands = mail.lines();
    let recipients = commands.iter().filter(|line| line.to_ascii_uppercase().starts_with("RCPT")).count();
    table.expect(18, "RCPT commands for that many mails", &NAMES.len().to_string(), recipients);
    server.stop();
    table.finish();
}

/// Row 40: a mail server that cannot prove itself hears no word of a mail or a password.
#[test]
fn a_mail_server_that_cannot_prove_itself_hears_nothing() {
    let mut table = Table::new("Mail servers");
    for (attack, certificate) in [
        ("a certificate for another host", Certificate::WrongHost),
        ("a certificate of last year", Certificate::Expired),
        ("a certificate signed by itself", Certificate::SelfSigned),
    ] {
        let mail = MailServer::start_with(Security::Tls, certificate);
        let user = r#"{"monitor": true, "max_sleep": 0.1, "email_frequency": 3600}"#;
        let config = format!(
            r#"{{"base_frequency": 0.1, "email_processing_frequency": 0.1, "recipient": "you@example.org", "users": {{"silent": {user}}}}}"#
        );
        let server = Place::new(&config).with_mail(&mail).start();
        server.wait_for_line("mails are not going out", PATIENCE);
        table.expect(40, &format!("{attack}: words said to it"), "0", mail.lines().len());
        server.stop();
    }
    table.finish();
}

const HEADERS: &str = "Date From To Message-ID Subject Auto-Submitted MIME-Version Content-Type";

/// Returns the subject, the names of the headers, the text and the HTML, as a mail program reads them.
fn read(raw: &[u8]) -> (String, Vec<String>, String, String) {
    let message = mail_parser::MessageParser::default().parse(raw).unwrap();
    let headers = message.headers().iter().map(|header| header.name().to_owned()).collect();
    let part = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().replace("\r\n", "\n");
    (
        message.subject().unwrap_or_default().to_owned(),
        headers,
        part(message.body_text(0)),
        part(message.body_html(0)),
    )
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

//! What holds for every mail that a server accepted, and for every byte that it was sent.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Message, MessageParser};
use ping_listener::channels::email::Security;
use rig::smtp::{LOGIN, MailServer, PASSWORD, Received};

/// Returns how many copies came of each mail, by recipient and Message-ID, after a look at each of them.
pub(super) fn copies(server: &MailServer) -> BTreeMap<(String, String), usize> {
    let mut copies = BTreeMap::new();
    for mail in server.mails() {
        let message = MessageParser::default().parse(&mail.raw).unwrap();
        assert_whole(&mail, &message);
        let id = message.message_id().unwrap().to_owned();
        *copies.entry((mail.recipients[0].clone(), id)).or_default() += 1;
    }
    copies
}

/// Asserts that a mail is complete: one recipient, one of each header, all of its text, and a page that ends.
fn assert_whole(mail: &Received, message: &Message<'_>) {
    let raw = String::from_utf8_lossy(&mail.raw);
    let [recipient] = mail.recipients.as_slice() else { panic!("{:?}", mail.recipients) };
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    assert_eq!(to, Some(recipient.as_str()), "{raw}");
    assert_eq!(mail.from, LOGIN);
    assert!(mail.is_encrypted && mail.login.as_deref() == Some(LOGIN), "{raw}");
    assert!(message.subject().is_some_and(|subject| subject.contains("test") || subject.contains("other")));
    assert!(message.date().is_some() && message.message_id().is_some(), "{raw}");
    let text = message.body_text(0).unwrap();
    assert!(["ser test", "ser other"].iter().any(|name| text.contains(name)), "{text}");
    // What was refused before is put as simply as can be.
    if message.html_body_count() == 1
        && message.text_body_count() == 1
        && raw.contains("multipart/alternative")
    {
        assert!(message.body_html(0).unwrap().trim_end().ends_with("</html>"), "{raw}");
    }
}

/// Asserts that what was said in plain text is what may be.
pub(super) fn assert_nothing_leaked(server: &MailServer) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let secrets = [
        PASSWORD.as_bytes().to_vec(),
        STANDARD.encode(PASSWORD).into_bytes(),
        STANDARD.encode(LOGIN).into_bytes(),
        STANDARD.encode(format!("\0{LOGIN}\0{PASSWORD}")).into_bytes(),
        b"AUTH ".to_vec(),
        b"MAIL FROM".to_vec(),
        b"RCPT TO".to_vec(),
        b"disconnection".to_vec(),
    ];
    for wire in server.wires() {
        for secret in &secrets {
            let is_there = wire.windows(secret.len()).any(|window| window == secret);
            assert!(!is_there, "{} went out in plain text: {}", text(secret), text(&wire));
        }
        let is_plain = server.security() == Security::StartTls;
        let words = if is_plain { b"EHLO ".as_slice() } else { b"\x16\x03".as_slice() };
        assert!(wire.is_empty() || wire.starts_with(words), "{}", text(&wire));
    }
}

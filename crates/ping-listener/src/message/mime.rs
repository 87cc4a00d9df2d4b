//! The bytes of a mail: headers and parts that the strictest server takes and no name can break out of.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address as HeaderAddress, address::Envelope as HeaderEnvelope};
use sha2::{Digest as _, Sha256};

use super::address::Address;
use super::letter::Page;
use super::{Envelope, Mail};

/// A subject up to this length stands on one line of 78 characters, behind `Subject: `.
const PLAIN_SUBJECT_BYTES_MAX: usize = 69;
/// Text bytes in one encoded word, which may have 75 characters in all (RFC 2047, 2).
const ENCODED_WORD_BYTES_MAX: usize = 45;
/// Stands in a header for an address that is none; such a mail is shown, but never sent.
const NO_ADDRESS: (&str, &str) = ("unreadable-address", "invalid.invalid");

pub(super) fn mail(envelope: &Envelope<'_>, page: Page) -> Mail {
    let message_id = identifier(envelope.message_id);
    let (from, to) = (header_address(envelope.from), header_address(envelope.recipient));
    let builder = Message::builder()
        .envelope(
            HeaderEnvelope::new(Some(from.clone()), vec![to.clone()])
                .expect("an envelope with one recipient is whole"),
        )
        .date(envelope.date.into())
        .from(Mailbox::new(None, from))
        .to(Mailbox::new(None, to))
        .message_id(Some(format!("<{message_id}>")))
        .raw_header(subject_header(&page.subject))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let built = if page.html.is_empty() {
        let ascii =
            ContentType::parse("text/plain; charset=us-ascii").expect("a literal content type parses");
        builder.singlepart(SinglePart::builder().content_type(ascii).body(page.text.clone()))
    } else {
        builder.multipart(
            MultiPart::alternative()
                .boundary(boundary(&message_id))
                .singlepart(SinglePart::plain(page.text.clone()))
                .singlepart(SinglePart::html(page.html.clone())),
        )
    };
    Mail {
        recipient: envelope.recipient.to_owned(),
        from: envelope.from.to_owned(),
        message_id,
        raw: built.expect("a message with a sender can be built").formatted(),
        subject: page.subject,
        text: page.text,
        html: page.html,
    }
}

fn header_address(text: &str) -> HeaderAddress {
    match Address::parse(text) {
        Ok(address) => HeaderAddress::new_dangerous(address.local(), address.domain()),
        Err(_) => HeaderAddress::new_dangerous(NO_ADDRESS.0, NO_ADDRESS.1),
    }
}

/// Keeps of a Message-ID what may stand between its brackets.
fn identifier(message_id: &str) -> String {
    message_id
        .chars()
        .filter(|character| character.is_ascii_graphic() && !"<>".contains(*character))
        .collect()
}

/// `=_` occurs in no quoted-printable text, and no line of ours in plain ASCII begins with `--=_`.
fn boundary(message_id: &str) -> String {
    let mut boundary = "=_".to_owned();
    for byte in &Sha256::digest(message_id)[..16] {
        write!(boundary, "{byte:02x}").expect("writing to a string cannot fail");
    }
    boundary
}

/// The builder's own encoding leaves ASCII as it is, so that a name like `=?utf-8?b?…?=` would arrive as another
/// name, and a long one on an overlong line.
fn subject_header(subject: &str) -> HeaderValue {
    let is_plain = subject.len() <= PLAIN_SUBJECT_BYTES_MAX
        && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !subject.contains("=?")
        && !subject.contains("  ")
        && !subject.starts_with(' ')
        && !subject.ends_with(' ');
    let encoded = if is_plain { subject.to_owned() } else { encoded_words(subject) };
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str("Subject"),
        subject.to_owned(),
        encoded,
    )
}

fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut chunk = String::new();
    for character in text.chars() {
        if ENCODED_WORD_BYTES_MAX < chunk.len() + character.len_utf8() {
            words.push(encoded_word(&chunk));
            chunk.clear();
        }
        chunk.push(character);
    }
    words.push(encoded_word(&chunk));
    words.join("\r\n ")
}

fn encoded_word(chunk: &str) -> String {
    format!("=?utf-8?B?{}?=", STANDARD.encode(chunk))
}

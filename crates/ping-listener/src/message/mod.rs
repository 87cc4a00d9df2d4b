//! What a mail says: puts the facts of a notification into subject, text and HTML, ready to be sent.

pub mod address;
mod alert;
mod digest;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_managed;
mod letter;
mod mime;
mod managed;
mod notice;
mod wording;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::links::Links;
use crate::store::facts::Facts;

/// Who a mail is from and to, and what identifies it.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The sender's address.
    pub from: &'a str,
    /// The one recipient's address.
    pub recipient: &'a str,
    /// The Message-ID without its angle brackets; the same at every try.
    pub message_id: &'a str,
    /// When this try is made.
    pub date: Timestamp,
    /// Say only the essential in a single ASCII part, for a server that refused the full mail.
    pub minimal: bool,
}

/// How this server writes times and links.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// The zone in which all times are written.
    pub zone: &'a TimeZone,
    /// Makes the links.
    pub links: &'a Links,
}

/// A mail as it goes out, and its parts as a page shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The one recipient's address, for the SMTP envelope.
    pub recipient: String,
    /// The sender's address, for the SMTP envelope.
    pub from: String,
    /// The Message-ID without its angle brackets.
    pub message_id: String,
    /// The subject, decoded.
    pub subject: String,
    /// The plain text part, decoded, lines ended by `\n`.
    pub text: String,
    /// The HTML part, decoded; empty if the mail has none.
    pub html: String,
    /// The whole mail with its headers, lines ended by CRLF, not dot-stuffed.
    pub raw: Vec<u8>,
}

/// Renders one mail that says all of `facts`: alone in its own words, several as a digest, longest silent first.
///
/// The same arguments give the same bytes.
///
/// # Panics
///
/// If `facts` is empty: a mail that says nothing is a fault of its caller, not of the world.
#[must_use]
pub fn render(envelope: &Envelope<'_>, facts: &[Facts], style: &Style<'_>) -> Mail {
    match facts {
        [] => panic!("a mail needs something to say"),
        [one] => mime::mail(envelope, letter::page(one, envelope.minimal, style)),
        many => mime::mail(envelope, digest::page(many, envelope.minimal, style)),
    }
}

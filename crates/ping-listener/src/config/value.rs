//! The rules for single values: what is a length, a switch, a URL or a secret, and how to say that something is not.

use std::fmt;
use std::path::Path;

use domain::time::Span;

use super::error::{Findings, KeyPath, quoted};
use super::json::{Item, Value};
use super::secret::{Secret, without_line_end};
use super::{MailMode, ReadFile};

/// Ten years of 365 days: longer than any device lives, and far from the ends of time.
pub(super) const SECONDS_MAX: f64 = 315_360_000.0;

/// Mails repeat a number as it was written, and a number longer than this was written by mistake.
const NUMBER_BYTES_MAX: usize = 32;

/// So short a key is guessed in an afternoon; real ones are much longer.
const SECRET_CHARS_MIN: usize = 8;

/// A secret travels in a header or a query, where more than this meets limits.
const SECRET_BYTES_MAX: usize = 255;

/// Browsers and proxies cut longer ones.
const URL_BYTES_MAX: usize = 2_000;

/// One key of the config, about to take a value.
pub(super) struct Slot<'s> {
    pub(super) findings: &'s mut Findings,
    pub(super) path: KeyPath<'s>,
}

/// What a text that becomes a [`Secret`] has to be.
#[derive(Clone, Copy)]
pub(super) enum SecretRule {
    /// A key of pings: anything that fits into a query and a header.
    Key,
    /// A bearer token: printable ASCII without spaces.
    Token,
    /// A key of the API: as long as clients make them.
    Api,
    /// A key that stands in ping addresses: what needs no escaping there.
    Address,
}

/// A key of any other length is no key to the clients that are meant.
const API_KEY_CHARS: usize = 32;

impl Slot<'_> {
    /// Reports a value that does not fit.
    pub(super) fn refuse(&mut self, item: &Item<'_>, expected: impl fmt::Display) {
        self.refuse_unseen(item.offset, expected, &item.value);
    }

    /// Reports that the key is needed and is not there.
    pub(super) fn missing(&mut self, offset: usize, expected: &str) {
        self.refuse_unseen(offset, expected, "nothing; the key is required");
    }

    fn refuse_unseen(&mut self, offset: usize, expected: impl fmt::Display, found: impl fmt::Display) {
        self.findings.error(offset, self.path, format_args!("expected {expected}, found {found}"));
    }

    /// Takes a length in seconds, and the number as it was written.
    pub(super) fn seconds<'a>(&mut self, item: &Item<'a>) -> Option<(Span, &'a str)> {
        if let Some(text) = item.value.as_number()
            && text.len() <= NUMBER_BYTES_MAX
            && let Some(seconds) = number(text, 0.0, SECONDS_MAX)
        {
            return Some((Span::from_seconds(1).scaled(seconds), text));
        }
        self.refuse(item, SECONDS);
        None
    }

    /// Takes a number between two bounds, both included.
    pub(super) fn number(&mut self, item: &Item<'_>, least: f64, most: f64) -> Option<f64> {
        let taken = item.value.as_number().and_then(|text| number(text, least, most));
        if taken.is_none() {
            self.refuse(item, format_args!("a number from {least} to {most}"));
        }
        taken
    }

    /// Takes a whole number between two bounds, both included.
    pub(super) fn whole(&mut self, item: &Item<'_>, least: u32, most: u32) -> Option<u32> {
        match item.value.as_number().and_then(|text| number(text, f64::from(least), f64::from(most))) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, and up to `most`"
            )]
            Some(number) if number.fract() == 0.0 => Some(number as u32),
            Some(_) | None => {
                self.refuse(item, format_args!("a whole number from {least} to {most}"));
                None
            }
        }
    }

    /// Takes `true` or `false` and nothing that only looks like it.
    pub(super) fn boolean(&mut self, item: &Item<'_>) -> Option<bool> {
        if let Value::Boolean(value) = item.value {
            return Some(value);
        }
        self.refuse(item, BOOLEAN);
        None
    }

    /// Takes what a person may write for yes or no.
    pub(super) fn bool_like(&mut self, item: &Item<'_>) -> Option<bool> {
        let taken = match &item.value {
            Value::Boolean(value) => Some(*value),
            Value::Number(text) => match number(text, 0.0, 1.0) {
                Some(0.0) => Some(false),
                Some(1.0) => Some(true),
                Some(_) | None => None,
            },
            Value::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(true),
                "false" | "no" | "off" | "0" => Some(false),
                _ => None,
            },
            Value::Null | Value::List(_) | Value::Object => None,
        };
        if taken.is_none() {
            self.refuse(item, "true or false (or 1 or 0, or \"yes\", \"no\", \"on\" or \"off\")");
        }
        taken
    }

    /// Takes a way for mails to leave.
    pub(super) fn mail_mode(&mut self, item: &Item<'_>) -> Option<MailMode> {
        match item.value.as_text().unwrap_or_default() {
            "smtp" => Some(MailMode::Smtp),
            "starttls" => Some(MailMode::StartTls),
            "plain" => Some(MailMode::Plain),
            "inbox" => Some(MailMode::Inbox),
            _ => {
                self.refuse(item, "\"smtp\", \"starttls\", \"plain\" or \"inbox\"");
                None
            }
        }
    }

    /// Takes the beginning of links, and cuts the slash at its end.
    pub(super) fn link_prefix(&mut self, item: &Item<'_>) -> Option<String> {
        if let Some(text) = item.value.as_text()
            && is_link_prefix(text)
        {
            return Some(text.trim_end_matches('/').to_owned());
        }
        self.refuse(item, "a URL such as \"https://example.net\", without a query, a fragment or a password");
        None
    }

    /// Takes a URL that is never shown, because it may be a key in itself.
    pub(super) fn secret_url(&mut self, item: &Item<'_>) -> Option<Secret> {
        if let Some(text) = item.value.as_text()
            && is_url(text)
        {
            return Some(Secret::new(text));
        }
        self.refuse_unseen(item.offset, "a URL that begins with http:// or https://", item.value.kind());
        None
    }

    /// Takes a secret that stands in the config itself.
    pub(super) fn secret(&mut self, item: &Item<'_>, rule: SecretRule) -> Option<Secret> {
        let Some(text) = item.value.as_text() else {
            self.refuse_unseen(item.offset, rule, item.value.kind());
            return None;
        };
        self.checked_secret(item.offset, text, rule, "a string")
    }

    /// Takes a secret from the file that the config names; a relative path begins at `folder`.
    pub(super) fn secret_file(
        &mut self,
        item: &Item<'_>,
        rule: SecretRule,
        folder: &Path,
        read_file: ReadFile<'_>,
    ) -> Option<Secret> {
        let Some(path) = item.value.as_text().filter(|path| !path.is_empty()) else {
            self.refuse(item, "the path of a file that holds the secret");
            return None;
        };
        match read_file(&folder.join(path)) {
            Ok(text) => self.checked_secret(item.offset, without_line_end(&text), rule, "a file"),
            Err(error) => {
                let found = format_args!("{}: {error}", quoted(path));
                self.refuse_unseen(item.offset, "a readable file", found);
                None
            }
        }
    }

    fn checked_secret(&mut self, offset: usize, text: &str, rule: SecretRule, found: &str) -> Option<Secret> {
        match secret_fault(text, rule) {
            None => Some(Secret::new(text)),
            Some(fault) => {
                self.refuse_unseen(offset, rule, format_args!("{found} {fault}"));
                None
            }
        }
    }
}

/// What a length has to be.
pub(super) const SECONDS: &str = "a number of seconds from 0 to 315360000";

/// What a plain switch has to be.
pub(super) const BOOLEAN: &str = "true or false";

impl fmt::Display for SecretRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beyond = match self {
            Self::Key => "without control characters or spaces around them",
            Self::Token => "of printable ASCII without spaces",
            Self::Api => {
                return write!(f, "a key of {API_KEY_CHARS} characters, of printable ASCII without spaces");
            }
            Self::Address => "of letters, digits, - and _",
        };
        write!(f, "a secret of at least {SECRET_CHARS_MIN} characters, {beyond}")
    }
}

/// Says what is wrong with a secret without telling any of it.
pub(super) fn secret_fault(text: &str, rule: SecretRule) -> Option<&'static str> {
    let is_fit = match rule {
        SecretRule::Key => text.trim() == text && !text.contains(char::is_control),
        SecretRule::Token | SecretRule::Api => text.bytes().all(|byte| byte.is_ascii_graphic()),
        SecretRule::Address => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
    };
    if matches!(rule, SecretRule::Api) && text.chars().count() != API_KEY_CHARS {
        Some("of another length")
    } else if text.chars().count() < SECRET_CHARS_MIN {
        Some("that is shorter")
    } else if SECRET_BYTES_MAX < text.len() {
        Some("of more than 255 bytes")
    } else if is_fit {
        None
    } else {
        Some("with other characters")
    }
}

fn number(text: &str, least: f64, most: f64) -> Option<f64> {
    // Rust reads `NaN` and `Infinity` too; neither is inside any bounds.
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

/// Tells whether links can begin with this text.
pub(super) fn is_link_prefix(text: &str) -> bool {
    is_url(text) && !text.contains(['?', '@'])
}

/// Tells whether this is an absolute `http` or `https` URL without a fragment.
fn is_url(text: &str) -> bool {
    let rest = text.split_once("://").and_then(|(scheme, rest)| {
        (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
    });
    let Some(rest) = rest else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_clean = |byte: u8| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte);
    text.len() <= URL_BYTES_MAX && text.bytes().all(is_clean) && is_host_and_port(host)
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("[]", rest),
        Some(_) => return false,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    !host.is_empty() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_with_a_plain_url_alone() {
        let fit = [
            "http://example.net",
            "HTTPS://example.net:8443/pings/",
            "http://[::1]:5000",
            "https://xn--bcher-kva.example",
            "http://10.0.0.1/",
        ];
        for text in fit {
            assert!(is_link_prefix(text), "{text}");
        }
        let unfit = [
            "",
            "example.net",
            "//example.net",
            "ftp://example.net",
            "http://",
            "http:///path",
            "http://:80",
            "http://example.net:",
            "http://example.net:65536",
            "http://example.net:+80",
            "http://[::1",
            "http://[::g]",
            "http://example.net?x",
            "http://example.net/#x",
            "http://me:secret@example.net",
            "http://example.net/a b",
            "http://example.net/\r\nBcc: x",
            "http://b\u{fc}cher.example",
            "javascript://example.net",
        ];
        for text in unfit {
            assert!(!is_link_prefix(text), "{text}");
        }
    }

    #[test]
    fn a_heartbeat_url_may_carry_a_query_and_a_login() {
        assert!(is_url("https://me:secret@example.net/ping?key=x"));
        assert!(!is_url("https://example.net/ping?key=x#y"));
    }

    #[test]
    fn the_fault_of_a_secret_tells_nothing_of_it() {
        assert_eq!(secret_fault("1234567", SecretRule::Key), Some("that is shorter"));
        assert_eq!(secret_fault("caf\u{e9} au lait", SecretRule::Key), None);
        assert_eq!(secret_fault("caf\u{e9} au lait", SecretRule::Token), Some("with other characters"));
        assert_eq!(secret_fault(" 12345678", SecretRule::Key), Some("with other characters"));
        assert_eq!(secret_fault("1234\n5678", SecretRule::Key), Some("with other characters"));
        assert_eq!(secret_fault(&"x".repeat(255), SecretRule::Token), None);
        assert_eq!(secret_fault(&"x".repeat(256), SecretRule::Token), Some("of more than 255 bytes"));
    }
}

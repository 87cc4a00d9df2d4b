//! The rules for single values: what is a length, a switch, a URL or a secret, and how to say that something is not.

use std::fmt;
use std::path::Path;

use domain::time::Span;

use super::error::{Findings, KeyPath, quoted};
use super::json::{Item, Value};
use super::kind::{
    API_KEY_CHARS, Bounds, Kind, NUMBER_BYTES_MAX, SECONDS, SECRET_BYTES_MAX, SECRET_CHARS_MIN, SecretRule,
    URL_BYTES_MAX,
};
use super::secret::{Secret, without_line_end};
use super::{MailMode, ReadFile};

/// One key of the config, about to take a value.
pub(super) struct Slot<'s> {
    pub(super) findings: &'s mut Findings,
    pub(super) path: KeyPath<'s>,
}

impl Slot<'_> {
    /// Reports a value that does not fit.
    pub(super) fn refuse(&mut self, item: &Item<'_>, expected: impl fmt::Display) {
        self.refuse_unseen(item.offset, expected, &item.value);
    }

    /// Reports that the key is needed and is not there.
    pub(super) fn missing(&mut self, offset: usize, expected: Kind) {
        self.refuse_unseen(offset, expected, "nothing; the key is required");
    }

    fn refuse_unseen(&mut self, offset: usize, expected: impl fmt::Display, found: impl fmt::Display) {
        self.findings.error(offset, self.path, format_args!("expected {expected}, found {found}"));
    }

    /// Takes a length in seconds, and the number as it was written.
    pub(super) fn seconds<'a>(&mut self, item: &Item<'a>) -> Option<(Span, &'a str)> {
        if let Some(text) = item.value.as_number()
            && text.len() <= NUMBER_BYTES_MAX
            && let Some(seconds) = number(text, SECONDS)
        {
            return Some((Span::from_seconds(1).scaled(seconds), text));
        }
        self.refuse(item, Kind::Seconds);
        None
    }

    /// Takes a number between two bounds, both included.
    pub(super) fn number(&mut self, item: &Item<'_>, bounds: Bounds<f64>) -> Option<f64> {
        let taken = item.value.as_number().and_then(|text| number(text, bounds));
        if taken.is_none() {
            self.refuse(item, Kind::Number(bounds));
        }
        taken
    }

    /// Takes a whole number between two bounds, both included.
    pub(super) fn whole(&mut self, item: &Item<'_>, bounds: Bounds<u32>) -> Option<u32> {
        let wide = Bounds { least: f64::from(bounds.least), most: f64::from(bounds.most) };
        match item.value.as_number().and_then(|text| number(text, wide)) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, and within bounds of the same type"
            )]
            Some(number) if number.fract() == 0.0 => Some(number as u32),
            Some(_) | None => {
                self.refuse(item, Kind::Whole(bounds));
                None
            }
        }
    }

    /// Takes `true` or `false` and nothing that only looks like it.
    pub(super) fn boolean(&mut self, item: &Item<'_>) -> Option<bool> {
        if let Value::Boolean(value) = item.value {
            return Some(value);
        }
        self.refuse(item, Kind::Boolean);
        None
    }

    /// Takes what a person may write for yes or no.
    pub(super) fn bool_like(&mut self, item: &Item<'_>) -> Option<bool> {
        let taken = match &item.value {
            Value::Boolean(value) => Some(*value),
            Value::Number(text) => match number(text, Bounds { least: 0.0, most: 1.0 }) {
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
            self.refuse(item, Kind::BoolLike);
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
                self.refuse(item, Kind::MailMode);
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
        self.refuse(item, Kind::LinkPrefix);
        None
    }

    /// Takes a URL that is never shown, because it may be a key in itself.
    pub(super) fn secret_url(&mut self, item: &Item<'_>) -> Option<Secret> {
        if let Some(text) = item.value.as_text()
            && is_url(text)
        {
            return Some(Secret::new(text));
        }
        self.refuse_unseen(item.offset, Kind::SecretUrl, item.value.kind());
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
            self.refuse(item, Kind::SecretFile);
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

fn number(text: &str, bounds: Bounds<f64>) -> Option<f64> {
    // Rust reads `NaN` and `Infinity` too; neither is inside any bounds.
    text.parse().ok().filter(|number| (bounds.least..=bounds.most).contains(number))
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

//! An address as mail programs understand it: parsed once, then safe in a header and in a command.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest address that fits between `<` and `>` (RFC 5321, 4.5.3.1.3).
const ADDRESS_BYTES_MAX: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;

/// One mailbox, without a display name: `someone@example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a text is no address; each names what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It has no `@`, or nothing on one side of it.
    #[error("address is not of the form name@domain")]
    NoMailbox,
    /// It has a character that would need quoting, or must not be there at all.
    #[error("address has a space, a control character or one of <>()[],;:\\\" in its name")]
    Forbidden,
    /// It is longer than a mail server has to take.
    #[error("address is longer than 254 bytes, or its name longer than 64")]
    TooLong,
    /// What stands behind the `@` is no host name and no `[address]`.
    #[error("address has no valid domain after the @")]
    NoDomain,
}

impl Address {
    /// Parses a bare address. A domain in another script is turned into its ASCII form.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoMailbox)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::NoMailbox);
        }
        if !is_local_part(local) {
            return Err(AddressError::Forbidden);
        }
        let domain = ascii_domain(domain).ok_or(AddressError::NoDomain)?;
        if LOCAL_BYTES_MAX < local.len() || ADDRESS_BYTES_MAX < local.len() + 1 + domain.len() {
            return Err(AddressError::TooLong);
        }
        Ok(Self { local: local.to_owned(), domain })
    }

    /// Tells whether only a server that offers SMTPUTF8 can take this address.
    #[must_use]
    pub fn needs_utf8(&self) -> bool {
        !self.local.is_ascii()
    }

    pub(super) fn local(&self) -> &str {
        &self.local
    }

    pub(super) fn domain(&self) -> &str {
        &self.domain
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.local, self.domain)
    }
}

/// Quoted names (`"a b"@…`) are refused: nobody has one, and every one is a chance for an injection.
fn is_local_part(local: &str) -> bool {
    let is_allowed = |character: char| {
        !character.is_control() && !character.is_whitespace() && !"<>()[],;:\\\"@".contains(character)
    };
    local.chars().all(is_allowed) && !local.starts_with('.') && !local.ends_with('.') && !local.contains("..")
}

fn ascii_domain(domain: &str) -> Option<String> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let is_address = match literal.strip_prefix("IPv6:") {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => literal.parse::<Ipv4Addr>().is_ok(),
        };
        return is_address.then(|| domain.to_owned());
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    ascii.split('.').all(is_label).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_are_taken_as_they_are() {
        for text in
            ["you@example.org", "a.b+tag@sub.example.org", "root@localhost", "x@[192.0.2.1]", "x@[IPv6:::1]"]
        {
            assert_eq!(Address::parse(text).map(|address| address.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_domain_in_another_script_becomes_ascii() {
        let address = Address::parse("post@bücher.example").unwrap();
        assert_eq!(address.to_string(), "post@xn--bcher-kva.example");
        assert!(!address.needs_utf8());
        assert!(Address::parse("grüße@example.org").unwrap().needs_utf8());
    }

    #[test]
    fn nothing_that_could_start_a_second_command_is_an_address() {
        let long = format!("{}@example.org", "a".repeat(400));
        for text in [
            "a@b>\r\nRCPT TO:<c@evil.example",
            "a\r\nBcc: x@evil.example",
            "a@b,c@evil.example",
            "a b@example.org",
            "a\0@example.org",
            "a@exa mple.org",
            "a@example.org\r\n",
            "a@example..org",
            ".a@example.org",
            "a@[evil]",
            "<a@example.org>",
            "\"a\"@example.org",
            "a@",
            "@example.org",
            "example.org",
            "",
            &long,
        ] {
            assert!(Address::parse(text).is_err(), "{text:?}");
        }
    }
}

//! The links that mails carry to a day of a check's log, and the read-only signature in them.

use std::fmt::Write as _;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::Date;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Bytes of a signature that the link carries: 128 bits cannot be guessed, and keep the link short.
const SIGNATURE_BYTES: usize = 16;

/// The links of the config in force; a reload may change their prefix. Clones share it.
#[derive(Clone)]
pub struct SharedLinks(Arc<ArcSwap<Links>>);

impl SharedLinks {
    /// Begins with `links`.
    #[must_use]
    pub fn new(links: Links) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(links)))
    }

    /// Looks at them.
    #[must_use]
    pub fn load(&self) -> Guard<Arc<Links>> {
        self.0.load()
    }

    /// Replaces them.
    pub fn replace(&self, links: Links) {
        self.0.store(Arc::new(links));
    }
}

/// Makes links to this server's pages, and knows its own signature again.
pub struct Links {
    prefix: String,
    secret: [u8; 32],
}

impl Links {
    /// Takes the address under which people reach this server (without `/logs`), and the secret that signs links.
    #[must_use]
    pub fn new(prefix: &str, secret: [u8; 32]) -> Self {
        Self { prefix: prefix.trim_end_matches('/').to_owned(), secret }
    }

    /// Returns the address under which people reach this server, without a slash at its end.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.prefix
    }

    /// Returns the link to the log of the check called `name` on `date`.
    ///
    /// With `keyed` it carries a signature that opens this one day of this one check for reading, never its key.
    #[must_use]
    pub fn logs_url(&self, name: &str, date: Date, keyed: bool) -> String {
        let mut url = format!(
            "{}/logs?username={}&year={}&month={:02}&day={:02}",
            self.prefix,
            percent_encoded(name),
            short_year(date),
            date.month(),
            date.day()
        );
        if keyed {
            url.push_str("&signature=");
            url.push_str(&self.signature(name, date));
        }
        url
    }

    /// Tells whether `signature` is this server's own for that check and day; takes the same time either way.
    #[must_use]
    pub fn is_signed(&self, name: &str, date: Date, signature: &str) -> bool {
        self.signature(name, date).as_bytes().ct_eq(signature.as_bytes()).into()
    }

    fn signature(&self, name: &str, date: Date) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(format!("logs\n{name}\n{}", date.strftime("%Y-%m-%d")).as_bytes());
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..SIGNATURE_BYTES])
    }
}

/// Two digits as the contract has them, and four for a year that two cannot name.
fn short_year(date: Date) -> String {
    match date.year() {
        year @ 2000..=2099 => format!("{:02}", year - 2000),
        year => format!("{year:04}"),
    }
}

fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn links() -> Links {
        Links::new("https://pings.example.org/", [7; 32])
    }

    #[test]
    fn a_link_names_the_check_and_the_day_in_two_digits() {
        assert_eq!(
            links().logs_url("test", date(2026, 1, 5), false),
            "https://pings.example.org/logs?username=test&year=26&month=01&day=05"
        );
    }

    #[test]
    fn a_name_cannot_break_out_of_its_link() {
        let url = links().logs_url("a b&day=1\r\n<ü>", date(2026, 11, 21), false);
        assert_eq!(
            url,
            "https://pings.example.org/logs?username=a%20b%26day%3D1%0D%0A%3C%C3%BC%3E&year=26&month=11&day=21"
        );
    }

    #[test]
    fn a_signature_opens_one_day_of_one_check() {
        let url = links().logs_url("test", date(2026, 11, 21), true);
        let (_, signature) = url.split_once("&signature=").expect("the link is signed");
        assert_eq!(signature.len(), 22);
        assert!(links().is_signed("test", date(2026, 11, 21), signature));
        assert!(!links().is_signed("test", date(2026, 11, 22), signature));
        assert!(!links().is_signed("test1", date(2026, 11, 21), signature));
        assert!(!links().is_signed("test", date(2026, 11, 21), &signature[..21]));
        assert!(!links().is_signed("test", date(2026, 11, 21), ""));
        assert!(!Links::new("", [8; 32]).is_signed("test", date(2026, 11, 21), signature));
    }
}

//! The links that mails and pages carry to a day of a check's log and to badges, and the signatures in them, which open
//! nothing else.

use std::fmt::{Display, Write as _};
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

/// What stands for all checks where a tag could stand.
pub const ALL_CHECKS: &str = "*";

/// Signs of the signature of a badge.
const BADGE_SIGNS: usize = 8;

/// Bytes of the signature of the whole, which stands in the addresses of all badges: 96 bits.
const BADGE_KEY_BYTES: usize = 12;

/// How many states a badge tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum States {
    /// Up and down.
    Two,
    /// Late as well.
    Three,
}

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

    /// Returns the link to the page of the check with this UUID.
    #[must_use]
    pub fn check_url(&self, uuid: &str) -> String {
        format!("{}/checks/{}", self.prefix, percent_encoded(uuid))
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
        let digest = self.digest(&format!("logs\n{name}\n{}", date.strftime("%Y-%m-%d")));
        URL_SAFE_NO_PAD.encode(&digest[..SIGNATURE_BYTES])
    }

    /// Returns the address of the badge of a tag, or of [`ALL_CHECKS`]; `format` is `svg`, `json` or `shields`.
    #[must_use]
    pub fn badge_url(&self, tag: &str, states: States, format: &str) -> String {
        let key = self.badge_key();
        let signature = self.badge_signature(&key, tag);
        let states = match states {
            States::Two => "-2",
            States::Three => "",
        };
        // Read by the router once, and once more by the badge: a tag may have a slash.
        let name = if tag == ALL_CHECKS {
            String::new()
        } else {
            format!("/{}", percent_encoded(&percent_encoded(tag)))
        };
        format!("{}/badge/{key}/{signature}{states}{name}.{format}", self.prefix)
    }

    /// Returns the address of the badge of one check, which is named by a key of its own.
    #[must_use]
    pub fn check_badge_url(&self, badge_key: impl Display, states: States, format: &str) -> String {
        let states = match states {
            States::Two => 2,
            States::Three => 3,
        };
        format!("{}/b/{states}/{badge_key}.{format}", self.prefix)
    }

    /// Returns what stands for this server in the addresses of badges.
    #[must_use]
    pub fn badge_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.digest("badges")[..BADGE_KEY_BYTES]).replace(['-', '_'], "0")
    }

    /// Tells how many states the signature of a badge asks for; `None` if it is not this server's for that tag.
    #[must_use]
    pub fn badge_states(&self, badge_key: &str, tag: &str, signature: &str) -> Option<States> {
        let (signature, states) = match signature.strip_suffix("-2") {
            Some(signature) if signature.len() == BADGE_SIGNS => (signature, States::Two),
            Some(_) | None => (signature, States::Three),
        };
        let own = self.badge_signature(badge_key, tag);
        let is_own: bool = own.as_bytes().ct_eq(signature.as_bytes()).into();
        is_own.then_some(states)
    }

    fn badge_signature(&self, badge_key: &str, tag: &str) -> String {
        let mut signature = URL_SAFE_NO_PAD.encode(self.digest(&format!("badge\n{badge_key}\n{tag}")));
        signature.truncate(BADGE_SIGNS);
        signature
    }

    fn digest(&self, text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
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
    fn the_address_of_a_badge_is_signed_for_its_tag() {
        let url = links().badge_url("a/b c", States::Two, "svg");
        let (start, rest) = url.split_at("https://pings.example.org/badge/".len());
        let (key, rest) = rest.split_once('/').unwrap();
        let (signature, name) = rest.split_once('/').unwrap();
        assert_eq!((start, name), ("https://pings.example.org/badge/", "a%252Fb%2520c.svg"));
        assert_eq!(key, links().badge_key());
        assert_eq!(links().badge_states(key, "a/b c", signature), Some(States::Two));
        assert_eq!(links().badge_states(key, "a/b c", &signature[..8]), Some(States::Three));
        assert_eq!(links().badge_states(key, "a/b", signature), None);
        assert_eq!(links().badge_states(key, ALL_CHECKS, signature), None);
        let all = links().badge_url(ALL_CHECKS, States::Three, "json");
        assert_eq!(all.rsplit_once('.').map(|(_, format)| format), Some("json"), "{all}");
        assert_eq!(all.matches('/').count(), 5, "{all}");
        assert_eq!(links().check_badge_url("x", States::Three, "svg"), "https://pings.example.org/b/3/x.svg");
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

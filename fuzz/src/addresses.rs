//! Addresses of mails: what is taken for one cannot be more than one, and can go into a command and a header.

use ping_listener::message::address::Address;

/// Reads the bytes as one address.
pub fn target(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(address) = Address::parse(&text) else { return };
    let shown = address.to_string();
    assert!(shown.len() <= 254, "{shown:?}");
    assert_eq!(shown.matches('@').count(), 1, "{shown:?}");
    let is_dangerous = |sign: char| sign.is_control() || sign.is_whitespace() || "<>(),;\\\"".contains(sign);
    assert!(!shown.contains(is_dangerous), "{shown:?}");
    assert!(shown.rsplit('@').next().is_some_and(str::is_ascii), "{shown:?}");
    assert_eq!(address.needs_utf8(), !shown.is_ascii(), "{shown:?}");
    assert_eq!(Address::parse(&shown), Ok(address), "{shown:?} is read otherwise than {text:?}");
}

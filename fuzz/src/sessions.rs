//! Cookies, `Origin` and `Host`: nobody is let in, and no change is made, without the right words.

use std::net::IpAddr;

use domain::time::Timestamp;
use http::header::HeaderMap;
use http::uri::Authority;
use ping_listener::web::guard::{is_same_origin, names_this_machine};
use ping_listener::web::session::Sessions;

use crate::input::Input;

const NAMES: [&str; 6] = ["cookie", "host", "origin", "sec-fetch-site", "accept", "authorization"];

/// Reads lines as headers.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let is_tls = input.flag();
    let headers = input.headers(&NAMES);
    let now = Timestamp::from_micros(0);
    let sessions = Sessions::default();
    let token = sessions.begin([7; 32], now);
    let is_in = sessions.of(&headers, is_tls, now).is_some();
    let holds = headers.get_all("cookie").iter().any(|line| holds(line.as_bytes(), token.as_bytes()));
    assert!(!is_in || holds, "somebody got in without the token");
    if is_same_origin(&headers, is_tls) {
        let site = word(&headers, "sec-fetch-site");
        let host = word(&headers, "host").unwrap_or_default().to_ascii_lowercase();
        let origin = word(&headers, "origin").unwrap_or_default().to_ascii_lowercase();
        let is_own =
            !host.is_empty() && [format!("https://{host}"), format!("http://{host}")].contains(&origin);
        assert!(site == Some("same-origin") || (site.is_none() && is_own), "{headers:?}");
        assert_ne!(origin, "null");
    }
    if names_this_machine(&headers) {
        let host = word(&headers, "host").unwrap_or("localhost");
        if let Ok(authority) = host.parse::<Authority>() {
            let name = authority.host().trim_start_matches('[').trim_end_matches(']');
            let is_near = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            assert!(is_near || name.eq_ignore_ascii_case("localhost"), "{host:?}");
        }
        assert!(word(&headers, "sec-fetch-site").is_none_or(|site| ["none", "same-origin"].contains(&site)));
    }
}

fn word<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

fn holds(line: &[u8], token: &[u8]) -> bool {
    line.windows(token.len()).any(|part| part == token)
}

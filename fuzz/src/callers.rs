//! Who pings, as it is written down: a stranger chooses only what it calls itself, and a proxy's word is the last.

use std::net::{IpAddr, Ipv4Addr};

use http::header::HeaderValue;
use ping_listener::http::caller::Caller;

use crate::input::Input;

const NAMES: [&str; 5] = ["x-forwarded-for", "x-forwarded-proto", "user-agent", "x-real-ip", "forwarded"];

const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

/// Reads the first bytes as the address of the socket and the rest as headers.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let proxy = Ipv4Addr::new(10, 0, 0, input.byte());
    let socket = if input.flag() { IpAddr::V4(proxy) } else { IpAddr::V6(proxy.to_ipv6_mapped()) };
    let mut headers = input.headers(&NAMES);
    let is_trusted = |address: IpAddr| matches!(address, IpAddr::V4(v4) if v4.is_private());

    let stranger = Caller::of(socket, &headers, &|_| false);
    assert_eq!(stranger.address, Some(IpAddr::V4(proxy)), "a stranger chose its address");
    assert_eq!(stranger.scheme, "http", "a stranger chose how it came");
    let client = headers.get("user-agent").map(HeaderValue::as_bytes).unwrap_or_default();
    assert_eq!(stranger.user_agent, String::from_utf8_lossy(client));

    let proxied = Caller::of(socket, &headers, &is_trusted);
    assert_eq!(proxied.user_agent, stranger.user_agent);
    assert!(!proxied.scheme.is_empty());
    if !headers.contains_key("x-forwarded-for") {
        assert_eq!(proxied.address, Some(IpAddr::V4(proxy)));
    }

    headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
    headers.append("x-forwarded-proto", HeaderValue::from_static("https"));
    let added = Caller::of(socket, &headers, &is_trusted);
    assert_eq!(
        (added.address, &*added.scheme),
        (Some(STRANGER), "https"),
        "what a client sent itself was believed"
    );
}

//! Forwarding headers: only trusted proxies are believed, and only from the right.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::HeaderMap;
use http::header::HeaderValue;
use ping_listener::http::peer::{Peer, Source};

use crate::input::Input;

const NAMES: [&str; 8] = [
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-real-ip",
    "forwarded",
    "via",
    "x-forwarded-server",
    "host",
];

const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

/// Reads the first bytes as the address of the socket and the rest as headers.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let socket = match input.byte() % 4 {
        0 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        1 => IpAddr::V6(Ipv6Addr::LOCALHOST),
        2 => IpAddr::V4(Ipv4Addr::new(10, 0, 0, input.byte())),
        _ => IpAddr::V6(Ipv4Addr::new(10, 0, 0, input.byte()).to_ipv6_mapped()),
    };
    let headers = input.headers(&NAMES);
    let is_private =
        |address: IpAddr| matches!(address, IpAddr::V4(v4) if v4.is_private() || v4.is_loopback());
    let stranger = Peer::of(socket, &headers, &|_| false);
    assert_eq!(stranger.address, socket.to_canonical(), "a stranger chose its address");
    assert!(!stranger.is_tls, "a stranger chose TLS");
    let is_proxied = headers.keys().any(|name| name != "host");
    assert_eq!(stranger.is_direct_loopback, socket.is_loopback() && !is_proxied);
    let peer = Peer::of(socket, &headers, &is_private);
    assert_eq!(peer.address, peer.address.to_canonical());
    assert_eq!(Source::of(peer.address), peer.source());
    let nearest = peer_behind(socket, &headers, STRANGER, &is_private);
    let expected = if is_private(socket.to_canonical()) { STRANGER } else { socket.to_canonical() };
    assert_eq!(nearest, expected, "what a client sent itself was believed before what the proxy added");
}

/// Returns who is asking if the nearest proxy adds one line more.
fn peer_behind(
    socket: IpAddr,
    headers: &HeaderMap,
    client: IpAddr,
    is_trusted: &dyn Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut headers = headers.clone();
    let line = HeaderValue::try_from(client.to_string()).expect("an address is ASCII");
    headers.append("x-forwarded-for", line);
    Peer::of(socket, &headers, is_trusted).address
}

//! Who is asking: the address that a request comes from, believing only proxies that the config trusts.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;

/// The client behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address: the socket's, or the nearest one that no trusted proxy vouches for.
    pub address: IpAddr,
    /// It is on this machine and no proxy lies between.
    pub is_direct_loopback: bool,
    /// It came to the trusted proxy by TLS.
    pub is_tls: bool,
}

/// What limits count by: an IPv4 address, or the /64 that one IPv6 customer holds at the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

/// Headers that only a proxy adds.
const PROXY_HEADERS: [&str; 7] = [
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-server",
    "x-real-ip",
    "forwarded",
    "via",
];

impl Peer {
    /// Finds the client of a request that came by a socket from `socket`.
    #[must_use]
    pub fn of(socket: IpAddr, headers: &HeaderMap, is_trusted: &dyn Fn(IpAddr) -> bool) -> Self {
        let socket = socket.to_canonical();
        let is_proxied = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
        let is_direct_loopback = socket.is_loopback() && !is_proxied;
        if !is_trusted(socket) {
            return Self { address: socket, is_direct_loopback, is_tls: false };
        }
        let address = forwarded_for(socket, headers, is_trusted);
        Self { address, is_direct_loopback, is_tls: is_forwarded_tls(headers) }
    }

    /// Returns what limits count this client by.
    #[must_use]
    pub fn source(&self) -> Source {
        Source::of(self.address)
    }
}

impl Source {
    /// Returns the source that an address belongs to.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => Self(Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into()),
        }
    }
}

/// Walks the proxies from the nearest outwards and stops at the first that is not trusted, or that is unreadable.
fn forwarded_for(socket: IpAddr, headers: &HeaderMap, is_trusted: &dyn Fn(IpAddr) -> bool) -> IpAddr {
    let mut nearest = socket;
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let entries = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    for entry in entries {
        let Some(address) = parse_address(entry.trim()) else { break };
        nearest = address.to_canonical();
        if !is_trusted(nearest) {
            break;
        }
    }
    nearest
}

/// Reads an address with or without a port, as proxies write it.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>());
    address.ok()
}

/// The nearest proxy's word counts: the last one of the last line.
fn is_forwarded_tls(headers: &HeaderMap) -> bool {
    headers
        .get_all("x-forwarded-proto")
        .iter()
        .next_back()
        .and_then(|line| line.to_str().ok())
        .and_then(|line| line.rsplit(',').next())
        .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(socket: &str, headers: &[(&'static str, &str)], trusted: &[&str]) -> Peer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        Peer::of(socket.parse().unwrap(), &map, &|address| trusted.contains(&address))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        let peer = peer("192.0.2.9", &[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")], &[]);
        assert_eq!(peer.address, address("192.0.2.9"));
        assert!(!peer.is_tls);
    }

    #[test]
    fn a_trusted_proxy_is_believed_from_the_right() {
        let forged = "9.9.9.9, 198.51.100.7, 10.0.0.2";
        let headers = [("x-forwarded-for", forged), ("x-forwarded-proto", "https")];
        let peer = peer("10.0.0.1", &headers, &["10.0.0.1", "10.0.0.2"]);
        assert_eq!(peer.address, address("198.51.100.7"));
        assert!(peer.is_tls);
    }

    #[test]
    fn later_lines_of_a_repeated_header_are_nearer() {
        let headers = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.7:4711")];
        assert_eq!(peer("10.0.0.1", &headers, &["10.0.0.1"]).address, address("198.51.100.7"));
        let headers = [("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")];
        assert!(!peer("10.0.0.1", &headers, &["10.0.0.1"]).is_tls);
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk() {
        let peer = peer("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, unknown")], &["10.0.0.1"]);
        assert_eq!(peer.address, address("10.0.0.1"));
    }

    #[test]
    fn loopback_behind_a_proxy_is_not_direct() {
        assert!(peer("127.0.0.1", &[], &[]).is_direct_loopback);
        assert!(peer("::ffff:127.0.0.1", &[], &[]).is_direct_loopback);
        assert!(!peer("127.0.0.1", &[("via", "1.1 proxy")], &[]).is_direct_loopback);
        assert!(!peer("127.0.0.1", &[("x-forwarded-for", "127.0.0.1")], &["127.0.0.1"]).is_direct_loopback);
        assert!(!peer("192.0.2.1", &[], &[]).is_direct_loopback);
    }

    #[test]
    fn one_customers_addresses_are_one_source() {
        assert_eq!(Source::of(address("2001:db8:0:1::1")), Source::of(address("2001:db8:0:1:ffff::2")));
        assert_ne!(Source::of(address("2001:db8:0:1::1")), Source::of(address("2001:db8:0:2::1")));
        assert_eq!(Source::of(address("::ffff:192.0.2.1")), Source::of(address("192.0.2.1")));
    }
}

//! Who pings, as it is written down beside the ping: only proxies that the config trusts are believed.

use std::borrow::Cow;
use std::net::IpAddr;

use http::HeaderMap;

use super::peer::parse_address;

/// A client as its ping tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// Its address; `None` if a trusted proxy names one that cannot be read.
    pub address: Option<IpAddr>,
    /// How it came to the trusted proxy, in the proxy's word; `http` if there is none.
    pub scheme: Cow<'a, str>,
    /// What program it says it is; empty if it does not say.
    pub user_agent: Cow<'a, str>,
}

/// The headers of a request, whoever read them.
pub trait Lines {
    /// Returns the values of all lines of a name, in their order.
    fn values<'a>(&'a self, name: &'static str) -> impl DoubleEndedIterator<Item = &'a [u8]>;
}

impl Lines for HeaderMap {
    fn values<'a>(&'a self, name: &'static str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.get_all(name).into_iter().map(http::HeaderValue::as_bytes)
    }
}

impl<'a> Caller<'a> {
    /// Finds who sent a request that came by a socket from `socket`.
    #[must_use]
    pub fn of(socket: IpAddr, lines: &'a impl Lines, is_trusted: &dyn Fn(IpAddr) -> bool) -> Self {
        let socket = socket.to_canonical();
        let user_agent = lines.values("user-agent").next().map(String::from_utf8_lossy).unwrap_or_default();
        if !is_trusted(socket) {
            return Self { address: Some(socket), scheme: Cow::Borrowed("http"), user_agent };
        }
        Self { address: address(socket, lines, is_trusted), scheme: scheme(lines), user_agent }
    }
}

/// Walks the proxies from the nearest outwards, up to the first that is not trusted.
fn address(socket: IpAddr, lines: &impl Lines, is_trusted: &dyn Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut nearest = socket;
    let entries = lines.values("x-forwarded-for").rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
    for entry in entries {
        nearest = std::str::from_utf8(entry).ok().and_then(|text| parse_address(text.trim()))?;
        if !is_trusted(nearest.to_canonical()) {
            break;
        }
    }
    Some(nearest)
}

/// The nearest proxy's word counts: the last one of the last line.
fn scheme(lines: &impl Lines) -> Cow<'_, str> {
    let word = lines.values("x-forwarded-proto").next_back();
    let word = word.and_then(|line| line.rsplit(|byte| *byte == b',').next()).map(<[u8]>::trim_ascii);
    word.filter(|word| !word.is_empty()).map_or(Cow::Borrowed("http"), String::from_utf8_lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the address and the scheme that are written down; 10.0.0.0/8 is trusted.
    fn told(socket: &str, lines: &[(&'static str, &str)]) -> (String, String) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let is_trusted = |address: IpAddr| address.to_string().starts_with("10.");
        let caller = Caller::of(socket.parse().unwrap(), &headers, &is_trusted);
        let address = caller.address.map_or_else(|| "none".to_owned(), |address| address.to_string());
        (address, caller.scheme.into_owned())
    }

    #[test]
    fn a_trusted_proxys_word_is_written_down_and_a_strangers_is_not() {
        let lines = [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https")];
        assert_eq!(told("10.0.0.1", &lines), ("192.0.2.7".into(), "https".into()));
        assert_eq!(told("::ffff:10.0.0.1", &lines), ("192.0.2.7".into(), "https".into()));
        assert_eq!(told("198.51.100.1", &lines), ("198.51.100.1".into(), "http".into()));
        assert_eq!(told("10.0.0.1", &[]), ("10.0.0.1".into(), "http".into()));
    }

    #[test]
    fn addresses_are_written_as_programs_write_them() {
        for (entry, address) in [
            ("1.2.3.4:55", "1.2.3.4"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("::ffff:1.1.1.1", "::ffff:1.1.1.1"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("9.9.9.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
            ("garbage", "none"),
            ("1.2.3.4, garbage", "none"),
            ("", "none"),
        ] {
            assert_eq!(told("10.0.0.1", &[("x-forwarded-for", entry)]).0, address, "{entry:?}");
        }
    }

    #[test]
    fn the_first_user_agent_counts_and_none_is_an_empty_one() {
        let mut headers = HeaderMap::new();
        let socket = "192.0.2.1".parse().unwrap();
        assert_eq!(Caller::of(socket, &headers, &|_| false).user_agent, "");
        headers.append("user-agent", "curl/8.5.0".parse().unwrap());
        headers.append("user-agent", "another".parse().unwrap());
        assert_eq!(Caller::of(socket, &headers, &|_| false).user_agent, "curl/8.5.0");
    }
}

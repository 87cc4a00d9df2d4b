//! Plain requests: a target and headers that change nothing, read out of the raw bytes without the HTTP library.
//!
//! Nearly every ping is one. Whatever is not recognised here, for whatever reason, goes to the HTTP library unchanged,
//! so that there is one judge of what is well-formed: this only says yes to what that one would say yes to.

use super::caller::Lines;

/// The longest head that is looked at: what programs send with a ping is a fifth of it.
const HEAD_BYTES_MAX: usize = 1_024;

/// Headers that change nothing about how a request without a body is read or answered.
const HARMLESS: [&[u8]; 11] = [
    b"host",
    b"user-agent",
    b"accept",
    b"accept-encoding",
    b"accept-language",
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
];

/// The most headers that are looked at.
const HEADERS_MAX: usize = 16;

/// A plain request.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a> {
    /// What it asks for.
    pub target: &'a str,
    /// Its headers, each with its line end.
    lines: &'a [u8],
}

impl Lines for Plain<'_> {
    fn values<'a>(&'a self, name: &'static str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.lines.split(|byte| *byte == b'\n').filter_map(move |line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            line[..colon].eq_ignore_ascii_case(name.as_bytes()).then(|| line[colon + 1..].trim_ascii())
        })
    }
}

/// Reads a request, if the bytes are the whole head of one plain GET and nothing else.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Plain<'_>> {
    if HEAD_BYTES_MAX < bytes.len() {
        return None;
    }
    let from = bytes.strip_prefix(b"GET ")?;
    let length = from.iter().position(|byte| !is_literal(*byte))?;
    let (target, rest) = from.split_at(length);
    let lines = rest.strip_prefix(b" HTTP/1.1\r\n")?;
    let mut left = lines;
    for _ in 0..HEADERS_MAX {
        if left == b"\r\n" {
            let target = std::str::from_utf8(target).ok().filter(|target| target.starts_with('/'))?;
            return Some(Plain { target, lines });
        }
        left = after_harmless(left)?;
    }
    None
}

/// Returns what follows the first header, if that one is harmless and written as everybody writes it.
fn after_harmless(lines: &[u8]) -> Option<&[u8]> {
    let colon = lines.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&lines[..colon], &lines[colon + 1..]);
    let length = value.iter().position(|byte| !matches!(byte, b' '..=b'~'))?;
    let is_harmless = HARMLESS.iter().any(|harmless| name.eq_ignore_ascii_case(harmless))
        // It says what holds anyway.
        || name.eq_ignore_ascii_case(b"connection")
            && value[..length].trim_ascii().eq_ignore_ascii_case(b"keep-alive");
    value[length..].strip_prefix(b"\r\n").filter(|_| is_harmless)
}

/// Tells whether a byte of a target stands for itself, and is no part of a name in another encoding.
fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/?=-._~@:".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(bytes: &[u8]) -> Option<&str> {
        read(bytes).map(|plain| plain.target)
    }

    fn request(headers: &str) -> String {
        format!("GET /ping?username=a HTTP/1.1\r\n{headers}\r\n")
    }

    #[test]
    fn what_programs_send_is_plain() {
        for headers in [
            "",
            "Host: example.org\r\n",
            "Host: example.org:80\r\nUser-Agent: curl/8.1\r\nAccept: */*\r\n",
            "Host: a\r\nUser-Agent: python-requests/2\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n",
            "host:a\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2\r\n",
        ] {
            assert_eq!(target(request(headers).as_bytes()), Some("/ping?username=a"), "{headers}");
        }
    }

    #[test]
    fn headers_are_found_as_they_came() {
        let text =
            request("Host: a\r\nx-forwarded-for:  192.0.2.1 \r\nX-Forwarded-For: 192.0.2.2\r\nVia: 1:2\r\n");
        let plain = read(text.as_bytes()).unwrap();
        let values =
            |name| plain.values(name).map(|value| str::from_utf8(value).unwrap()).collect::<Vec<_>>();
        assert_eq!(values("x-forwarded-for"), ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(values("via"), ["1:2"]);
        assert!(values("user-agent").is_empty());
    }

    #[test]
    fn what_could_mean_more_is_left_to_the_http_library() {
        let long = format!("User-Agent: {}\r\n", "x".repeat(HEAD_BYTES_MAX));
        let many = "Accept: */*\r\n".repeat(HEADERS_MAX + 1);
        for headers in [
            &*long,
            &*many,
            "X-Ping-Key: secret\r\n",
            "Sec-Fetch-Site: cross-site\r\n",
            "Content-Length: 0\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive, upgrade\r\n",
            "Host : a\r\n",
            " Host: a\r\n",
            "Host: a\r\n folded\r\n",
            "Host: a\n",
            "Host: a\rb\r\n",
            "Host: \u{e4}\r\n",
            "Host: a\0\r\n",
            "Host\r\n",
        ] {
            assert_eq!(target(request(headers).as_bytes()), None, "{headers:?}");
        }
        for text in [
            "POST /ping?username=a HTTP/1.1\r\n\r\n",
            "GET /ping?username=a HTTP/1.0\r\n\r\n",
            "GET /ping?username=a%20b HTTP/1.1\r\n\r\n",
            "GET /ping?username=a+b HTTP/1.1\r\n\r\n",
            "GET http://a/ping?username=a HTTP/1.1\r\n\r\n",
            "GET  /ping HTTP/1.1\r\n\r\n",
            "GET /ping?username=a HTTP/1.1\r\n\r",
            "\r\nGET /ping?username=a HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(target(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_second_request_behind_the_first_is_left_to_the_http_library() {
        let two = request("").repeat(2);
        assert_eq!(target(two.as_bytes()), None);
    }
}

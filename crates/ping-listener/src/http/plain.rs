//! Plain requests: a target and headers that change nothing, read out of the raw bytes without the HTTP library.
//!
//! Nearly every ping is one. Whatever is not recognised here, for whatever reason, goes to the HTTP library unchanged,
//! so that there is one judge of what is well-formed: this only says yes to what that one would say yes to.

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

/// Returns the target of a request, if the bytes are the whole head of one plain GET and nothing else.
#[must_use]
pub fn target(bytes: &[u8]) -> Option<&str> {
    if HEAD_BYTES_MAX < bytes.len() {
        return None;
    }
    let from = bytes.strip_prefix(b"GET ")?;
    let length = from.iter().position(|byte| !is_literal(*byte))?;
    let (target, rest) = from.split_at(length);
    let mut lines = rest.strip_prefix(b" HTTP/1.1\r\n")?;
    for _ in 0..HEADERS_MAX {
        if lines == b"\r\n" {
            return std::str::from_utf8(target).ok().filter(|target| target.starts_with('/'));
        }
        lines = after_harmless(lines)?;
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

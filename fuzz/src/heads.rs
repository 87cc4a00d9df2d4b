//! Heads of requests: our own look at them agrees with the HTTP library's about where each ends, however it comes in.

use httparse::{EMPTY_HEADER, Header, Request, Status};
use ping_listener::http::caller::Lines;
use ping_listener::http::head::Heads;
use ping_listener::http::plain::{self, Plain};

/// What one look takes; the HTTP library buffers no more.
const BYTES_MAX: usize = 16 * 1024;

/// Reads the bytes as what comes on one connection.
pub fn target(data: &[u8]) {
    let data = &data[..data.len().min(BYTES_MAX)];
    let (mut whole, mut slow) = (Heads::default(), Heads::default());
    let result = whole.read(data);
    let slow_result = data.iter().try_for_each(|byte| slow.read(&[*byte]));
    assert_eq!(result, slow_result, "it depends on how the bytes come");
    if result.is_ok() {
        assert_eq!(whole.is_inside_head(), slow.is_inside_head(), "it depends on how the bytes come");
        assert_eq!(whole.is_inside_first_line(), slow.is_inside_first_line());
    }
    agree(data);
    if let Some(plain) = plain::read(data) {
        see_the_same(&plain, data);
    }
}

/// What is answered past the library is one whole request without a body to the library too.
fn see_the_same(plain: &Plain<'_>, data: &[u8]) {
    let mut headers = [EMPTY_HEADER; 100];
    let mut request = Request::new(&mut headers);
    assert_eq!(request.parse(data), Ok(Status::Complete(data.len())), "the library sees another end");
    assert_eq!((request.method, request.path, request.version), (Some("GET"), Some(plain.target), Some(1)));
    assert!(matches!(body_of(request.headers), Body::Bytes(0)), "the library sees a body");
    assert_eq!(Heads::default().read(data), Ok(()), "our look at heads finds a fault");
    for name in ["user-agent", "x-forwarded-for", "x-forwarded-proto"] {
        let theirs: Vec<_> = request
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.trim_ascii())
            .collect();
        assert_eq!(plain.values(name).collect::<Vec<_>>(), theirs, "the library sees other {name}");
    }
}

/// Follows a connection from head to head by the library's parser, up to what ends the connection.
fn agree(mut data: &[u8]) {
    let mut heads = Heads::default();
    while !data.is_empty() {
        let mut headers = [EMPTY_HEADER; 100];
        let mut request = Request::new(&mut headers);
        match request.parse(data) {
            Ok(Status::Complete(length)) => {
                let head = heads.read(&data[..length]);
                let Body::Bytes(body) = body_of(request.headers) else { return };
                if head.is_err() {
                    return;
                }
                assert!(!heads.is_inside_head(), "the library sees the end of a head, and we do not");
                data = &data[length..];
                if data.len() < body {
                    return;
                }
                assert_eq!(heads.read(&data[..body]), Ok(()), "we take a body for a head");
                assert!(!heads.is_inside_head(), "we take a body for a head");
                data = &data[body..];
            }
            Ok(Status::Partial) => {
                let is_begun = data.iter().any(|byte| !b"\r\n".contains(byte));
                assert!(
                    heads.read(data).is_err() || heads.is_inside_head() == is_begun || !is_begun,
                    "we see the end of a head, and the library does not"
                );
                return;
            }
            Err(_) => return,
        }
    }
}

enum Body {
    Bytes(usize),
    /// Chunks, or what the library refuses: the connection ends with it.
    Last,
}

fn body_of(headers: &[Header<'_>]) -> Body {
    let mut lengths = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("content-length"));
    let is_encoded = headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding"));
    match (lengths.next(), lengths.next(), is_encoded) {
        (None, None, false) => Body::Bytes(0),
        (Some(one), None, false) if one.value.iter().all(u8::is_ascii_digit) => {
            let number = std::str::from_utf8(one.value).ok().and_then(|digits| digits.parse().ok());
            number.map_or(Body::Last, Body::Bytes)
        }
        _ => Body::Last,
    }
}

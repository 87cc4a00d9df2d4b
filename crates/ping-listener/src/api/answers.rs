//! Answers for programs: JSON in plain ASCII, and what browsers need to hand them to pages of other sites.

use std::io;

use axum::body::Body;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde::Serialize;
use serde_json::ser::Formatter;

use crate::http::answer;

/// Nobody keeps a badge that was true a minute ago.
const NEVER_CACHED: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// How long a browser remembers what it may ask: ten minutes.
const MAX_AGE: &str = "600";

/// Writes JSON in which every sign beyond ASCII is escaped.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0; 2];
        for sign in fragment.chars() {
            if sign.is_ascii() {
                write!(writer, "{sign}")?;
                continue;
            }
            for unit in sign.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// Appends a value as JSON.
pub(super) fn write_json(text: &mut Vec<u8>, value: &impl Serialize) {
    let mut serializer = serde_json::Serializer::with_formatter(text, Ascii);
    value.serialize(&mut serializer).expect("our own shapes can be written as JSON");
}

pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    let mut text = Vec::new();
    write_json(&mut text, value);
    of_type(status, "application/json", text)
}

pub(super) fn of_type(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

pub(super) fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    answer::plain(status, text)
}

pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Answers like an address that does not exist.
pub(super) fn not_found() -> Response<Body> {
    answer::plain(StatusCode::NOT_FOUND, "There is nothing here; /api/ says what there is.")
}

/// Says that the store cannot answer at the moment.
pub(super) fn unavailable() -> Response<Body> {
    let sentence = "The server cannot read or write its data at the moment; try again in a few seconds.";
    let mut response = answer::plain(StatusCode::SERVICE_UNAVAILABLE, sentence);
    answer::set_retry_after(&mut response, std::time::Duration::from_secs(5));
    response
}

/// Says that the method is not one of these.
pub(super) fn method_not_allowed(methods: &[Method]) -> Response<Body> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(header::ALLOW, listed(methods));
    response
}

/// Sends the client to the same address with a slash at its end.
pub(super) fn moved(path: &str, query: Option<&str>) -> Response<Body> {
    let mut response = empty(StatusCode::MOVED_PERMANENTLY);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let location = HeaderValue::try_from(format!("{path}/{query}"));
    response.headers_mut().insert(header::LOCATION, location.unwrap_or(HeaderValue::from_static("/api/")));
    response
}

/// Lets pages of all sites read an answer of a route that takes these methods.
pub(super) fn open_to_all_sites(headers: &mut HeaderMap, methods: &[Method]) {
    let mut set = |name: HeaderName, value| drop(headers.insert(name, value));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    set(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("X-Api-Key"));
    set(header::ACCESS_CONTROL_ALLOW_METHODS, listed(methods));
    set(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    set(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
}

/// Keeps every cache from keeping an answer of now.
pub(super) fn never_cache(headers: &mut HeaderMap, now: jiff::Timestamp) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER_CACHED));
    let now = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.insert(header::EXPIRES, HeaderValue::try_from(now).expect("a date is ASCII"));
}

fn listed(methods: &[Method]) -> HeaderValue {
    let names: Vec<_> = methods.iter().chain([&Method::OPTIONS]).map(Method::as_str).collect();
    HeaderValue::try_from(names.join(", ")).expect("methods are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_beyond_ascii_are_escaped_as_they_are_in_utf_16() {
        let mut text = Vec::new();
        write_json(&mut text, &"a\"\n/ü日🌱\u{7f}");
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#""a\"\n/\u00fc\u65e5\ud83c\udf31"#.to_owned() + "\u{7f}\""
        );
    }
}

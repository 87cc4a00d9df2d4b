//! Answers in the front's own words, and the headers that every page carries.

use std::convert::Infallible;
use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body as PageBody;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use super::connection::InFlight;

/// Only our own files, no inline code, and nobody may frame us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a page carries unless its handler says otherwise.
const PAGE_HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// Told to browsers that came by TLS: come by TLS for a year.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";

pub(super) const RAW_SERVER_FULL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 68\r\nretry-after: 10\r\nconnection: close\r\n\r\nThe server has too many open connections; try again in ten seconds.\n";

pub(super) const RAW_SOURCE_FULL: &str = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 84\r\nretry-after: 10\r\nconnection: close\r\n\r\nYour address has too many open connections; close some, or reuse one for all pings.\n";

/// Among an answer's extensions: who asked has shown a key, and a mistake of his is not counted as a stranger's.
#[derive(Clone, Copy, Debug)]
pub struct Excused;

/// Makes a plain answer of one sentence.
pub fn plain<B: From<Bytes>>(status: StatusCode, sentence: impl Into<Bytes>) -> Response<B> {
    let mut response = Response::new(B::from(sentence.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Writes a plain answer of one sentence as it goes over the wire; `headers` are whole lines.
pub fn write_plain(answer: &mut Vec<u8>, status: StatusCode, headers: &str, sentence: &str) {
    let (reason, length) = (status.canonical_reason().unwrap_or_default(), sentence.len());
    write!(
        answer,
        "HTTP/1.1 {} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\n\
         {headers}\r\n{sentence}",
        status.as_str()
    )
    .expect("a vector takes all bytes");
}

/// Says that a method is not taken.
pub fn method_not_allowed<B: From<Bytes>>(allowed: &'static str) -> Response<B> {
    let sentence = format!("This method is not taken here; use {allowed}.");
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, sentence);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Says that too many of a source's requests had to be refused.
pub(super) fn too_many_refusals<B: From<Bytes>>(wait: Duration) -> Response<B> {
    let mut response = plain(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many requests from your address had to be refused; wait, then ask with a right name and key.",
    );
    set_retry_after(&mut response, wait);
    response
}

/// Sets how long to wait, in whole seconds, at least one.
pub fn set_retry_after<B>(response: &mut Response<B>, wait: Duration) {
    let seconds = wait.as_secs() + u64::from(0 < wait.subsec_nanos());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
}

/// Says that the connection ends with this answer.
#[must_use]
pub fn close<B>(mut response: Response<B>) -> Response<B> {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Adds what keeps a browser from being turned against the reader of a page.
pub(super) fn harden(headers: &mut HeaderMap, is_tls: bool) {
    for (name, value) in &PAGE_HEADERS {
        if !headers.contains_key(name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if is_tls {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT_SECURITY));
    }
}

/// The body of any answer; while it lives, its request counts as in flight.
pub(super) struct AnswerBody {
    kind: Kind,
    _in_flight: InFlight,
}

/// Apart, so that a ping's answer needs no allocation beyond its bytes.
enum Kind {
    Ping(Full<Bytes>),
    Page(PageBody),
}

impl AnswerBody {
    pub(super) fn ping(body: Full<Bytes>, in_flight: InFlight) -> Self {
        Self { kind: Kind::Ping(body), _in_flight: in_flight }
    }

    pub(super) fn page(body: PageBody, in_flight: InFlight) -> Self {
        Self { kind: Kind::Page(body), _in_flight: in_flight }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.kind {
            Kind::Ping(body) => {
                Pin::new(body).poll_frame(context).map_err(|never: Infallible| match never {})
            }
            Kind::Page(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Ping(body) => body.is_end_stream(),
            Kind::Page(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Ping(body) => body.size_hint(),
            Kind::Page(body) => body.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_written_by_hand_state_their_length_right() {
        for raw in [RAW_SERVER_FULL, RAW_SOURCE_FULL] {
            let (head, body) = raw.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{raw} is {}", body.len());
        }
    }

    #[test]
    fn a_handler_may_set_a_stricter_policy_and_the_rest_is_added() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
        harden(&mut headers, false);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "sandbox");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        harden(&mut headers, true);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        let response: Response<Full<Bytes>> = too_many_refusals(Duration::from_millis(1_100));
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}

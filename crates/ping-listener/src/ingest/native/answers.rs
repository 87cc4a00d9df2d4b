//! What Healthchecks' clients are answered: their words and headers, each second written down only once.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;

use crate::http::answer::{plain, write_plain};
use crate::ingest::clerk::{date, number};

/// No answer to a ping may be kept by anybody on the way.
const NEVER_KEEP: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// How much of a body is kept.
const BODY_LIMIT: HeaderName = HeaderName::from_static("ping-body-limit");

/// Why a ping is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No check has this UUID.
    UnknownUuid,
    /// This is no ping key.
    UnknownKey,
    /// No check has this slug, and none is to be made, or none may be.
    UnknownSlug,
    /// Several checks have this slug.
    AmbiguousSlug,
    /// No slug is written like this.
    NoSlug,
    /// No run ends with such a status.
    NoExitStatus,
    /// The run's id is none.
    NoRunId,
    /// A user of the config is alive or silent, and nothing else.
    OnlySuccess,
    /// The body is larger than anybody takes.
    LargeBody,
    /// The body broke off or is not well-formed.
    BrokenBody,
}

impl Refusal {
    fn words(self) -> (StatusCode, &'static str) {
        let (not_found, bad) = (StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST);
        match self {
            Self::UnknownUuid | Self::UnknownKey | Self::UnknownSlug => (not_found, "not found"),
            Self::AmbiguousSlug => (StatusCode::CONFLICT, "ambiguous slug"),
            Self::NoSlug | Self::NoExitStatus => (bad, "invalid url format"),
            Self::NoRunId => (bad, "invalid uuid format"),
            Self::OnlySuccess => (bad, "a declared check takes only success pings"),
            Self::LargeBody => (bad, "the body is too large"),
            Self::BrokenBody => (bad, "the body broke off or is not well-formed"),
        }
    }

    /// Tells whether a check was found or named by its UUID; the answers before that have no headers of their own.
    fn is_of_a_check(self) -> bool {
        match self {
            Self::UnknownKey | Self::UnknownSlug | Self::AmbiguousSlug | Self::NoSlug => false,
            Self::UnknownUuid
            | Self::NoExitStatus
            | Self::NoRunId
            | Self::OnlySuccess
            | Self::LargeBody
            | Self::BrokenBody => true,
        }
    }

    /// Makes the answer, at an instant of the world.
    pub(super) fn answer(self, at: Timestamp) -> Response<Full<Bytes>> {
        let (status, words) = self.words();
        let mut answer = plain(status, words);
        if self.is_of_a_check() {
            never_keep(answer.headers_mut(), at);
        }
        answer
    }
}

impl Refusal {
    /// Writes the answer of a check's as it goes over the wire.
    pub(super) fn write(self, at: Timestamp, answer: &mut Vec<u8>) {
        let (status, words) = self.words();
        let date = date(at);
        let headers = format!("cache-control: {NEVER_KEEP}\r\nexpires: {date}\r\ndate: {date}\r\n");
        write_plain(answer, status, &headers, words);
    }
}

/// Makes the answer to a ping that was taken: `OK`, or `Created` for the first of a new check.
pub(super) fn taken(is_new: bool, body_limit: usize, at: Timestamp) -> Response<Full<Bytes>> {
    let (status, words) = if is_new { (StatusCode::CREATED, "Created") } else { (StatusCode::OK, "OK") };
    let mut answer = plain(status, words);
    let headers = answer.headers_mut();
    headers.insert(BODY_LIMIT, HeaderValue::from(body_limit));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    never_keep(headers, at);
    answer
}

fn never_keep(headers: &mut HeaderMap, at: Timestamp) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER_KEEP));
    let expires = HeaderValue::try_from(date(at)).expect("a date is ASCII");
    headers.insert(header::EXPIRES, expires);
}

/// Writes answers to plain pings, and keeps the last one: all of a second are alike.
pub(super) struct Written(ArcSwap<Second>);

/// The answer of one second.
pub(super) struct Second {
    number: i64,
    body_limit: usize,
    /// As it goes over the wire.
    pub(super) answer: Vec<u8>,
}

impl Written {
    pub(super) fn new() -> Self {
        Self(ArcSwap::from_pointee(Second::write(Timestamp::UNIX_EPOCH, 0)))
    }

    /// Returns the answer to a ping that was taken at this instant of the world.
    pub(super) fn taken(&self, body_limit: usize, at: Timestamp) -> Guard<Arc<Second>> {
        let latest = self.0.load();
        if latest.number == number(at) && latest.body_limit == body_limit {
            return latest;
        }
        let second = Arc::new(Second::write(at, body_limit));
        self.0.store(second.clone());
        Guard::from_inner(second)
    }
}

impl Second {
    fn write(at: Timestamp, body_limit: usize) -> Self {
        let date = date(at);
        let headers = format!(
            "ping-body-limit: {body_limit}\r\naccess-control-allow-origin: *\r\ncache-control: {NEVER_KEEP}\r\n\
             expires: {date}\r\ndate: {date}\r\n"
        );
        let mut answer = Vec::new();
        write_plain(&mut answer, StatusCode::OK, &headers, "OK");
        Self { number: number(at), body_limit, answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_794_848_707_000_000;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }

    #[test]
    fn a_written_answer_says_what_the_made_one_does() {
        let written = Written::new();
        let lines = String::from_utf8(written.taken(100_000, at(AT)).answer.clone()).unwrap();
        assert_eq!(
            lines,
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 2\r\n\
             ping-body-limit: 100000\r\naccess-control-allow-origin: *\r\n\
             cache-control: max-age=0, no-cache, no-store, must-revalidate, private\r\n\
             expires: Mon, 16 Nov 2026 17:05:07 GMT\r\ndate: Mon, 16 Nov 2026 17:05:07 GMT\r\n\r\nOK"
        );
        let made = taken(false, 100_000, at(AT));
        for (name, value) in made.headers() {
            let line = format!("\r\n{name}: {}\r\n", value.to_str().unwrap());
            assert!(lines.contains(&line), "{line} is not in {lines}");
        }
    }

    #[test]
    fn an_answer_tells_its_own_second_and_limit_whichever_was_told_before() {
        let written = Written::new();
        for (limit, micros, second) in [(1, AT, 7), (2, AT, 7), (2, AT + 1_000_000, 8), (2, AT + 999_999, 7)]
        {
            let answer = String::from_utf8(written.taken(limit, at(micros)).answer.clone()).unwrap();
            assert!(answer.contains(&format!("ping-body-limit: {limit}\r\n")), "{answer}");
            assert!(answer.contains(&format!(":05:0{second} GMT\r\n\r\nOK")), "{answer}");
        }
    }
}

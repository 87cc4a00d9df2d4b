//! The local inbox: mails that stay on this machine, each as it would have been sent.

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State as FromState};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};

use super::moments::{Here, Moment};
use super::{Frame, Pairs, State, first, guard, html, unavailable, words};
use crate::http::answer;
use crate::http::peer::Peer;
use crate::store::view::{InboxLine, InboxMail};

/// Mails on one page of the list.
const LINES_MAX: usize = 100;

/// A mail's HTML may bring its own styles and nothing else, and only this server's pages may frame it.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox";

/// The page around it may frame it, beside what every page may.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

struct Line {
    number: i64,
    recipient: String,
    subject: String,
    received: Moment,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    frame: Frame,
    lines: Vec<Line>,
    is_first: bool,
    /// The number to go on from.
    older: Option<i64>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    frame: Frame,
    line: Line,
    headers: String,
    text: Vec<Piece>,
    has_html: bool,
}

/// A part of a text: an address to follow, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    is_link: bool,
}

/// Lists the mails, latest first.
pub(super) async fn list(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    let before = first(&pairs, "before").and_then(|number| number.parse().ok());
    let Ok(mut lines) = rooms.store.inbox(before, LINES_MAX + 1).await else { return unavailable() };
    let has_more = LINES_MAX < lines.len();
    lines.truncate(LINES_MAX);
    let here = rooms.here();
    let page = InboxPage {
        frame: Frame::new(&rooms, words::inbox::TITLE, "mails", true),
        older: lines.last().filter(|_| has_more).map(|line| line.number),
        lines: lines.into_iter().map(|line| Line::new(line, here)).collect(),
        is_first: before.is_none(),
    };
    html(StatusCode::OK, &page)
}

/// Shows one mail.
pub(super) async fn mail(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Response<Body> {
    let unknown = || guard::nothing(&rooms, &peer, &headers, words::inbox::UNKNOWN);
    let mail = match find(&rooms.store, &number, unknown).await {
        Ok(mail) => mail,
        Err(refusal) => return refusal,
    };
    let here = rooms.here();
    let page = MailPage {
        frame: Frame::new(&rooms, mail.line.subject.clone(), "mails", true),
        headers: headers_of(&mail.raw),
        text: pieces(&mail.text),
        has_html: !mail.html.is_empty(),
        line: Line::new(mail.line, here),
    };
    let mut response = html(StatusCode::OK, &page);
    let policy = HeaderValue::from_static(PAGE_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Serves a mail's HTML part for the frame on its page.
pub(super) async fn html_part(FromState(rooms): State, Path(number): Path<String>) -> Response<Body> {
    match find(&rooms.store, &number, unknown_part).await {
        Ok(mail) => {
            let mut response = Response::new(Body::from(mail.html));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(MAIL_POLICY));
            response
        }
        Err(refusal) => refusal,
    }
}

/// Serves a mail's source.
pub(super) async fn source(FromState(rooms): State, Path(number): Path<String>) -> Response<Body> {
    match find(&rooms.store, &number, unknown_part).await {
        Ok(mail) => answer::plain(StatusCode::OK, mail.raw),
        Err(refusal) => refusal,
    }
}

async fn find(
    store: &crate::store::Store,
    number: &str,
    unknown: impl FnOnce() -> Response<Body>,
) -> Result<InboxMail, Response<Body>> {
    let found = match number.parse() {
        Ok(number) => store.inbox_mail(number).await.map_err(|_| unavailable())?,
        Err(_) => None,
    };
    found.ok_or_else(unknown)
}

fn unknown_part() -> Response<Body> {
    answer::plain(StatusCode::NOT_FOUND, words::inbox::UNKNOWN)
}

impl Line {
    fn new(line: InboxLine, here: Here<'_>) -> Self {
        let InboxLine { number, received, recipient, subject } = line;
        Self { number, recipient, subject, received: Moment::new(received, here) }
    }
}

fn headers_of(raw: &[u8]) -> String {
    let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(raw.len());
    String::from_utf8_lossy(&raw[..end]).replace('\r', "")
}

/// Cuts a text into links and what is between them.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.trim_end();
        let is_link = address.starts_with("https://") || address.starts_with("http://");
        if is_link {
            pieces.push(Piece { text: address.to_owned(), is_link });
        }
        let rest = if is_link { &word[address.len()..] } else { word };
        match pieces.last_mut() {
            Some(last) if !last.is_link => last.text.push_str(rest),
            Some(_) | None => pieces.push(Piece { text: rest.to_owned(), is_link: false }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    #[test]
    fn addresses_in_a_text_can_be_followed() {
        let piece = |text: &str, is_link| Piece { text: text.to_owned(), is_link };
        assert_eq!(
            pieces("Request logs at\n http://x/logs?a=b\nend javascript:alert(1)"),
            [
                piece("Request logs at\n ", false),
                piece("http://x/logs?a=b", true),
                piece("\nend javascript:alert(1)", false),
            ]
        );
    }

    #[test]
    fn a_mails_words_are_shown_literally() {
        let hostile = "<script>alert(1)</script>";
        let line = InboxLine {
            number: 7,
            received: samples::at(0),
            recipient: hostile.to_owned(),
            subject: hostile.to_owned(),
        };
        let page = MailPage {
            frame: samples::frame(hostile, "inbox"),
            line: Line::new(line, samples::here(5)),
            headers: hostile.to_owned(),
            text: pieces(&format!("{hostile} http://x/\"onclick=alert(1)")),
            has_html: true,
        };
        let text = page.render().unwrap();
        assert!(!text.contains(hostile) && !text.contains("\"onclick"), "{text}");
        assert!(text.contains(r#"<iframe src="/inbox/7/html" sandbox "#), "{text}");
    }

    #[test]
    fn headers_end_at_the_first_empty_line() {
        assert_eq!(headers_of(b"To: a\r\nSubject: b\r\n\r\nbody\r\n\r\nmore"), "To: a\nSubject: b");
        assert_eq!(headers_of(b"nothing"), "nothing");
    }
}

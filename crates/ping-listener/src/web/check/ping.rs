//! One ping of a check, with all that came with it.

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State as FromState};
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

use super::about::{About, Head};
use super::lines::said;
use crate::store::managed::recent::PingView;
use crate::web::moments::Moment;
use crate::web::subject::Subject;
use crate::web::words::log as words_of_log;
use crate::web::{Frame, Rooms, State, html, unavailable, words};

/// Bytes of a body on the page; whoever wants more opens it by itself.
const BODY_SHOWN_MAX: usize = 64 << 10;

#[derive(Template)]
#[template(path = "check_ping.html")]
struct PingPage {
    frame: Frame,
    head: Head,
    number: u64,
    style: &'static str,
    word: &'static str,
    came: Moment,
    facts: Vec<(&'static str, String)>,
    body: Option<Text>,
    older: Option<u64>,
    newer: Option<u64>,
}

/// What a ping had to say, as far as it is shown.
struct Text {
    text: String,
    is_cut: bool,
}

#[derive(Template)]
#[template(path = "check_ping_gone.html")]
struct ForgottenPage {
    frame: Frame,
    head: Head,
}

/// Shows one ping.
pub(super) async fn page(
    FromState(rooms): State,
    About(subject): About,
    Path((_, number)): Path<(String, String)>,
) -> Response<Body> {
    let Some(number) = read_number(&number) else { return forgotten(&rooms, &subject) };
    let Ok(pings) = rooms.store.recent_pings(subject.id, usize::MAX).await else { return unavailable() };
    let Some(place) = pings.iter().position(|ping| ping.n == number) else {
        return forgotten(&rooms, &subject);
    };
    let Ok(body) = rooms.store.ping_body(subject.id, number).await else { return unavailable() };
    let ping = &pings[place];
    let (style, word) = said(ping.signal);
    let title = words_of_log::ping_title(number, &subject.shown_name());
    let page = PingPage {
        frame: Frame::new(&rooms, title, "checks", true),
        head: Head::new(&subject, ""),
        number,
        style,
        word,
        came: Moment::new(ping.at, rooms.here()),
        facts: facts(ping),
        body: body.filter(|body| !body.is_empty()).map(|body| Text::of(&body)),
        newer: place.checked_sub(1).map(|newer| pings[newer].n),
        older: pings.get(place + 1).map(|older| older.n),
    };
    html(StatusCode::OK, &page)
}

/// Returns what a ping had to say, as it came.
pub(super) async fn body(
    FromState(rooms): State,
    About(subject): About,
    Path((_, number)): Path<(String, String)>,
) -> Response<Body> {
    let Some(number) = read_number(&number) else { return forgotten(&rooms, &subject) };
    let Ok(body) = rooms.store.ping_body(subject.id, number).await else { return unavailable() };
    let Some(body) = body.filter(|body| !body.is_empty()) else { return forgotten(&rooms, &subject) };
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn forgotten(rooms: &Rooms, subject: &Subject) -> Response<Body> {
    let frame = Frame::new(rooms, words_of_log::FORGOTTEN, "checks", true);
    html(StatusCode::NOT_FOUND, &ForgottenPage { frame, head: Head::new(subject, "") })
}

fn read_number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn facts(ping: &PingView) -> Vec<(&'static str, String)> {
    let method = match &*ping.method {
        "" => ping.scheme.to_string(),
        method => format!("{method}, {}", ping.scheme),
    };
    let facts = [
        (words_of_log::NUMBER, Some(ping.n.to_string())),
        (words_of_log::TOOK, ping.duration.map(|length| length.to_string())),
        (words_of_log::STATUS, ping.exit_status.map(|status| status.to_string())),
        (words_of_log::FROM, ping.remote_addr.map(|address| address.to_string())),
        (words_of_log::BY, Some(method)),
        (words_of_log::CLIENT, Some(ping.user_agent.to_string()).filter(|agent| !agent.is_empty())),
        (words_of_log::RUN, ping.rid.map(|rid| rid.hyphenated().to_string())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

impl Text {
    fn of(body: &[u8]) -> Self {
        let is_cut = BODY_SHOWN_MAX < body.len();
        let shown = &body[..body.len().min(BODY_SHOWN_MAX)];
        Self { text: String::from_utf8_lossy(shown).into_owned(), is_cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_wherever_that_is() {
        let short = Text::of("gefüllt".as_bytes());
        assert_eq!((short.text.as_str(), short.is_cut), ("gefüllt", false));
        let long = Text::of("ü".repeat(BODY_SHOWN_MAX).as_bytes());
        assert!(long.is_cut && long.text.len() <= BODY_SHOWN_MAX + 3);
    }

    #[test]
    fn a_number_is_only_digits() {
        assert_eq!(
            ["7", "", "+7", "7x", "99999999999999999999"].map(read_number),
            [Some(7), None, None, None, None]
        );
    }
}

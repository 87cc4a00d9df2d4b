//! Signing in with the testing password or a one-time link, and signing out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Form, Query, State as FromState};
use domain::time::{Span, Timestamp};
use http::{HeaderMap, Response, StatusCode, header};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::session::{SessionId, clear_cookie, digest, set_cookie};
use super::{Frame, Pairs, Rooms, State, first, html, see_other, words};
use crate::http::answer;
use crate::http::peer::{Peer, Source};
use crate::http::timer;

/// Wrong passwords from one source in one window, before it has to wait for the window's end.
const FAILURES_MAX: u32 = 10;

/// How long wrong passwords are held against a source.
const WINDOW: Span = Span::from_minutes(15);

/// How long the answer to a wrong password takes: nothing to a person, a wall to a list of passwords.
const DELAY: Duration = Duration::from_millis(400);

/// Wrong passwords that wait for their answer at once. More are told to come back, so that guessing from a million
/// addresses costs neither memory nor connections.
const WAITING_MAX: usize = 64;

/// Sources whose failures are remembered.
const SOURCES_MAX: usize = 4_096;

/// No password is longer.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Remembers who failed to sign in. Only the failing source has to wait, so nobody can be locked out by others.
pub struct SignIns {
    failures: Mutex<HashMap<Source, Failures>>,
    waiting: Semaphore,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Timestamp,
    count: u32,
}

impl Default for SignIns {
    fn default() -> Self {
        Self { failures: Mutex::default(), waiting: Semaphore::new(WAITING_MAX) }
    }
}

impl SignIns {
    /// Counts an attempt as failed until it is known to be right, or returns how long the source has to wait. Many
    /// attempts at once are therefore no way around the limit.
    fn attempt(&self, source: Source, now: Timestamp) -> Result<(), Duration> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if SOURCES_MAX <= failures.len() {
            failures.retain(|_, failure| now < failure.since + WINDOW);
        }
        if SOURCES_MAX <= failures.len() && !failures.contains_key(&source) {
            let oldest = failures.iter().min_by_key(|(_, failure)| failure.since).map(|(source, _)| *source);
            oldest.and_then(|source| failures.remove(&source));
        }
        let failure = failures.entry(source).or_insert(Failures { since: now, count: 0 });
        if failure.since + WINDOW <= now {
            *failure = Failures { since: now, count: 0 };
        }
        if FAILURES_MAX <= failure.count {
            return Err((failure.since + WINDOW - now).to_std());
        }
        failure.count += 1;
        Ok(())
    }

    fn forgive(&self, source: Source) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&source);
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "no_password.html")]
struct NoPasswordPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    frame: Frame,
    token: String,
}

/// Shows the form, or says which variable to set when nobody can sign in.
pub(super) fn form(rooms: &Arc<Rooms>, status: StatusCode, error: Option<&'static str>) -> Response<Body> {
    let frame = Frame::new(rooms, words::sign_in::TITLE, "", false);
    if rooms.password.is_none() {
        return html(StatusCode::SERVICE_UNAVAILABLE, &NoPasswordPage { frame });
    }
    html(status, &SignInPage { frame, error })
}

/// Shows a button that uses the link; opening it changes nothing, so that a preview does not use it up.
pub(super) async fn link_page(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    let Some(token) = first(&pairs, "token") else { return see_other("/") };
    let frame = Frame::new(&rooms, words::sign_in::TITLE, "", false);
    html(StatusCode::OK, &LinkPage { frame, token: token.to_owned() })
}

/// Takes a password or a link's token and begins a session.
pub(super) async fn sign_in(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Response<Body> {
    let Some(expected) = rooms.password else { return form(&rooms, StatusCode::SERVICE_UNAVAILABLE, None) };
    let password = first(&pairs, "password").unwrap_or_default();
    let token = first(&pairs, "token");
    if PASSWORD_BYTES_MAX < password.len().max(token.map_or(0, str::len)) {
        return answer::plain(StatusCode::PAYLOAD_TOO_LARGE, words::sign_in::TOO_LONG);
    }
    let now = rooms.clock.now();
    if let Err(wait) = rooms.sign_ins.attempt(peer.source(), now) {
        return too_many(wait);
    }
    let is_right = match token {
        Some(token) => rooms.sessions.redeem_link(token, now),
        None => bool::from(digest(password).ct_eq(&expected)),
    };
    if is_right {
        rooms.sign_ins.forgive(peer.source());
        return begin(&rooms, &peer, &headers, now);
    }
    warn!(source = %peer.address, "somebody at {} failed to sign in", peer.address);
    let Ok(_place) = rooms.sign_ins.waiting.try_acquire() else { return too_many(DELAY) };
    timer::sleep(DELAY).await;
    let error = match token {
        Some(_) => words::sign_in::WRONG_LINK,
        None => words::sign_in::WRONG_PASSWORD,
    };
    form(&rooms, StatusCode::UNAUTHORIZED, Some(error))
}

fn begin(rooms: &Rooms, peer: &Peer, headers: &HeaderMap, now: Timestamp) -> Response<Body> {
    // A session that came along is ended: nobody may have planted it.
    if let Some(old) = rooms.sessions.of(headers, peer.is_tls, now) {
        rooms.sessions.end(old);
    }
    let token = rooms.sessions.begin(rooms.random.bytes(), now);
    info!(source = %peer.address, "somebody at {} signed in", peer.address);
    let mut response = see_other("/");
    response.headers_mut().insert(header::SET_COOKIE, set_cookie(&token, peer));
    response
}

/// Ends the session.
pub(super) async fn sign_out(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    Extension(session): Extension<SessionId>,
) -> Response<Body> {
    rooms.sessions.end(session);
    let mut response = see_other("/");
    response.headers_mut().insert(header::SET_COOKIE, clear_cookie(&peer));
    response
}

/// Ends every session there is, this one among them.
pub(super) async fn sign_out_everywhere(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
) -> Response<Body> {
    rooms.sessions.end_all();
    info!(source = %peer.address, "somebody at {} signed everybody out", peer.address);
    let mut response = see_other("/");
    response.headers_mut().insert(header::SET_COOKIE, clear_cookie(&peer));
    response
}

fn too_many(wait: Duration) -> Response<Body> {
    let mut response = answer::plain(StatusCode::TOO_MANY_REQUESTS, words::sign_in::TOO_MANY);
    answer::set_retry_after(&mut response, wait);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    fn source(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(0) + Span::from_minutes(minutes)
    }

    #[test]
    fn a_guessing_source_waits_and_the_others_do_not() {
        let sign_ins = SignIns::default();
        for _ in 0..FAILURES_MAX {
            assert_eq!(sign_ins.attempt(source("192.0.2.1"), at(0)), Ok(()));
        }
        assert_eq!(sign_ins.attempt(source("192.0.2.1"), at(5)), Err(Duration::from_mins(10)));
        assert_eq!(sign_ins.attempt(source("192.0.2.2"), at(5)), Ok(()));
        assert_eq!(sign_ins.attempt(source("192.0.2.1"), at(15)), Ok(()));
    }

    #[test]
    fn a_token_cannot_break_out_of_its_form() {
        let token = "\"><script>alert(1)</script>".to_owned();
        let text = LinkPage { frame: samples::frame(words::sign_in::TITLE, ""), token }.render().unwrap();
        assert!(!text.contains("<script>alert"), "{text}");
        assert!(text.contains(r#"<form method="post" action="/sign-in">"#), "{text}");
    }

    #[test]
    fn who_signs_in_is_forgiven() {
        let sign_ins = SignIns::default();
        for _ in 0..3 * FAILURES_MAX {
            assert_eq!(sign_ins.attempt(source("192.0.2.1"), at(0)), Ok(()));
            sign_ins.forgive(source("192.0.2.1"));
        }
    }

    #[test]
    fn failures_from_ever_new_sources_are_bounded() {
        let sign_ins = SignIns::default();
        for number in 0..10_000_u32 {
            assert_eq!(sign_ins.attempt(Source::of(number.to_be_bytes().into()), at(0)), Ok(()));
        }
        assert!(sign_ins.failures.lock().unwrap().len() <= SOURCES_MAX);
    }
}

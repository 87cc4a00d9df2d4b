//! Who may do what: a session for all that is private, and no changes on behalf of other sites.

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Request, State as FromState};
use axum::middleware::Next;
use http::header::{self, HeaderMap};
use http::{Method, Response, StatusCode};

use super::{Frame, Rooms, State, html, sign_in, words};
use crate::http::answer;
use crate::http::peer::Peer;

use std::sync::Arc;

/// Lets a request through that belongs to a session, which it then finds among the request's extensions.
pub(super) async fn require_session(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let Some(session) = rooms.sessions.of(request.headers(), peer.is_tls, rooms.clock.now()) else {
        return ask_to_sign_in(&rooms, request.headers());
    };
    request.extensions_mut().insert(session);
    next.run(request).await
}

fn ask_to_sign_in(rooms: &Arc<Rooms>, headers: &HeaderMap) -> Response<Body> {
    if wants_html(headers) {
        return sign_in::form(rooms, StatusCode::UNAUTHORIZED, None);
    }
    answer::plain(StatusCode::UNAUTHORIZED, words::answers::SIGN_IN_FIRST)
}

/// Refuses a change that does not come from a page of this server.
pub(super) async fn require_same_origin(request: Request, next: Next) -> Response<Body> {
    let is_reading = [Method::GET, Method::HEAD].contains(request.method());
    let is_tls = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_tls);
    if is_reading || is_same_origin(request.headers(), is_tls) {
        return next.run(request).await;
    }
    answer::plain(StatusCode::FORBIDDEN, words::answers::FOREIGN)
}

/// Tells whether a request was made by a page of this server; without evidence it was not.
///
/// A browser's word in `Sec-Fetch-Site` is the better one, because it holds behind proxies that rewrite `Host`; it is
/// missing on plain HTTP, where `Origin` has to name the host that was asked.
#[must_use]
pub fn is_same_origin(headers: &HeaderMap, is_tls: bool) -> bool {
    let word = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let origin = word(header::ORIGIN.as_str());
    match word("sec-fetch-site") {
        Some(site) => {
            site == "same-origin" && origin.is_none_or(|origin| !origin.eq_ignore_ascii_case("null"))
        }
        None => word(header::HOST.as_str())
            .zip(origin)
            .is_some_and(|(host, origin)| is_origin_of(origin, host, is_tls)),
    }
}

fn is_origin_of(origin: &str, host: &str, is_tls: bool) -> bool {
    let (scheme, authority) = origin.split_once("://").unwrap_or_default();
    let is_right_scheme = scheme == "https" || (scheme == "http" && !is_tls);
    is_right_scheme && !authority.is_empty() && authority.eq_ignore_ascii_case(host)
}

/// Tells whether the request asked for this machine by a name of its own.
///
/// A browser on this machine can be led here by a foreign name that was made to point at it, and a page of that name
/// could then read the answer.
#[must_use]
pub fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map_or("localhost", |host| host.to_str().unwrap_or_default());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_same_site =
        headers.get("sec-fetch-site").is_none_or(|site| site == "none" || site == "same-origin");
    let is_local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_local && is_same_site
}

/// Tells whether the answer is for a person with a browser.
pub(super) fn wants_html(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    accepts.flat_map(|line| line.split(',')).any(|range| range.trim_start().starts_with("text/html"))
}

#[derive(Template)]
#[template(path = "nothing.html")]
struct NothingPage {
    frame: Frame,
    sentence: &'static str,
}

/// Answers what no page answers.
pub(super) async fn not_found(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response<Body> {
    nothing(&rooms, &peer, &headers, words::answers::NO_PAGE)
}

/// Says that there is nothing, and why, in the form that the asker reads.
pub(super) fn nothing(
    rooms: &Rooms,
    peer: &Peer,
    headers: &HeaderMap,
    sentence: &'static str,
) -> Response<Body> {
    if !wants_html(headers) {
        return answer::plain(StatusCode::NOT_FOUND, sentence);
    }
    let is_signed_in = rooms.sessions.of(headers, peer.is_tls, rooms.clock.now()).is_some();
    let frame = Frame::new(rooms, words::layout::NOTHING, "", is_signed_in);
    html(StatusCode::NOT_FOUND, &NothingPage { frame, sentence })
}

/// Answers a method that a page does not take; the router adds those that it takes.
pub(super) async fn method_not_allowed(method: Method) -> Response<Body> {
    answer::plain(StatusCode::METHOD_NOT_ALLOWED, words::answers::method_not_taken(method.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn is_let_through(pairs: &[(&'static str, &str)], is_tls: bool) -> bool {
        is_same_origin(&headers(pairs), is_tls)
    }

    #[test]
    fn a_change_from_elsewhere_is_refused() {
        let host = ("host", "pings.example.org");
        for origin in [
            "https://evil.example",
            "null",
            "https://pings.example.org.evil.example",
            "https://other.example.org",
            "https://pings.example.org:8443",
            "ftp://pings.example.org",
            "pings.example.org",
            "",
        ] {
            assert!(!is_let_through(&[host, ("origin", origin)], false), "{origin}");
        }
        for site in ["cross-site", "same-site", "none", ""] {
            let headers = [host, ("origin", "https://pings.example.org"), ("sec-fetch-site", site)];
            assert!(!is_let_through(&headers, false), "{site}");
        }
        assert!(!is_let_through(&[host], false), "nothing says where it comes from");
        assert!(!is_let_through(&[("origin", "http://")], false));
        assert!(!is_let_through(&[("origin", "null"), ("sec-fetch-site", "same-origin")], false));
        assert!(!is_let_through(&[("origin", "nuLl"), ("sec-fetch-site", "same-origin")], false));
        assert!(!is_let_through(&[host, ("origin", "http://pings.example.org")], true), "not by TLS");
    }

    #[test]
    fn a_change_from_a_page_of_this_server_is_let_through() {
        assert!(is_let_through(&[("host", "127.0.0.1:5000"), ("origin", "http://127.0.0.1:5000")], false));
        assert!(is_let_through(&[("host", "a.example"), ("origin", "https://A.example")], true));
        // Behind a proxy that names another host.
        let proxied =
            [("host", "backend"), ("origin", "https://a.example"), ("sec-fetch-site", "same-origin")];
        assert!(is_let_through(&proxied, true));
    }

    #[test]
    fn a_foreign_name_that_points_here_opens_nothing() {
        for host in ["localhost:5000", "127.0.0.1:5000", "127.0.0.1", "[::1]:5000", "[::1]"] {
            assert!(names_this_machine(&headers(&[("host", host)])), "{host}");
        }
        assert!(names_this_machine(&headers(&[])));
        assert!(!names_this_machine(&headers(&[("host", "evil.example:5000")])));
        assert!(!names_this_machine(&headers(&[("host", "[::1]:5@evil.example")])));
        let unreadable = HeaderValue::from_bytes(b"evil.ex\xE4mple").unwrap();
        assert!(!names_this_machine(&HeaderMap::from_iter([(header::HOST, unreadable)])));
        assert!(!names_this_machine(&headers(&[("host", "localhost"), ("sec-fetch-site", "cross-site")])));
    }
}

//! `/metrics`: the meters, for those who may read them.

use axum::body::Body;
use axum::extract::{Extension, State as FromState};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use subtle::ConstantTimeEq;

use super::session::digest;
use super::{State, unavailable};
use crate::http::answer;
use crate::http::peer::Peer;
use crate::telemetry::Readings;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Shows the meters to a signed-in session, to the bearer of the token, and to programs on this machine.
pub(super) async fn text(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response<Body> {
    let is_signed_in = rooms.sessions.of(&headers, peer.is_tls, rooms.clock.now()).is_some();
    let is_local = peer.is_direct_loopback && names_this_machine(&headers);
    if !is_signed_in && !is_local && !bears(&headers, rooms.keys.metrics_token()) {
        return answer::plain(
            StatusCode::UNAUTHORIZED,
            "Sign in at / first, or send Authorization: Bearer with the value of metrics_token.",
        );
    }
    let (Ok(mut checks), Ok(outbox)) = (rooms.store.checks().await, rooms.store.outbox().await) else {
        return unavailable();
    };
    checks.sort_by(|one, other| one.name.cmp(&other.name));
    let readings = Readings { now: rooms.clock.wall_now(), checks: &checks, outbox: &outbox };
    let mut response = Response::new(Body::from(rooms.telemetry.render(&readings)));
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let kind = if accepts.contains("application/openmetrics-text") { OPEN_METRICS } else { PROMETHEUS_TEXT };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn bears(headers: &HeaderMap, expected: Option<[u8; 32]>) -> bool {
    let presented = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| digest(token.trim()));
    presented.zip(expected).is_some_and(|(presented, expected)| presented.ct_eq(&expected).into())
}

/// Tells whether the request asked for this machine by a name of its own.
///
/// A browser on this machine can be led here by a foreign name that was made to point at it, and a page of that name
/// could then read the answer.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let name =
        host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_same_site =
        headers.get("sec-fetch-site").is_none_or(|site| site == "none" || site == "same-origin");
    let is_local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_local && is_same_site
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_the_right_token_opens_the_meters() {
        let token = Some(digest("right"));
        assert!(bears(&headers(&[("authorization", "Bearer right")]), token));
        assert!(bears(&headers(&[("authorization", "bearer right")]), token));
        assert!(!bears(&headers(&[("authorization", "Bearer wrong")]), token));
        assert!(!bears(&headers(&[("authorization", "Basic right")]), token));
        assert!(!bears(&headers(&[]), token));
        assert!(!bears(&headers(&[("authorization", "Bearer right")]), None));
        assert!(!bears(&headers(&[("authorization", "Bearer ")]), None));
    }

    #[test]
    fn a_foreign_name_that_points_here_opens_nothing() {
        for host in ["localhost:5000", "127.0.0.1:5000", "127.0.0.1", "[::1]:5000", "[::1]"] {
            assert!(names_this_machine(&headers(&[("host", host)])), "{host}");
        }
        assert!(names_this_machine(&headers(&[])));
        assert!(!names_this_machine(&headers(&[("host", "evil.example:5000")])));
        assert!(!names_this_machine(&headers(&[("host", "localhost"), ("sec-fetch-site", "cross-site")])));
    }
}

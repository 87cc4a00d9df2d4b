//! `/metrics`: the meters, for those who may read them.

use axum::body::Body;
use axum::extract::{Extension, State as FromState};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use subtle::ConstantTimeEq;

use super::guard::names_this_machine;
use super::session::digest;
use super::{State, unavailable, words};
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
        return answer::plain(StatusCode::UNAUTHORIZED, words::answers::METERS_CLOSED);
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
}

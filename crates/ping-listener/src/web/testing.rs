//! A ping in a check's name, sent from the page.

use axum::body::Body;
use axum::extract::{Form, State as FromState};
use http::{HeaderMap, Response, StatusCode};

use super::guard::wants_html;
use super::{Pairs, State, first, see_other, unavailable, words};
use crate::http::answer;
use crate::telemetry::Outcome;

/// Pings, with the answer that `/ping` gives; without a script the page comes back instead.
///
/// Who is signed in needs no ping key.
pub(super) async fn ping(
    FromState(rooms): State,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Response<Body> {
    let Some(entry) = rooms.store.find(first(&pairs, "username").unwrap_or_default()) else {
        rooms.telemetry.count_ping(Outcome::Unknown);
        return answer::plain(StatusCode::NOT_FOUND, words::answers::NO_NAME);
    };
    let Ok(receipt) = rooms.store.ping(entry.id).await else {
        rooms.telemetry.count_ping(Outcome::Unavailable);
        return unavailable();
    };
    rooms.telemetry.count_ping(Outcome::Accepted);
    if wants_html(&headers) {
        let from: usize = first(&pairs, "from").and_then(|from| from.parse().ok()).unwrap_or(0);
        return see_other(&format!("/?from={from}#check-{}", entry.id));
    }
    let local = receipt.wall.to_zoned(rooms.clock.zone().clone());
    answer::plain(StatusCode::OK, local.strftime("%y/%m/%d %H:%M:%S").to_string())
}

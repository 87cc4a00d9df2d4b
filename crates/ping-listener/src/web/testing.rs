//! A ping in a check's name, sent from the page.

use std::str::FromStr as _;

use axum::body::Body;
use axum::extract::{Form, State as FromState};
use domain::ping::Signal;
use http::{HeaderMap, Response, StatusCode};
use uuid::Uuid;

use super::guard::wants_html;
use super::selection::Selection;
use super::{Pairs, Rooms, State, first, see_other, unavailable, words};
use crate::http::answer;
use crate::store::PendingPing;
use crate::store::managed::messages::Message;
use crate::telemetry::Outcome;

/// Pings, with the answer that `/ping` gives; without a script the page comes back instead.
///
/// Who is signed in needs no ping key.
pub(super) async fn ping(
    FromState(rooms): State,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Response<Body> {
    let Some(pending) = begin(&rooms, &pairs) else {
        rooms.telemetry.count_ping(Outcome::Unknown);
        return answer::plain(StatusCode::NOT_FOUND, words::answers::NO_NAME);
    };
    let Ok(receipt) = pending.await else {
        rooms.telemetry.count_ping(Outcome::Unavailable);
        return unavailable();
    };
    rooms.telemetry.count_ping(Outcome::Accepted);
    if wants_html(&headers) {
        return see_other(&Selection::of_query(first(&pairs, "back").unwrap_or_default()).address());
    }
    let local = receipt.wall.to_zoned(rooms.clock.zone().clone());
    answer::plain(StatusCode::OK, local.strftime("%y/%m/%d %H:%M:%S").to_string())
}

/// Pings the check that a form names, by its UUID or by its name in the config; `None` if there is none.
fn begin(rooms: &Rooms, pairs: &[(String, String)]) -> Option<PendingPing> {
    let one = || first(pairs, "one")?.strip_prefix("ping ");
    let Some(uuid) = first(pairs, "check").or_else(one).and_then(|uuid| Uuid::from_str(uuid).ok()) else {
        let entry = rooms.store.find(first(pairs, "username").unwrap_or_default())?;
        return Some(rooms.store.ping(entry.id));
    };
    let found = rooms.store.find_uuid(uuid)?;
    if found.is_declared {
        return Some(rooms.store.ping(found.id));
    }
    let message = Message::bare(Signal::Success, words::list::TESTING);
    Some(rooms.store.signal(found.id, message))
}

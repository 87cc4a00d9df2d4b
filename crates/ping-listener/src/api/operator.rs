//! What operators and carriers of mail ask: whether all is well, how far the server is, and to be heard.

use std::sync::Arc;

use http::StatusCode;

use super::call::Call;
use super::fault::Fault;
use super::operations::Outcome;
use super::shapes::OperatorShape;
use super::subjects::read_uuid;
use super::{Api, answers};

/// Says whether pings can be made durable.
pub(super) async fn status(api: Arc<Api>, _call: Call) -> Outcome {
    match api.store.probe().await {
        Ok(()) => Ok(answers::text(StatusCode::OK, "OK")),
        Err(_) => Ok(answers::text(StatusCode::INTERNAL_SERVER_ERROR, "pings cannot be made durable")),
    }
}

/// Tells how far the server is.
pub(super) async fn metrics(api: Arc<Api>, call: Call) -> Outcome {
    let key = call.headers.get("x-metrics-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    if !api.keys.opens_metrics(key.as_bytes()) {
        return Ok(answers::empty(StatusCode::FORBIDDEN));
    }
    let pings = api.subjects().await?.map(|view| view.pings).sum();
    let mails = api.store.notifications(1).await.map_err(|_| Fault::Unavailable)?;
    let meters = OperatorShape {
        ts: api.clock.wall_now().as_second(),
        max_ping_id: Some(pings).filter(|pings| 0 < *pings),
        max_notification_id: mails.first().map(|mail| mail.id),
        num_unprocessed_flips: 0,
    };
    Ok(answers::json(StatusCode::OK, &meters))
}

/// Hears what became of a delivery; ours are settled when they are made, so there is nothing to note.
pub(super) async fn callback(_api: Arc<Api>, call: Call) -> Outcome {
    read_uuid(call.place("code")).ok_or(Fault::Unknown)?;
    Ok(answers::empty(StatusCode::OK))
}

/// Hears of a mail that came back; no return address of ours is signed, so that none can be believed.
pub(super) async fn bounce(_api: Arc<Api>, _call: Call) -> Outcome {
    Ok(answers::text(StatusCode::OK, "OK (bad signature)"))
}

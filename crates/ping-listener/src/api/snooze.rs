//! Snoozes: for a while, no mail about a check goes out. Our own.

use std::borrow::Cow;
use std::sync::Arc;

use domain::time::Span;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::Call;
use super::fault::Fault;
use super::moments::to_the_second;
use super::operations::Outcome;
use super::{Api, answers};
use crate::store::snoozes;

/// How a check is snoozed. Our own.
#[derive(Serialize, JsonSchema)]
pub(super) struct Snoozed {
    /// Until when no mail about it goes out; null if it is not snoozed.
    snoozed_until: Option<String>,
}

/// Snoozes a check, declared or managed, or ends its snooze.
pub(super) async fn snooze(api: Arc<Api>, call: Call) -> Outcome {
    let view = api.by_uuid(&call).await?;
    let length = call.query("for").and_then(|text| snoozes::read_length(&text));
    let length = length.ok_or(Fault::Wrong(Cow::Borrowed(
        "parameter for is a number of s, m, h or d, at most 30d, as in for=20m; for=0 ends the snooze",
    )))?;
    let until = if length == Span::ZERO {
        let ended = api.store.end_snooze(view.id, call.author()).await.map_err(|_| Fault::Unavailable)?;
        ended.then_some(None)
    } else {
        let snoozed = api.store.snooze(view.id, length, call.author()).await;
        snoozed.map_err(|_| Fault::Unavailable)?.map(Some)
    };
    let until = until.ok_or(Fault::Gone)?;
    Ok(answers::json(StatusCode::OK, &Snoozed { snoozed_until: until.map(to_the_second) }))
}

//! Pings as they are read: the latest of a check, and the body of one.

use std::sync::Arc;

use axum::body::Body;
use domain::time::Span;
use http::StatusCode;

use super::call::Call;
use super::fault::Fault;
use super::moments::exactly;
use super::operations::Outcome;
use super::shapes::{PingList, PingShape};
use super::{Api, answers};
use crate::explaining::reasons::signal_word;
use crate::store::managed::recent::PingView;

/// So many of the latest pings of a check are shown, and kept with all that came with them.
pub(super) const PINGS_SHOWN: usize = 100;

/// Lists the latest pings of a check.
pub(super) async fn list(api: Arc<Api>, call: Call) -> Outcome {
    let view = api.by_uuid(&call).await?;
    let pings = api.store.recent_pings(view.id, PINGS_SHOWN).await.map_err(|_| Fault::Unavailable)?;
    let root = format!(
        "{}/api/{}/checks/{}/pings",
        api.links.load().root(),
        call.version.name(),
        view.uuid.hyphenated()
    );
    let pings = pings.into_iter().map(|ping| shape(ping, &root)).collect();
    Ok(answers::json(StatusCode::OK, &PingList { pings }))
}

/// Returns the body of a ping as it came.
pub(super) async fn body(api: Arc<Api>, call: Call) -> Outcome {
    let view = api.by_uuid(&call).await?;
    let number = call.place("n");
    let is_number = !number.is_empty() && number.bytes().all(|sign| sign.is_ascii_digit());
    let number: u64 =
        number.parse().ok().filter(|number| is_number && *number <= view.pings).ok_or(Fault::Unknown)?;
    let body = api.store.ping_body(view.id, number).await.map_err(|_| Fault::Unavailable)?;
    let body = body.filter(|body| !body.is_empty()).ok_or(Fault::Unknown)?;
    Ok(answers::of_type(StatusCode::OK, "text/plain", Body::from(body)))
}

fn shape(ping: PingView, root: &str) -> PingShape {
    PingShape {
        kind: signal_word(ping.signal),
        date: exactly(ping.at),
        n: ping.n,
        scheme: ping.scheme.into(),
        remote_addr: ping.remote_addr.map(|address| address.to_string()),
        method: ping.method.into(),
        ua: ping.user_agent.into(),
        rid: ping.rid.map(|rid| rid.hyphenated().to_string()),
        body_url: (0 < ping.body_bytes).then(|| format!("{root}/{}/body", ping.n)),
        duration: ping.duration.map(in_hundredths),
    }
}

fn in_hundredths(span: Span) -> f64 {
    (span.as_seconds_f64() * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_digits_behind_the_point() {
        assert_eq!(serde_json::to_string(&in_hundredths(Span::from_micros(1_327_000))).unwrap(), "1.33");
        assert_eq!(serde_json::to_string(&in_hundredths(Span::from_seconds(300))).unwrap(), "300.0");
    }
}

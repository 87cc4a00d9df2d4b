//! What a mail about a managed check repeats of its last ping, looked up when the mail goes out.

use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::Span;

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::facts::{Facts, LastPingFacts};
use crate::store::managed::recent::PingView;

/// Bytes of a body that a mail repeats: more is a file, and mail readers cut it somewhere else.
const BODY_BYTES_MAX: usize = 10_000;

/// Adds the last ping to the facts of a mail that is about one managed check alone.
///
/// It stays out if it is forgotten by now, or cannot be read: that is no reason to keep the mail back.
pub(super) async fn add(store: &Store, facts: &mut [Facts]) {
    let [only] = facts else { return };
    let (check, n, place) = match only {
        Facts::WentDown(facts) => (facts.check_id, facts.pings, &mut facts.last_ping),
        Facts::CameBack(facts) => (facts.check_id, facts.pings, &mut facts.last_ping),
        Facts::Alert(_)
        | Facts::Recovery(_)
        | Facts::RecipientRefused(_)
        | Facts::Test(_)
        | Facts::Unreadable(_) => return,
    };
    match find(store, CheckId::new(check), n).await {
        Ok(found) => *place = found,
        Err(error) => tracing::warn!("a mail goes out without the last ping of its check: {error}"),
    }
}

async fn find(store: &Store, check: CheckId, n: u64) -> Result<Option<LastPingFacts>, StoreError> {
    let found = store.ping_of_mail(check, n).await?;
    Ok(found.map(|(ping, body)| facts(ping, &body)))
}

fn facts(ping: PingView, body: &[u8]) -> LastPingFacts {
    let kept = &body[..body.len().min(BODY_BYTES_MAX)];
    LastPingFacts {
        n: ping.n,
        at: ping.at,
        signal: match ping.signal {
            Signal::Success => "success",
            Signal::Start => "start",
            Signal::Fail => "fail",
            Signal::Log => "log",
            Signal::Ignored => "ign",
        },
        exit_status: ping.exit_status,
        scheme: ping.scheme.into(),
        method: ping.method.into(),
        user_agent: ping.user_agent.into(),
        remote_addr: ping.remote_addr.map(|address| address.to_string()),
        duration_seconds: ping.duration.map(Span::as_seconds_f64),
        body: String::from_utf8_lossy(kept).into_owned(),
        is_body_cut: kept.len() < body.len(),
    }
}

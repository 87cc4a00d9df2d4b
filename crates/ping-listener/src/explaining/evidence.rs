//! What is known of a check that tells why it stands as it does.

use domain::time::Span;
use jiff::{SignedDuration, Timestamp};

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::managed::recent::PingView;
use crate::store::managed::viewing::View;
use crate::store::view::{GapView, NotificationView};

/// So many of the latest pings are told.
const PINGS_TOLD: usize = 5;

/// So many of the latest gaps are looked at.
const GAPS_SEEN: usize = 100;

/// What was said longer ago explains nothing, unless it was said of what still lasts.
const MAILS_SINCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So many of the latest mails are told: a check that is silent for months may be reminded of every second.
const MAILS_TOLD: usize = 100;

/// All that is known of one check at one instant.
pub struct Evidence {
    /// The check; a declared one as if it were managed.
    pub view: View,
    /// The latest pings, newest first.
    pub pings: Vec<PingView>,
    /// How long a declared check may be silent, to the microsecond: its period in the view is in whole seconds.
    pub patience: Option<Span>,
    /// When the server did not listen, since the last ping and before it went down.
    pub gaps: Vec<GapView>,
    /// The latest mails about it, latest first.
    pub told: Vec<NotificationView>,
}

impl Evidence {
    /// Gathers what is known of a check at `now`.
    pub async fn gather(store: &Store, view: View, now: Timestamp) -> Result<Self, StoreError> {
        let pings = store.recent_pings(view.id, PINGS_TOLD).await?;
        let gaps = gaps(store, &view).await?;
        let told = told(store, &view, now).await?;
        let patience = patience(store, &view).await?;
        Ok(Self { view, pings, patience, gaps, told })
    }
}

/// Finds the gaps from the last ping until a check went down: those that a deadline can be moved by.
async fn gaps(store: &Store, view: &View) -> Result<Vec<GapView>, StoreError> {
    let since = view.last_ping.or(view.last_start).unwrap_or(view.created);
    let mut gaps = store.gaps(GAPS_SEEN).await?;
    let ended = view.down.map(|(since, _)| since);
    gaps.retain(|gap| {
        gap.until.is_none_or(|until| since <= until) && ended.is_none_or(|ended| gap.from < ended)
    });
    Ok(gaps)
}

async fn told(store: &Store, view: &View, now: Timestamp) -> Result<Vec<NotificationView>, StoreError> {
    let recently = now.saturating_sub(MAILS_SINCE).unwrap_or(Timestamp::MIN);
    let from = view.down.map_or(recently, |(since, _)| since.min(recently));
    store.told_since(view.id, from, MAILS_TOLD).await
}

async fn patience(store: &Store, view: &View) -> Result<Option<Span>, StoreError> {
    if view.id.is_managed() {
        return Ok(None);
    }
    let declared = store.checks_of(vec![view.id]).await?;
    Ok(declared.first().map(|check| check.patience))
}

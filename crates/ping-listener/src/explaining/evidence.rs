//! What is known of a check that tells why it stands as it does.

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

/// All that is known of one check at one instant.
pub struct Evidence {
    /// The check; a declared one as if it were managed.
    pub view: View,
    /// The latest pings, newest first.
    pub pings: Vec<PingView>,
    /// When the server did not listen, since the last ping.
    pub gaps: Vec<GapView>,
    /// Mails about it, latest first.
    pub told: Vec<NotificationView>,
}

impl Evidence {
    /// Gathers what is known of a check at `now`.
    pub async fn gather(store: &Store, view: View, now: Timestamp) -> Result<Self, StoreError> {
        let pings = store.recent_pings(view.id, PINGS_TOLD).await?;
        let gaps = gaps(store, &view).await?;
        let told = told(store, &view, now).await?;
        Ok(Self { view, pings, gaps, told })
    }
}

/// Finds the gaps since the last ping, which is as far back as a deadline can be moved.
async fn gaps(store: &Store, view: &View) -> Result<Vec<GapView>, StoreError> {
    let since = view.last_ping.or(view.last_start).unwrap_or(view.created);
    let mut gaps = store.gaps(GAPS_SEEN).await?;
    gaps.retain(|gap| gap.until.is_none_or(|until| since <= until));
    Ok(gaps)
}

async fn told(store: &Store, view: &View, now: Timestamp) -> Result<Vec<NotificationView>, StoreError> {
    let recently = now.saturating_sub(MAILS_SINCE).unwrap_or(Timestamp::MIN);
    let from = view.down.map_or(recently, |(since, _)| since.min(recently));
    let until = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let mut told = store.told_between(view.id, from, until).await?;
    told.reverse();
    Ok(told)
}

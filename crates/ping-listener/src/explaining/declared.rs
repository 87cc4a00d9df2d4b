//! Declared checks, shown as if they were managed ones.

use std::sync::Arc;

use domain::flip::Reason;
use domain::id::CheckId;
use domain::managed::Shown;
use domain::managed::kind::Kind;
use domain::slug::slugify;
use domain::standing::Standing;
use domain::time::Span;

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::managed::settings::Settings;
use crate::store::managed::viewing::View;
use crate::store::view::CheckView;

/// Returns a check of either kind, or `None` if it is gone.
pub async fn view_of(store: &Store, id: CheckId) -> Result<Option<View>, StoreError> {
    if id.is_managed() {
        return store.managed(id).await;
    }
    let mut checks = store.checks_of(vec![id]).await?;
    Ok(checks.pop().map(|check| as_managed(store, &check)))
}

/// Shows a declared check as if it were a managed one.
#[must_use]
pub fn as_managed(store: &Store, check: &CheckView) -> View {
    let shown = match check.standing {
        Standing::New => Shown::New,
        Standing::Up => Shown::Up,
        Standing::Late | Standing::Down => Shown::Down,
        Standing::Unmonitored => Shown::Paused,
    };
    let settings = Settings {
        name: check.name.to_string(),
        slug: slugify(&check.name),
        kind: Kind::Simple,
        timeout: whole_seconds(check.patience),
        grace: 0,
        is_told: !check.recipients.is_empty(),
        ..Settings::default()
    };
    let due = check.deadline.filter(|_| shown == Shown::Up);
    View {
        id: check.id,
        uuid: store.uuid_of_declared(check.id),
        badge_key: store.badge_of_declared(check.id),
        settings: Arc::new(settings),
        shown,
        shown_v1: shown,
        is_started: false,
        pings: check.pings,
        last_ping: check.last_ping,
        next_ping: due,
        last_start: None,
        deadline: check.deadline,
        extended: check.extended,
        last_duration: None,
        runs: Vec::new(),
        down: check.down_since.map(|since| (since, Reason::Silence)),
        created: check.anchor,
        snoozed_until: check.snoozed_until,
    }
}

/// A period has at least one second here, and what is more than whole seconds is one more.
fn whole_seconds(span: Span) -> u64 {
    let micros = u64::try_from(span.as_micros()).unwrap_or_default();
    micros.div_ceil(1_000_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_rounded_up_to_whole_seconds() {
        for (millis, seconds) in [(0, 1), (100, 1), (1_000, 1), (1_001, 2), (4_500, 5), (60_000, 60)] {
            assert_eq!(whole_seconds(Span::from_millis(millis)), seconds, "{millis}");
        }
    }
}

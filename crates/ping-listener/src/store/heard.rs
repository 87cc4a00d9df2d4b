//! What was heard of a check over weeks, as the schedule doctor looks at it.

use std::collections::BTreeMap;

use domain::doctor::{Absence, Heard};
use domain::id::CheckId;
use domain::ping::Signal;
use domain::time::Span;
use domain::wall::WallTime;

use super::Store;
use super::error::StoreError;
use super::managed::recent;
use super::sqlite::{downtime, managed};

/// Pings that are looked at: two days of one every four seconds.
const PINGS_MAX: usize = 50_000;

/// Zones of other checks that are likely for one.
const ZONES_MAX: usize = 5;

/// What was heard of a check, and when nobody listened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeardView {
    /// The pings that tell of its rhythm, in order.
    pub pings: Vec<Heard>,
    /// When the listener was away meanwhile, in order.
    pub absences: Vec<Absence>,
    /// The zones that managed checks have their schedules in, the most frequent first.
    pub zones: Vec<String>,
}

impl Store {
    /// Returns what was heard of a check. Of a managed one the lengths of its latest runs are known.
    pub async fn heard(&self, check: CheckId) -> Result<HeardView, StoreError> {
        let timeline = self.write(|desk| Ok(desk.book.timeline.clone())).await?;
        let recent =
            if check.is_managed() { self.recent_pings(check, usize::MAX).await? } else { Vec::new() };
        let told: BTreeMap<i64, (Signal, Option<Span>)> =
            recent.iter().map(|ping| (ping.at.as_microsecond(), (ping.signal, ping.duration))).collect();
        self.look_with_log(move |connection, unsorted| {
            let ends = recent::times(connection, unsorted, check, PINGS_MAX)?;
            let pings: Vec<Heard> = ends
                .into_iter()
                .map(|micros| {
                    let (signal, took) = told.get(&micros).copied().unwrap_or((Signal::Success, None));
                    Heard { at: WallTime::from_micros(micros), signal, took }
                })
                .collect();
            let zones = managed::zones(connection, ZONES_MAX)?;
            let (Some(first), Some(last)) = (pings.first(), pings.last()) else {
                return Ok(HeardView { zones, ..HeardView::default() });
            };
            let [from, until] = [first, last].map(|ping| crate::clock::wall_time(ping.at.as_micros()));
            let (since, before) = timeline.service_range(from, until);
            let wall = |at| WallTime::from_micros(timeline.wall(at).as_microsecond());
            let gaps = downtime::gaps_between(connection, since, before)?;
            let absences = gaps
                .iter()
                .map(|row| Absence { from: wall(row.gap.from), until: wall(row.gap.until) })
                .collect();
            Ok(HeardView { pings, absences, zones })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::stage::Stage;

    #[tokio::test]
    async fn what_was_heard_is_all_pings_and_the_absences_between_them() {
        let names = ["test"];
        let mut stage = Stage::open(&names, &["a@example.org"]).await;
        let check = stage.store().find("test").unwrap().id;
        let mut walls = Vec::new();
        for n in 1..=300_u32 {
            stage.advance(Span::from_minutes(10));
            walls.push(stage.ping("test").await.wall.as_microsecond());
            if n == 150 {
                stage.store().sort().await.unwrap();
                stage = stage.restart(&names, &["a@example.org"]).await;
            }
        }
        let heard = stage.store().heard(check).await.unwrap();
        assert_eq!(heard.pings.iter().map(|ping| ping.at.as_micros()).collect::<Vec<_>>(), walls);
        assert_eq!(heard.absences.len(), 1, "a restart is one");
        let away = heard.absences[0].from.as_micros();
        assert!(walls[149] <= away && away < walls[150]);
    }
}

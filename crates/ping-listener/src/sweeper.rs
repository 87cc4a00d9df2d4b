//! The sweeper: sorts pings into the history, forgets what is old, and looks how much room is left.

use domain::time::{Span, Timestamp};
use faults::pace;

use crate::bulletin::Bulletin;
use crate::clock::{Clock, wall_time};
use crate::config::InForce;
use crate::rounds::{Round, Wake};
use crate::store::Store;
use crate::store::error::StoreError;

/// Distance of two looks.
const DISTANCE: Span = Span::from_seconds(10);

/// Sorting begins when so many pings are only in the log: a day's page reads through them.
const UNSORTED_PINGS_MAX: u64 = 200_000;

/// Sorting begins when the log is so long: whoever looks for a ping that is not sorted reads through it.
const UNSORTED_BYTES_MAX: u64 = 64 << 20;

/// Distance of two looks while there is more to sort.
const PAUSE: Span = Span::from_seconds(1);

/// Sorting begins after this at the latest.
const SORTED_AT_LEAST_EVERY: Span = Span::from_minutes(10);

/// Distance of two times of forgetting.
const FORGETS_EVERY: Span = Span::from_hours(1);

/// The room.
pub struct Sweeper {
    /// What is swept.
    pub store: Store,
    /// Tells how old things are.
    pub clock: Clock,
    /// Says whether the clock can be believed.
    pub bulletin: Bulletin,
    /// Says how long history is kept.
    pub config: InForce,
    /// When pings were last sorted.
    pub sorted_at: Timestamp,
    /// When old things were last forgotten.
    pub forgot_at: Option<Timestamp>,
}

impl Round for Sweeper {
    const NAME: &'static str = "sweeper";

    async fn step(&mut self, now: Timestamp) -> Result<Wake, StoreError> {
        self.store.look_at_disk();
        let is_overdue =
            0 < self.store.unsorted_pings() && quickened(SORTED_AT_LEAST_EVERY) <= now - self.sorted_at;
        // The room that is kept for decisions on a full disk is not for the history.
        if (self.is_much_unsorted() || is_overdue) && !self.store.is_full() {
            let sorted = self.store.sort().await?;
            self.sorted_at = now;
            tracing::debug!("{sorted} pings were sorted into the history");
        }
        if self.forgot_at.is_none_or(|at| quickened(FORGETS_EVERY) <= now - at) && self.may_forget() {
            self.forget(now).await?;
        }
        // More than can be sorted at once has come.
        let distance = if self.is_much_unsorted() && !self.store.is_full() { PAUSE } else { DISTANCE };
        Ok(Wake::At(self.clock.now() + quickened(distance)))
    }
}

impl Sweeper {
    fn is_much_unsorted(&self) -> bool {
        UNSORTED_PINGS_MAX <= self.store.unsorted_pings() || UNSORTED_BYTES_MAX <= self.store.unsorted_bytes()
    }

    /// Tells whether the clock can be believed enough to throw something away by it: a board that boots in the year
    /// 2038 must not lose its history.
    fn may_forget(&self) -> bool {
        !self.bulletin.report().is_clock_untrusted && (self.clock.is_synchronised() || pace::is_quickened())
    }

    async fn forget(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let kept = Span::from_hours(24).scaled(self.config.load().history_days);
        // The earlier of both clocks, so that a wall clock that was set far ahead throws nothing away.
        let wall_micros = self.clock.wall_now().as_microsecond().min(now.as_micros());
        let forgotten = self.store.forget(wall_time(wall_micros.saturating_sub(kept.as_micros()))).await?;
        self.forgot_at = Some(now);
        if 0 < forgotten {
            tracing::info!("{forgotten} rows of history were older than is kept");
        }
        Ok(())
    }
}

/// Returns a distance in time as it is, or shorter where a proof is in a hurry.
fn quickened(distance: Span) -> Span {
    Span::from_micros(pace::quickened(distance.as_micros()))
}

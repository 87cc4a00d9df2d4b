//! The watchdog: tells every overdue check what time it is.

use std::sync::Arc;

use domain::time::{Span, Timestamp};

use crate::bulletin::Bulletin;
use crate::clock::Clock;
use crate::config::InForce;
use crate::rounds::{Round, Wake};
use crate::store::error::StoreError;
use crate::store::{Pass, Store};
use crate::telemetry::Telemetry;

/// How long to wait for a clock that is not to be believed.
const UNTRUSTED_DISTANCE: Span = Span::from_seconds(1);

/// How long to wait for the timekeeper to note an absence: it looks at the clocks within a second.
const PUT_OFF_DISTANCE: Span = Span::from_millis(50);

/// Hears of each pass, with what it did if it came to that.
pub type OnPass = Box<dyn Fn(Option<&Pass>) + Send>;

/// The room.
pub struct Watchdog {
    /// Where the checks are.
    pub store: Store,
    /// Tells when a pass has ended.
    pub clock: Clock,
    /// Hears how late passes are.
    pub telemetry: Arc<Telemetry>,
    /// Says whether the clock can be believed.
    pub bulletin: Bulletin,
    /// Says how far apart passes are.
    pub config: InForce,
    /// Passes come at least this often, even empty ones, because the supervisor waits for them.
    pub passes_at_least_every: Option<Span>,
    /// Told after each pass.
    pub on_pass: OnPass,
}

impl Round for Watchdog {
    const NAME: &'static str = "watchdog";

    /// Decides what is due (first alerts, reminders, suppressed ones) and says when to look again.
    async fn step(&mut self, now: Timestamp) -> Result<Wake, StoreError> {
        if self.bulletin.report().is_clock_untrusted {
            (self.on_pass)(None);
            return Ok(Wake::At(now + UNTRUSTED_DISTANCE));
        }
        let pass = self.store.pass().await;
        // A store that cannot write is no reason to restart us: that would not mend it.
        (self.on_pass)(pass.as_ref().ok());
        let pass = pass?;
        self.telemetry.set_evaluation_lag(pass.lag);
        let ended = self.clock.now();
        if pass.is_put_off {
            return Ok(Wake::At(ended + PUT_OFF_DISTANCE));
        }
        let distance = self.config.load().base_frequency;
        if Span::ZERO < distance {
            let longest = self.passes_at_least_every.unwrap_or(distance);
            // Counted from the end of this pass, as the original did: passes that were missed are not made up for.
            return Ok(Wake::At(ended + distance.min(longest)));
        }
        let limit = self.passes_at_least_every.map(|every| ended + every);
        Ok(match (pass.next_due, limit) {
            (Some(due), Some(limit)) => Wake::AtOrBell(due.min(limit)),
            (Some(at), None) | (None, Some(at)) => Wake::AtOrBell(at),
            (None, None) => Wake::OnBell,
        })
    }
}

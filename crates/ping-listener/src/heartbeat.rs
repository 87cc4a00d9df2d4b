//! The heartbeat: tells another monitor that this one is alive, for as long as it really is.

use std::time::Duration;

use domain::time::{Span, Timestamp};

use crate::clock::Clock;
use crate::config::InForce;
use crate::rounds::{Beats, Round, Wake};
use crate::store::Store;
use crate::store::error::StoreError;

/// Distance of two heartbeats.
const DISTANCE: Span = Span::from_minutes(1);

/// How long the other side may take in all.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The room.
pub struct Heartbeat {
    /// Has to take pings.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// Has to show that every room turns.
    pub beats: Beats,
    /// Says where to.
    pub config: InForce,
    /// The last one failed, and that was said.
    pub has_failed: bool,
}

impl Round for Heartbeat {
    const NAME: &'static str = "heartbeat";

    async fn step(&mut self, now: Timestamp) -> Result<Wake, StoreError> {
        let wake = Ok(Wake::At(now + DISTANCE));
        let Some(url) = self.config.load().heartbeat_url.clone() else { return wake };
        let stale = self.beats.stale(self.clock.now());
        if !stale.is_empty() || self.store.probe().await.is_err() {
            tracing::warn!(
                "no heartbeat is sent, because something here does not turn: {}",
                stale.join(", ")
            );
            return wake;
        }
        let sent = tokio::task::spawn_blocking(move || send(url.reveal()))
            .await
            .unwrap_or_else(|_| Err("the attempt was cut off".to_owned()));
        match sent {
            Ok(()) => self.has_failed = false,
            Err(reason) if !self.has_failed => {
                tracing::warn!("the heartbeat was not taken: {reason}");
                self.has_failed = true;
            }
            Err(_) => {}
        }
        wake
    }
}

fn send(url: &str) -> Result<(), String> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(3).build().into();
    // The address may hold a key, so no error may name it.
    agent.get(url).call().map(drop).map_err(|error| {
        if let ureq::Error::StatusCode(code) = error {
            format!("the answer was {code}")
        } else {
            "its host could not be reached in time".to_owned()
        }
    })
}

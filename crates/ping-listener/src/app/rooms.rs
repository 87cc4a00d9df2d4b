//! The background rooms, built from what all rooms share.

use domain::time::Span;
use tokio::sync::watch;

use super::Common;
use crate::clock::Start;
use crate::heartbeat::Heartbeat;
use crate::outbox::{Channel, Needs, Outbox};
use crate::sweeper::Sweeper;
use crate::timekeeper::Timekeeper;
use crate::watchdog::Watchdog;

/// The background rooms.
pub struct Rooms {
    /// Compares the clocks.
    pub timekeeper: Timekeeper,
    /// Decides who is overdue.
    pub watchdog: Watchdog,
    /// Sends what is to be said.
    pub outbox: Outbox,
    /// Sorts and forgets.
    pub sweeper: Sweeper,
    /// Tells another monitor.
    pub heartbeat: Heartbeat,
}

impl Rooms {
    pub(super) fn new(
        common: &Common,
        channel: Channel,
        start: (Start, Span),
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            timekeeper: timekeeper(common, start),
            watchdog: watchdog(common),
            outbox: outbox(common, channel, stopping),
            sweeper: sweeper(common),
            heartbeat: heartbeat(common),
        }
    }
}

fn timekeeper(common: &Common, (start, untrusted): (Start, Span)) -> Timekeeper {
    let bells = vec![common.bells.watchdog.clone(), common.bells.outbox.clone()];
    Timekeeper::new(
        common.store.clone(),
        common.clock.clone(),
        common.telemetry.clone(),
        common.bulletin.clone(),
        (start, untrusted, bells),
    )
}

fn watchdog(common: &Common) -> Watchdog {
    Watchdog {
        store: common.store.clone(),
        clock: common.clock.clone(),
        telemetry: common.telemetry.clone(),
        bulletin: common.bulletin.clone(),
        config: common.config.clone(),
        passes_at_least_every: None,
        on_pass: Box::new(|_| ()),
    }
}

fn outbox(common: &Common, channel: Channel, stop: watch::Receiver<bool>) -> Outbox {
    let needs = Needs {
        store: common.store.clone(),
        clock: common.clock.clone(),
        bulletin: common.bulletin.clone(),
        config: common.config.clone(),
        links: common.links.clone(),
        telemetry: common.telemetry.clone(),
        bell: common.bells.outbox.clone(),
        stop,
    };
    Outbox::new(needs, channel)
}

fn sweeper(common: &Common) -> Sweeper {
    Sweeper {
        store: common.store.clone(),
        clock: common.clock.clone(),
        bulletin: common.bulletin.clone(),
        config: common.config.clone(),
        sorted_at: common.clock.now(),
        forgot_at: None,
    }
}

fn heartbeat(common: &Common) -> Heartbeat {
    Heartbeat {
        store: common.store.clone(),
        clock: common.clock.clone(),
        beats: common.beats.clone(),
        config: common.config.clone(),
        has_failed: false,
    }
}

//! Made-up checks for tests of what readers see.

use std::sync::Arc;

use domain::id::CheckId;
use domain::standing::Standing;
use domain::time::Span;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::Frame;
use super::moments::Here;
use super::subject::Subject;
use crate::store::view::CheckView;

/// An instant some seconds after 2026-11-21 09:00:00 UTC.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-21T09:00:00Z".parse().expect("an instant");
    begin + jiff::SignedDuration::from_secs(seconds)
}

/// So many seconds after 09:00, in UTC.
pub(super) fn here(seconds: i64) -> Here<'static> {
    Here { now: at(seconds), zone: const { &TimeZone::UTC } }
}

/// A check that may be silent for 10 s and pinged at 0.
pub(crate) fn check(name: &str, standing: Standing) -> CheckView {
    let is_down = standing == Standing::Down;
    let is_new = standing == Standing::New;
    CheckView {
        id: CheckId::new(1),
        name: Arc::from(name),
        standing,
        last_ping: (!is_new).then(|| at(0)),
        pings: u64::from(!is_new),
        deadline: (standing != Standing::Unmonitored).then(|| at(10)),
        extended: Span::ZERO,
        anchor: at(-60),
        down_since: is_down.then(|| at(10)),
        alerts: u32::from(is_down),
        patience: Span::from_seconds(10),
        max_sleep: Arc::from("10"),
        remind_every: Span::from_seconds(3_600),
        is_keyed: false,
        recipients: Arc::from([Box::from("you@example.org")]),
        snoozed_until: None,
    }
}

/// The same check as pages show it.
pub(super) fn subject(name: &str, standing: Standing) -> Subject {
    Subject::declared(Uuid::nil(), check(name, standing))
}

/// What surrounds a page for somebody who is signed in.
pub(super) fn frame(title: &str, place: &'static str) -> Frame {
    Frame {
        title: title.to_owned(),
        icon: "icon.svg",
        banners: Vec::new(),
        done: None,
        is_signed_in: true,
        is_wide: false,
        place,
    }
}

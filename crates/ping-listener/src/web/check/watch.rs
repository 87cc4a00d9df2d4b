//! Tells an open page about one check when there is something new to show.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::Body;
use axum::extract::{Extension, State as FromState};
use bytes::Bytes;
use http::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::about::About;
use crate::store::error::StoreError;
use crate::web::moments::iso;
use crate::web::session::SessionId;
use crate::web::subject::Subject;
use crate::web::{Rooms, State, events, first};

/// Mails that were decided longer ago do not change any more, but for those that wait for their server.
const MAILS_SINCE: SignedDuration = SignedDuration::from_hours(1);

/// So many of the latest mails are looked at.
const MAILS_MAX: usize = 50;

/// What a page about a check is a picture of: another mark means that there is something new to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Mark {
    /// When it was taken.
    pub(super) now: String,
    #[serde(rename = "mark")]
    pub(super) value: String,
}

/// Tells whether the script of a page asks for that part of it which changes.
pub(super) fn is_part(pairs: &[(String, String)]) -> bool {
    first(pairs, "part") == Some("now")
}

impl Mark {
    /// Takes the mark of a check as it stands.
    pub(super) async fn of(rooms: &Rooms, subject: &Subject) -> Result<Self, StoreError> {
        let now = rooms.clock.wall_now();
        let since = now.saturating_sub(MAILS_SINCE).unwrap_or(Timestamp::MIN);
        let told = rooms.store.told_since(subject.id, since, MAILS_MAX).await?;
        let mut hasher = DefaultHasher::new();
        (subject.look, subject.pings, subject.since, subject.last).hash(&mut hasher);
        (subject.due, subject.deadline, subject.snoozed_until, &subject.name).hash(&mut hasher);
        for mail in told {
            (mail.id, mail.state, mail.attempts).hash(&mut hasher);
        }
        Ok(Self { now: iso(now), value: format!("{:016x}", hasher.finish()) })
    }
}

/// Sends the mark of a check whenever it changes, beginning with the present one.
pub(super) async fn stream(
    FromState(rooms): State,
    Extension(session): Extension<SessionId>,
    About(subject): About,
) -> Response<Body> {
    events::answer(rooms, session, OpenPage { check: subject.uuid, shown: None, turns_at: None })
}

/// A page about one check that somebody has open.
struct OpenPage {
    check: Uuid,
    /// The mark of what it shows.
    shown: Option<String>,
    /// When the clock alone changes how the check stands.
    turns_at: Option<Timestamp>,
}

impl events::Seen for OpenPage {
    fn is_stale(&self, _: &Rooms, now: Timestamp) -> bool {
        self.turns_at.is_some_and(|at| at < now)
    }

    /// One that is gone has nothing new.
    async fn look(&mut self, rooms: &Rooms, now: Timestamp) -> Option<Bytes> {
        let found = rooms.subject(self.check).await.ok()?;
        let mark = match &found {
            Some(subject) => Mark::of(rooms, subject).await.ok()?,
            None => Mark { now: iso(now), value: String::new() },
        };
        let turns = found.iter().flat_map(|subject| [subject.due, subject.deadline]).flatten();
        self.turns_at = turns.filter(|at| now <= *at).min();
        let is_new = self.shown.as_ref() != Some(&mark.value);
        self.shown = Some(mark.value.clone());
        is_new.then(|| events::event(&mark))
    }
}

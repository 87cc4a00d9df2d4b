//! Keeps an open page of checks true, by server-sent events.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Query, State as FromState};
use bytes::Bytes;
use domain::id::CheckId;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::{Body as HttpBody, Frame};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::moments::iso;
use super::recent::Recent;
use super::row::Row;
use super::selection::Selection;
use super::session::SessionId;
use super::subject::Subject;
use super::summary::Summary;
use super::{Pairs, Rooms, State, words};
use crate::http::{answer, timer};
use crate::store::error::StoreError;

/// The least distance of two events: more is no help to the eye.
const PAUSE: Duration = Duration::from_secs(1);

/// After so many pauses without news something is sent, so that nothing between takes the stream for dead.
const SILENT_PAUSES_MAX: u32 = 15;

/// How old the strips may be: a bar is half an hour, and drawing them all costs a look at the history.
const RECENTS_OLD: SignedDuration = SignedDuration::from_mins(1);

/// When somebody who found no place may come back.
const PAUSE_WHEN_FULL: Duration = Duration::from_mins(1);

/// Sends what changes on one page of checks, beginning with all of it.
pub(super) async fn stream(
    FromState(rooms): State,
    Extension(session): Extension<SessionId>,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    let Some(seat) = rooms.sessions.viewer_seat() else {
        let mut response = answer::plain(StatusCode::SERVICE_UNAVAILABLE, words::answers::TOO_MANY_PAGES);
        answer::set_retry_after(&mut response, PAUSE_WHEN_FULL);
        return response;
    };
    let viewer = Viewer {
        changes: rooms.store.changes(),
        stopping: rooms.stopping.clone(),
        rooms,
        session,
        selection: Selection::of(&pairs),
        shown: None,
        silent_pauses: 0,
        _seat: seat,
    };
    let mut response = Response::new(Body::new(Events { next: Box::pin(viewer.next()) }));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Asks nginx not to hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Somebody with the page open.
struct Viewer {
    rooms: Arc<Rooms>,
    session: SessionId,
    selection: Selection,
    changes: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    shown: Option<Shown>,
    silent_pauses: u32,
    _seat: OwnedSemaphorePermit,
}

/// What the viewer sees.
struct Shown {
    /// The order of the rows as the page has them.
    order: Vec<CheckId>,
    rows: HashMap<CheckId, Row>,
    summary: Summary,
    /// The page would have other rows by now, or another order.
    is_stale: bool,
    /// When the clock alone makes one of the rows late or silent.
    turns_at: Option<Timestamp>,
    recents: HashMap<CheckId, Recent>,
    recents_at: Timestamp,
}

/// What is sent.
#[derive(Serialize)]
struct News<'a> {
    now: String,
    summary: &'a Summary,
    is_stale: bool,
    rows: Vec<&'a Row>,
}

impl Viewer {
    /// Returns the next event, or `None` when the session or the server has ended.
    async fn next(mut self) -> Next {
        loop {
            if self.shown.is_some() {
                self.pause().await?;
            }
            if !self.rooms.sessions.goes_on(self.session, self.rooms.clock.now()) {
                return None;
            }
            let now = self.rooms.clock.wall_now();
            if self.is_stale(now) {
                self.changes.mark_unchanged();
                if let Ok(Some(event)) = self.look(now).await {
                    self.silent_pauses = 0;
                    return Some((event, self));
                }
            }
            self.silent_pauses += 1;
            if SILENT_PAUSES_MAX < self.silent_pauses {
                self.silent_pauses = 0;
                return Some((Bytes::from_static(b": still here\n\n"), self));
            }
        }
    }

    /// Returns `None` when the server stops meanwhile.
    async fn pause(&mut self) -> Option<()> {
        let is_told = async |stopping: &mut watch::Receiver<bool>| {
            let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
        };
        tokio::select! {
            () = is_told(&mut self.stopping) => None,
            () = timer::sleep(PAUSE) => Some(()),
        }
    }

    fn is_stale(&self, now: Timestamp) -> bool {
        let Some(shown) = &self.shown else { return true };
        self.changes.has_changed().unwrap_or(false)
            || shown.turns_at.is_some_and(|at| at < now)
            || shown.recents_at + RECENTS_OLD < now
    }

    /// Looks at the checks again and returns what is new to the viewer.
    async fn look(&mut self, now: Timestamp) -> Result<Option<Bytes>, StoreError> {
        let subjects = self.rooms.subjects().await?;
        let would_be: Vec<_> = self.selection.on_page(&subjects).iter().map(|subject| subject.id).collect();
        let (order, is_stale) = match &self.shown {
            None => (would_be, false),
            // The rows stay where they are until the page is shown anew.
            Some(shown) => (shown.order.clone(), shown.order != would_be),
        };
        let of_order: HashMap<_, _> = order.iter().map(|id| (*id, ())).collect();
        let on_page: Vec<_> = subjects.iter().filter(|subject| of_order.contains_key(&subject.id)).collect();
        let (recents, recents_at) = self.recents(&on_page, now).await?;
        let here = self.rooms.here();
        let row = |subject: &&Subject| Row::new(subject, recents.get(&subject.id).cloned(), here);
        let turns = on_page.iter().flat_map(|subject| [subject.due, subject.deadline]).flatten();
        let shown = Shown {
            rows: on_page.iter().map(|subject| (subject.id, row(subject))).collect(),
            turns_at: turns.filter(|at| now <= *at).min(),
            summary: Summary::of(&subjects),
            order,
            is_stale,
            recents,
            recents_at,
        };
        let event = event(self.shown.as_ref(), &shown, now);
        self.shown = Some(shown);
        Ok(event)
    }

    /// Returns the strips of the rows: all anew when they are old, else only of those who stand otherwise than before.
    async fn recents(
        &mut self,
        on_page: &[&Subject],
        now: Timestamp,
    ) -> Result<(HashMap<CheckId, Recent>, Timestamp), StoreError> {
        let fresh = self.shown.as_mut().filter(|shown| now <= shown.recents_at + RECENTS_OLD);
        let Some(shown) = fresh else {
            let all = on_page.iter().map(|subject| subject.id).collect();
            return Ok((self.rooms.recents(all, now).await?, now));
        };
        let is_same =
            |subject: &&&Subject| shown.rows.get(&subject.id).is_some_and(|row| row.look == subject.look);
        let turned = on_page.iter().filter(|subject| !is_same(subject)).map(|subject| subject.id).collect();
        let mut recents = std::mem::take(&mut shown.recents);
        let recents_at = shown.recents_at;
        recents.extend(self.rooms.recents(turned, now).await?);
        Ok((recents, recents_at))
    }
}

fn event(before: Option<&Shown>, after: &Shown, now: Timestamp) -> Option<Bytes> {
    let is_new = |id: &CheckId, row: &Row| before.and_then(|before| before.rows.get(id)) != Some(row);
    let rows: Vec<_> = after.rows.iter().filter(|(id, row)| is_new(id, row)).map(|(_, row)| row).collect();
    let is_same =
        before.is_some_and(|before| (&before.summary, before.is_stale) == (&after.summary, after.is_stale));
    if rows.is_empty() && is_same {
        return None;
    }
    let news = News { now: iso(now), summary: &after.summary, is_stale: after.is_stale, rows };
    let json = serde_json::to_string(&news).expect("plain text and numbers can be written as JSON");
    Some(Bytes::from(format!("data: {json}\n\n")))
}

/// A body made of events, one after the other.
struct Events {
    next: Pin<Box<dyn Future<Output = Next> + Send>>,
}

/// An event, and who waits for the one after it.
type Next = Option<(Bytes, Viewer)>;

impl HttpBody for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = ready!(self.next.as_mut().poll(context));
        Poll::Ready(next.map(|(event, viewer)| {
            self.next = Box::pin(viewer.next());
            Ok(Frame::data(event))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;

    fn shown(subjects: &[Subject]) -> Shown {
        let row = |subject: &Subject| (subject.id, Row::new(subject, None, samples::here(5)));
        Shown {
            order: subjects.iter().map(|subject| subject.id).collect(),
            rows: subjects.iter().map(row).collect(),
            summary: Summary::of(subjects),
            is_stale: false,
            turns_at: None,
            recents: HashMap::new(),
            recents_at: samples::at(0),
        }
    }

    #[test]
    fn the_first_event_has_everything_and_later_ones_what_changed() {
        let mut checks = [samples::subject("a", Standing::Up), samples::subject("b", Standing::Up)];
        checks[1].id = CheckId::new(2);
        let before = shown(&checks);
        let first = event(None, &before, samples::at(5)).unwrap();
        assert_eq!(String::from_utf8_lossy(&first).matches("\"id\":").count(), 2);
        assert_eq!(event(Some(&before), &shown(&checks), samples::at(6)), None);
        checks[1].last = Some(samples::at(5));
        let later = event(Some(&before), &shown(&checks), samples::at(6)).unwrap();
        let text = String::from_utf8_lossy(&later);
        assert!(text.contains("\"id\":2") && !text.contains("\"id\":1,"), "{text}");
        assert!(text.starts_with("data: {") && text.ends_with("}\n\n"), "{text}");
    }
}

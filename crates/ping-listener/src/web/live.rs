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
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::checks::{Row, Selection, Summary, on_page};
use super::moments::{Here, iso};
use super::session::SessionId;
use super::{Pairs, Rooms, State, words};
use crate::http::{answer, timer};
use crate::store::error::StoreError;
use crate::store::view::CheckView;

/// The least distance of two events: more is no help to the eye.
const PAUSE: Duration = Duration::from_secs(1);

/// After so many pauses without news something is sent, so that nothing between takes the stream for dead.
const SILENT_PAUSES_MAX: u32 = 15;

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
    rows: HashMap<CheckId, Row>,
    summary: Summary,
    total: usize,
    /// When the clock alone makes one of the rows late.
    late_at: Option<Timestamp>,
}

/// What is sent.
#[derive(Serialize)]
struct News<'a> {
    now: String,
    summary: &'a Summary,
    total: usize,
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
        self.changes.has_changed().unwrap_or(false) || shown.late_at.is_some_and(|at| at < now)
    }

    /// Looks at the checks again and returns what is new to the viewer.
    async fn look(&mut self, now: Timestamp) -> Result<Option<Bytes>, StoreError> {
        let checks = self.rooms.store.checks().await?;
        let here = Here { now, zone: self.rooms.clock.zone() };
        let on_page: Vec<&CheckView> = match &self.shown {
            None => on_page(&checks, &self.selection),
            // The rows stay where they are while the page is open.
            Some(shown) => checks.iter().filter(|check| shown.rows.contains_key(&check.id)).collect(),
        };
        let rows = on_page.iter().map(|check| (check.id, Row::new(check, here))).collect();
        let late_at = on_page.iter().filter_map(|check| check.deadline).filter(|at| now <= *at).min();
        let summary = Summary::of(&checks);
        let shown = Shown { rows, summary, total: checks.len(), late_at };
        let event = event(self.shown.as_ref(), &shown, now);
        self.shown = Some(shown);
        Ok(event)
    }
}

fn event(before: Option<&Shown>, after: &Shown, now: Timestamp) -> Option<Bytes> {
    let is_new = |id: &CheckId, row: &Row| before.and_then(|before| before.rows.get(id)) != Some(row);
    let rows: Vec<_> = after.rows.iter().filter(|(id, row)| is_new(id, row)).map(|(_, row)| row).collect();
    let is_same =
        before.is_some_and(|before| (&before.summary, before.total) == (&after.summary, after.total));
    if rows.is_empty() && is_same {
        return None;
    }
    let news = News { now: iso(now), summary: &after.summary, total: after.total, rows };
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

    fn shown(checks: &[CheckView]) -> Shown {
        let row = |check: &CheckView| (check.id, Row::new(check, samples::here(5)));
        let rows = checks.iter().map(row).collect();
        Shown { rows, summary: Summary::of(checks), total: checks.len(), late_at: None }
    }

    #[test]
    fn the_first_event_has_everything_and_later_ones_what_changed() {
        let mut checks = [samples::check("a", Standing::Up), samples::check("b", Standing::Up)];
        checks[1].id = CheckId::new(2);
        let before = shown(&checks);
        let first = event(None, &before, samples::at(5)).unwrap();
        assert_eq!(String::from_utf8_lossy(&first).matches("\"id\":").count(), 2);
        assert_eq!(event(Some(&before), &shown(&checks), samples::at(6)), None);
        checks[1].last_ping = Some(samples::at(5));
        let later = event(Some(&before), &shown(&checks), samples::at(6)).unwrap();
        let text = String::from_utf8_lossy(&later);
        assert!(text.contains("\"id\":2") && !text.contains("\"id\":1,"), "{text}");
        assert!(text.starts_with("data: {") && text.ends_with("}\n\n"), "{text}");
    }
}

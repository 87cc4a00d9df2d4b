//! Server-sent events: an open page is told what is new, for as long as its session and the server go on.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::{Body as HttpBody, Frame};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::moments::{Here, Moment};
use super::session::SessionId;
use super::{Rooms, words};
use crate::http::{answer, timer};

/// The least distance of two events: more is no help to the eye.
const PAUSE: Duration = Duration::from_secs(1);

/// After so many pauses without news a beat is sent, so that nothing between takes the stream for dead, and the page
/// knows that it still sees what is.
const SILENT_PAUSES_MAX: u32 = 15;

/// When somebody who found no place may come back.
const PAUSE_WHEN_FULL: Duration = Duration::from_mins(1);

/// What an open page shows, and what would be new to it.
pub(super) trait Seen: Sized + Send + 'static {
    /// Looking on counts as using the session: nobody comes to a page that hangs on a wall to sign in again.
    const USES_SESSION: bool = false;

    /// Tells whether there may be something new although the store has not changed: only the clock has.
    fn is_stale(&self, rooms: &Rooms, now: Timestamp) -> bool;

    /// Looks again, and returns the event that says what is new, if anything is.
    fn look(&mut self, rooms: &Rooms, now: Timestamp) -> impl Future<Output = Option<Bytes>> + Send;
}

/// Answers with what is new to a page, from now on; the first look is at once.
pub(super) fn answer<S: Seen>(rooms: Arc<Rooms>, session: SessionId, seen: S) -> Response<Body> {
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
        seen,
        is_first: true,
        silent_pauses: 0,
        _seat: seat,
    };
    let mut response = Response::new(Body::new(Events { next: Box::pin(viewer.next()) }));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Asks nginx not to hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Writes an event.
pub(super) fn event(news: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(news).expect("plain text and numbers can be written as JSON");
    Bytes::from(format!("data: {json}\n\n"))
}

/// Writes the event that says no more than that all is as it was, and what time it is.
fn beat(here: Here<'_>) -> Bytes {
    let now = Moment::new(here.now, here);
    let json = serde_json::to_string(&now).expect("plain text can be written as JSON");
    Bytes::from(format!("event: beat\ndata: {json}\n\n"))
}

/// Somebody with a page open.
struct Viewer<S> {
    rooms: Arc<Rooms>,
    session: SessionId,
    seen: S,
    changes: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    is_first: bool,
    silent_pauses: u32,
    _seat: OwnedSemaphorePermit,
}

/// An event, and who waits for the one after it.
type Next<S> = Option<(Bytes, Viewer<S>)>;

impl<S: Seen> Viewer<S> {
    /// Returns the next event, or `None` when the session or the server has ended.
    async fn next(mut self) -> Next<S> {
        loop {
            if !self.is_first {
                self.pause().await?;
            }
            if !self.goes_on() {
                return None;
            }
            let now = self.rooms.clock.wall_now();
            let has_changed = self.changes.has_changed().unwrap_or(false);
            if self.is_first || has_changed || self.seen.is_stale(&self.rooms, now) {
                self.is_first = false;
                self.changes.mark_unchanged();
                if let Some(event) = self.seen.look(&self.rooms, now).await {
                    self.silent_pauses = 0;
                    return Some((event, self));
                }
            }
            self.silent_pauses += 1;
            if SILENT_PAUSES_MAX < self.silent_pauses {
                self.silent_pauses = 0;
                return Some((beat(self.rooms.here()), self));
            }
        }
    }

    fn goes_on(&self) -> bool {
        let (sessions, now) = (&self.rooms.sessions, self.rooms.clock.now());
        if S::USES_SESSION { sessions.use_on(self.session, now) } else { sessions.goes_on(self.session, now) }
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
}

/// A body made of events, one after the other.
struct Events<S> {
    next: Pin<Box<dyn Future<Output = Next<S>> + Send>>,
}

impl<S: Seen> HttpBody for Events<S> {
    type Data = Bytes;
    type Error = Infallible;

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

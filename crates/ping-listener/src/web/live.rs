//! Keeps an open page of checks true, by server-sent events.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Extension, Query, State as FromState};
use bytes::Bytes;
use domain::id::CheckId;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::moments::iso;
use super::recent::{GOOD_FOR, Recent};
use super::row::Row;
use super::selection::Selection;
use super::session::SessionId;
use super::subject::Subject;
use super::summary::Summary;
use super::{Pairs, Rooms, State, events};
use crate::store::error::StoreError;

/// Sends what changes on one page of checks, beginning with all of it.
pub(super) async fn stream(
    FromState(rooms): State,
    Extension(session): Extension<SessionId>,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    let page = OpenPage { selection: Selection::of(&pairs), shown: None };
    events::answer(rooms, session, page)
}

/// A page of checks that somebody has open.
struct OpenPage {
    selection: Selection,
    shown: Option<Shown>,
}

/// What the viewer sees.
struct Shown {
    /// What had changed by then.
    version: u64,
    /// The order of the rows as the page has them.
    order: Vec<CheckId>,
    rows: HashMap<CheckId, Row>,
    summary: Summary,
    /// The page would have other rows by now, or another order.
    is_stale: bool,
    /// When the clock alone makes one of the rows late or silent.
    turns_at: Option<Timestamp>,
    looked_at: Timestamp,
}

/// What is sent.
#[derive(Serialize)]
struct News<'a> {
    now: String,
    summary: &'a Summary,
    is_stale: bool,
    rows: Vec<Changed<'a>>,
}

/// A row that is not as it was, with its strip only if that has changed too.
#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    row: &'a Row,
    recent: Option<&'a Recent>,
}

impl events::Seen for OpenPage {
    fn is_stale(&self, rooms: &Rooms, now: Timestamp) -> bool {
        self.shown.as_ref().is_some_and(|shown| {
            rooms.is_past(shown.version)
                || shown.turns_at.is_some_and(|at| at < now)
                || shown.looked_at + GOOD_FOR < now
        })
    }

    async fn look(&mut self, rooms: &Rooms, now: Timestamp) -> Option<Bytes> {
        self.look_again(rooms, now).await.ok().flatten()
    }
}

impl OpenPage {
    /// Looks at the checks again and returns what is new to the viewer.
    async fn look_again(&mut self, rooms: &Rooms, now: Timestamp) -> Result<Option<Bytes>, StoreError> {
        let subjects = rooms.subjects().await?;
        let would_be = subjects.on_page(&self.selection);
        let (on_page, is_stale) = match &self.shown {
            None => (would_be.collect::<Vec<_>>(), false),
            // The rows stay where they are until the page is shown anew.
            Some(shown) => {
                let is_same = would_be.map(|subject| subject.id).eq(shown.order.iter().copied());
                (subjects.of(&shown.order), !is_same)
            }
        };
        let mut recents = rooms.recents(&on_page, now).await?;
        let here = rooms.here();
        let mut row = |subject: &Subject| (subject.id, Row::new(subject, recents.remove(&subject.id), here));
        let turns = on_page.iter().flat_map(|subject| [subject.due, subject.deadline]).flatten();
        let turns_at = turns.filter(|at| now <= *at).min();
        let shown = Shown {
            rows: on_page.iter().map(|subject| row(subject)).collect(),
            turns_at,
            summary: subjects.summary().clone(),
            version: subjects.version,
            order: match &self.shown {
                Some(shown) => shown.order.clone(),
                None => on_page.iter().map(|subject| subject.id).collect(),
            },
            is_stale,
            looked_at: now,
        };
        let event = event(self.shown.as_ref(), &shown, now);
        self.shown = Some(shown);
        Ok(event)
    }
}

fn event(before: Option<&Shown>, after: &Shown, now: Timestamp) -> Option<Bytes> {
    let known = |id: &CheckId| before.and_then(|before| before.rows.get(id));
    let new_rows = after.rows.iter().filter(|(id, row)| known(id) != Some(row));
    let rows: Vec<_> = new_rows
        .map(|(id, row)| {
            let is_new = known(id).is_none_or(|known| known.recent != row.recent);
            Changed { row, recent: row.recent.as_deref().filter(|_| is_new) }
        })
        .collect();
    let is_same =
        before.is_some_and(|before| (&before.summary, before.is_stale) == (&after.summary, after.is_stale));
    if rows.is_empty() && is_same {
        return None;
    }
    let news = News { now: iso(now), summary: &after.summary, is_stale: after.is_stale, rows };
    Some(events::event(&news))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;

    fn shown(subjects: &[Subject]) -> Shown {
        let row = |subject: &Subject| (subject.id, Row::new(subject, None, samples::here(5)));
        Shown {
            version: 0,
            order: subjects.iter().map(|subject| subject.id).collect(),
            rows: subjects.iter().map(row).collect(),
            summary: Summary::of(subjects),
            is_stale: false,
            turns_at: None,
            looked_at: samples::at(0),
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
        assert!(text.contains("\"recent\":null"), "the strip is as it was: {text}");
        assert!(text.starts_with("data: {") && text.ends_with("}\n\n"), "{text}");
    }
}

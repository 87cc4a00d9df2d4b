//! Keeps an open page of checks true, by server-sent events.

use std::collections::{HashMap, HashSet};

use axum::body::Body;
use axum::extract::{Extension, Query, State as FromState};
use bytes::Bytes;
use domain::id::CheckId;
use http::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::moments::iso;
use super::recent::Recent;
use super::row::Row;
use super::selection::Selection;
use super::session::SessionId;
use super::subject::Subject;
use super::summary::Summary;
use super::{Pairs, Rooms, State, events};
use crate::store::error::StoreError;

/// How old the strips may be: a bar is half an hour, and drawing them all costs a look at the history.
const RECENTS_OLD: SignedDuration = SignedDuration::from_mins(1);

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

impl events::Seen for OpenPage {
    fn is_stale(&self, now: Timestamp) -> bool {
        self.shown.as_ref().is_some_and(|shown| {
            shown.turns_at.is_some_and(|at| at < now) || shown.recents_at + RECENTS_OLD < now
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
        let would_be: Vec<_> = self.selection.on_page(&subjects).iter().map(|subject| subject.id).collect();
        let (order, is_stale) = match &self.shown {
            None => (would_be, false),
            // The rows stay where they are until the page is shown anew.
            Some(shown) => (shown.order.clone(), shown.order != would_be),
        };
        let of_order: HashSet<_> = order.iter().collect();
        let on_page: Vec<_> = subjects.iter().filter(|subject| of_order.contains(&subject.id)).collect();
        let (recents, recents_at) = self.recents(rooms, &on_page, now).await?;
        let here = rooms.here();
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
        rooms: &Rooms,
        on_page: &[&Subject],
        now: Timestamp,
    ) -> Result<(HashMap<CheckId, Recent>, Timestamp), StoreError> {
        let fresh = self.shown.as_mut().filter(|shown| now <= shown.recents_at + RECENTS_OLD);
        let Some(shown) = fresh else {
            let all = on_page.iter().map(|subject| subject.id).collect();
            return Ok((rooms.recents(all, now).await?, now));
        };
        let is_same =
            |subject: &&&Subject| shown.rows.get(&subject.id).is_some_and(|row| row.look == subject.look);
        let turned = on_page.iter().filter(|subject| !is_same(subject)).map(|subject| subject.id).collect();
        let mut recents = std::mem::take(&mut shown.recents);
        let recents_at = shown.recents_at;
        recents.extend(rooms.recents(turned, now).await?);
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

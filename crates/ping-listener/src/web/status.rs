//! The status page for everybody: how the checks stand that its owner chose, and how each of the last 90 days was.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, State as FromState};
use bytes::Bytes;
use domain::id::CheckId;
use domain::time::{Span, Timestamp};
use http::{HeaderMap, Response, StatusCode};
use jiff::ToSpan as _;
use jiff::civil::Date;
use tokio::sync::Mutex;

use super::moments::{Here, Moment};
use super::status_days::{Bar, History, legend};
use super::subject::{Look, Subject};
use super::{Rooms, State, guard, html, unavailable, words};
use crate::http::peer::Peer;
use crate::store::error::StoreError;
use crate::store::past::{CHECKS_AT_ONCE_MAX, Cell, Past};
use crate::store::status_page::StatusPage;

/// Days of history.
const DAYS: i32 = 90;

/// How long a page that was made is good enough for everybody who asks.
const GOOD_FOR: Span = Span::from_seconds(1);

/// Checks on the page: it takes some megabytes then, and nobody reads further.
const ROWS_MAX: usize = 1_000;

/// The page as it was last made for strangers, so that a crowd costs no more than one of them.
#[derive(Default)]
pub struct StatusCache(Mutex<Option<(Timestamp, Bytes)>>);

#[derive(Template)]
#[template(path = "status.html")]
struct Page {
    title: String,
    now: Moment,
    zone: String,
    sentence: String,
    style: &'static str,
    rows: Vec<Row>,
    /// How many checks found no room.
    others: usize,
    legend: Vec<Bar>,
    /// Says something only to who is signed in, who may also change the page.
    is_owner: bool,
    is_off: bool,
}

/// One check as everybody may see it: no address, no number, no reason.
struct Row {
    name: String,
    style: &'static str,
    word: &'static str,
    since: Option<Moment>,
    history: History,
}

/// Shows the page to everybody, if its owner has switched it on; to who is signed in in any case.
pub(super) async fn page(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response<Body> {
    let Ok(chosen) = rooms.store.status_page().await else { return unavailable() };
    if rooms.sessions.of(&headers, peer.is_tls, rooms.clock.now()).is_some() {
        return match compose(&rooms, chosen, true).await {
            Ok(page) => html(StatusCode::OK, &page),
            Err(_) => unavailable(),
        };
    }
    if !chosen.is_on {
        return guard::nothing(&rooms, &peer, &headers, words::answers::NO_PAGE);
    }
    match for_everybody(&rooms, chosen).await {
        Ok(page) => html_text(page),
        Err(_) => unavailable(),
    }
}

/// Returns the page as strangers see it, made at most once a second.
async fn for_everybody(rooms: &Arc<Rooms>, chosen: StatusPage) -> Result<Bytes, StoreError> {
    // Whoever comes meanwhile waits here for the one who makes it.
    let mut kept = rooms.status.0.lock().await;
    let now = rooms.clock.now();
    if let Some((made, page)) = &*kept
        && now - *made < GOOD_FOR
    {
        return Ok(page.clone());
    }
    let page = Bytes::from(compose(rooms, chosen, false).await?.render().unwrap_or_default());
    *kept = Some((now, page.clone()));
    Ok(page)
}

async fn compose(rooms: &Rooms, chosen: StatusPage, is_owner: bool) -> Result<Page, StoreError> {
    let subjects = rooms.subjects().await?;
    let subjects = select(&subjects, &chosen);
    let here = rooms.here();
    let today = here.now.to_zoned(here.zone.clone()).date();
    let (from, until) = (today.saturating_sub((DAYS - 1).days()), today.saturating_add(1.day()));
    let shown_ones = &subjects[..subjects.len().min(ROWS_MAX)];
    let mut past: HashMap<CheckId, Past> = HashMap::new();
    for portion in shown_ones.chunks(CHECKS_AT_ONCE_MAX) {
        let ids = portion.iter().map(|subject| subject.id).collect();
        let portion = rooms.store.downtime_by_day(ids, from, until).await?;
        past.extend(portion.into_iter().map(|past| (past.check, past)));
    }
    let dates: Vec<Date> = from.series(1.day()).take_while(|date| *date < until).collect();
    let row = |subject: &&Subject| {
        let past = past.get(&subject.id).filter(|_| subject.look != Look::New);
        let cells = past.map_or(&[][..], |past| &past.cells);
        Row::new(subject, &dates, cells, here)
    };
    let number = |style| subjects.iter().filter(|subject| shown(subject.look).0 == style).count();
    let (down, late) = (number("down"), number("late"));
    Ok(Page {
        title: if chosen.title.is_empty() { words::status::TITLE.to_owned() } else { chosen.title },
        now: Moment::new(here.now, here),
        zone: here.zone.iana_name().unwrap_or_default().to_owned(),
        sentence: words::status::sentence(subjects.len(), down, late),
        style: if 0 < down {
            "down"
        } else if 0 < late {
            "late"
        } else if subjects.is_empty() {
            "new"
        } else {
            "up"
        },
        rows: shown_ones.iter().map(row).collect(),
        others: subjects.len() - shown_ones.len(),
        legend: legend(),
        is_owner,
        is_off: !chosen.is_on,
    })
}

/// Returns the chosen checks: the named ones in their order, then the others by name.
fn select<'a>(subjects: &'a [Subject], chosen: &StatusPage) -> Vec<&'a Subject> {
    let place = |subject: &Subject| chosen.checks.iter().position(|uuid| *uuid == subject.uuid);
    let is_chosen = |subject: &Subject| {
        chosen.has_all || place(subject).is_some() || subject.tags.iter().any(|tag| chosen.tags.contains(tag))
    };
    let mut selected: Vec<_> = subjects.iter().filter(|subject| is_chosen(subject)).collect();
    selected
        .sort_by_cached_key(|subject| (place(subject).unwrap_or(usize::MAX), subject.name.to_lowercase()));
    selected
}

/// Returns how a check is said to stand, to everybody.
fn shown(look: Look) -> (&'static str, &'static str) {
    match look {
        Look::Down(_) => ("down", words::DOWN),
        Look::Late => ("late", words::LATE),
        Look::Running | Look::Up => ("up", words::UP),
        Look::New => ("new", words::status::NO_PING),
        Look::Paused | Look::Unmonitored => ("paused", words::status::UNWATCHED),
    }
}

impl Row {
    fn new(subject: &Subject, dates: &[Date], cells: &[Cell], here: Here<'_>) -> Self {
        let (style, word) = shown(subject.look);
        Self {
            // A check without a name is one that nobody meant to show; its number stays unknown.
            name: if subject.name.is_empty() {
                words::status::UNNAMED.to_owned()
            } else {
                subject.name.to_string()
            },
            style,
            word,
            since: subject.since.map(|since| Moment::new(since, here)),
            history: History::new(dates, cells),
        }
    }
}

fn html_text(text: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let html = http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, html);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;
    use uuid::Uuid;

    fn subject(number: u128, name: &str, tag: &str) -> Subject {
        let mut subject = Subject::declared(Uuid::from_u128(number), samples::check(name, Standing::Down));
        subject.tags = vec![tag.to_owned()];
        subject
    }

    #[test]
    fn only_what_was_chosen_is_shown_the_named_ones_first() {
        let subjects =
            || vec![subject(1, "b", "x"), subject(2, "C", "y"), subject(3, "a", "x"), subject(4, "d", "z")];
        let names = |chosen: &StatusPage| -> Vec<String> {
            let subjects = subjects();
            select(&subjects, chosen).iter().map(|subject| subject.name.to_string()).collect()
        };
        assert!(names(&StatusPage { is_on: true, ..StatusPage::default() }).is_empty());
        let tags = vec!["x".to_owned()];
        let checks = vec![Uuid::from_u128(4), Uuid::from_u128(9), Uuid::from_u128(2)];
        assert_eq!(names(&StatusPage { tags, checks, ..StatusPage::default() }), ["d", "C", "a", "b"]);
        assert_eq!(names(&StatusPage { has_all: true, ..StatusPage::default() }), ["a", "b", "C", "d"]);
    }

    #[test]
    fn nothing_is_shown_that_is_not_for_everybody() {
        let subject = subject(0x7c1d_4be0_52f3_4a86, "<b>pump</b>", "secret-tag");
        let dates = [jiff::civil::date(2026, 11, 21)];
        let page = Page {
            title: "<i>Status</i>".to_owned(),
            now: Moment::new(samples::at(0), samples::here(0)),
            zone: "UTC".to_owned(),
            sentence: words::status::sentence(1, 1, 0),
            style: "down",
            others: 0,
            rows: vec![Row::new(&subject, &dates, &[Cell::default()], samples::here(70))],
            legend: legend(),
            is_owner: false,
            is_off: false,
        };
        let text = page.render().unwrap();
        assert!(text.contains("&#60;b&#62;pump") && text.contains("&#60;i&#62;Status"), "{text}");
        for secret in
            ["7c1d4be0", "secret-tag", "you@example.org", "/ping", "/checks", "/status/setup", "Silent"]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

//! The first page: every check, who is silent and since when, and a switch to ping in its name.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Query, State as FromState};
use domain::standing::Standing;
use domain::time::Span;
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;

use super::logs::address;
use super::moments::{Here, Moment, iso};
use super::{Frame, Pairs, Setting, State, first, html, sign_in, unavailable, words};
use crate::http::peer::Peer;
use crate::store::view::CheckView;

/// Checks on one page: as many as a browser on a phone scrolls without trouble.
const ROWS_MAX: usize = 1_000;

/// Which checks are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// How many to leave out.
    from: usize,
    /// What their names contain, in any case.
    q: String,
}

impl Selection {
    /// Reads it from a page's address; what cannot be read counts as not given.
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
        let from = first(pairs, "from").and_then(|from| from.parse().ok()).unwrap_or(0);
        Self { from, q: first(pairs, "q").unwrap_or_default().to_owned() }
    }
}

/// A check as the page shows it; what changes while the page is open is also sent to its script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) id: u32,
    /// The standing's name in the style sheet.
    standing: &'static str,
    word: &'static str,
    since: Option<Moment>,
    last: Option<Moment>,
    deadline: Option<Moment>,
    note: String,
    #[serde(skip)]
    name: Arc<str>,
    /// The address of the log of the day of its last ping.
    #[serde(skip)]
    log: String,
    #[serde(skip)]
    is_keyed: bool,
    #[serde(skip)]
    every: Span,
    #[serde(skip)]
    max_sleep: Arc<str>,
    #[serde(skip)]
    remind_every: Span,
    #[serde(skip)]
    recipients: String,
}

/// How all checks stand together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    sentence: String,
    counts: Vec<Count>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Count {
    standing: &'static str,
    word: &'static str,
    checks: usize,
}

#[derive(Template)]
#[template(path = "checks.html")]
struct ChecksPage {
    frame: Frame,
    now_iso: String,
    summary: Summary,
    selection: Selection,
    matching: usize,
    rows: Vec<Row>,
    previous: Option<usize>,
    next: Option<usize>,
    settings: Vec<Setting>,
}

/// Shows the checks to who is signed in, and the form to everybody else.
pub(super) async fn page(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    if rooms.sessions.of(&headers, peer.is_tls, rooms.clock.now()).is_none() {
        return sign_in::form(&rooms, StatusCode::UNAUTHORIZED, None);
    }
    let Ok(checks) = rooms.store.checks().await else { return unavailable() };
    let frame = Frame::new(&rooms, words::list::TITLE, "checks", true);
    let here = Here { now: rooms.clock.wall_now(), zone: rooms.clock.zone() };
    let page = compose(frame, &checks, Selection::of(&pairs), here);
    html(StatusCode::OK, &ChecksPage { settings: rooms.notices.settings(), ..page })
}

fn compose(frame: Frame, checks: &[CheckView], selection: Selection, here: Here<'_>) -> ChecksPage {
    let selected = select(checks, &selection);
    let matching = selected.len();
    let rows: Vec<_> =
        selected.into_iter().skip(selection.from).take(ROWS_MAX).map(|check| Row::new(check, here)).collect();
    let after = selection.from.saturating_add(rows.len());
    ChecksPage {
        frame,
        now_iso: iso(here.now),
        summary: Summary::of(checks),
        matching,
        previous: (0 < selection.from).then(|| selection.from.saturating_sub(ROWS_MAX)),
        next: (after < matching).then_some(after),
        selection,
        rows,
        settings: Vec::new(),
    }
}

/// Returns the checks on one page, in its order.
pub(super) fn on_page<'a>(checks: &'a [CheckView], selection: &Selection) -> Vec<&'a CheckView> {
    select(checks, selection).into_iter().skip(selection.from).take(ROWS_MAX).collect()
}

/// The worst first, then by name.
fn select<'a>(checks: &'a [CheckView], selection: &Selection) -> Vec<&'a CheckView> {
    let wanted = selection.q.trim().to_lowercase();
    let mut selected: Vec<_> = checks
        .iter()
        .filter(|check| wanted.is_empty() || check.name.to_lowercase().contains(&wanted))
        .collect();
    selected.sort_by(|one, other| (one.standing, &one.name).cmp(&(other.standing, &other.name)));
    selected
}

impl Row {
    pub(super) fn new(check: &CheckView, here: Here<'_>) -> Self {
        let day = check.last_ping.unwrap_or(here.now).to_zoned(here.zone.clone()).date();
        let moment = |at| Moment::new(at, here);
        Self {
            id: check.id.number(),
            standing: style(check.standing),
            word: word(check.standing),
            since: check.down_since.map(moment),
            last: check.last_ping.map(moment),
            deadline: check.deadline.map(moment),
            note: note(check),
            name: Arc::clone(&check.name),
            log: address(&check.name, None, day),
            is_keyed: check.is_keyed,
            every: ping_every(check.patience),
            max_sleep: Arc::clone(&check.max_sleep),
            remind_every: check.remind_every,
            recipients: check.recipients.join(", "),
        }
    }

    fn every_millis(&self) -> i64 {
        self.every.as_micros() / 1_000
    }
}

/// Half of the longest silence allowed, but no flood and no forgotten tab.
fn ping_every(patience: Span) -> Span {
    patience.scaled(0.5).clamp(Span::from_seconds(1), Span::from_hours(1))
}

fn note(check: &CheckView) -> String {
    let mut parts = Vec::new();
    if 0 < check.alerts {
        parts.push(words::list::alerts(check.alerts));
    }
    if Span::ZERO < check.extended {
        parts.push(words::list::extended(check.extended));
    }
    parts.join("; ")
}

impl Summary {
    fn total(&self) -> usize {
        self.counts.iter().map(|count| count.checks).sum()
    }

    pub(super) fn of(checks: &[CheckView]) -> Self {
        let count = |standing| checks.iter().filter(|check| check.standing == standing).count();
        let counts = Standing::ALL.map(|standing| Count {
            standing: style(standing),
            word: word(standing),
            checks: count(standing),
        });
        let sentence = words::list::summary(checks.len(), count(Standing::Down), count(Standing::Late));
        Self { sentence, counts: counts.into() }
    }
}

fn style(standing: Standing) -> &'static str {
    match standing {
        Standing::Down => "down",
        Standing::Late => "late",
        Standing::Up => "up",
        Standing::New => "new",
        Standing::Unmonitored => "unmonitored",
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Down => words::SILENT,
        Standing::Late => words::LATE,
        Standing::Up => words::UP,
        Standing::New => words::NEW,
        Standing::Unmonitored => words::UNMONITORED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    fn names(checks: &[CheckView], q: &str) -> Vec<String> {
        let selection = Selection { from: 0, q: q.to_owned() };
        on_page(checks, &selection).into_iter().map(|check| check.name.to_string()).collect()
    }

    #[test]
    fn the_silent_come_first_and_a_filter_ignores_case() {
        let checks = [
            samples::check("Backup", Standing::Up),
            samples::check("attic", Standing::Up),
            samples::check("cellar", Standing::Down),
            samples::check("barn", Standing::Unmonitored),
        ];
        assert_eq!(names(&checks, ""), ["cellar", "Backup", "attic", "barn"]);
        assert_eq!(names(&checks, " BA "), ["Backup", "barn"]);
    }

    #[test]
    fn many_checks_are_shown_a_page_at_a_time() {
        let checks = vec![samples::check("x", Standing::Up); 2_500];
        let compose = |from| {
            let frame = samples::frame("Checks", "checks");
            let selection = Selection { from, q: String::new() };
            compose(frame, &checks, selection, samples::here(0))
        };
        let page = compose(1_000);
        assert_eq!((page.rows.len(), page.previous, page.next), (1_000, Some(0), Some(2_000)));
        let last = compose(2_000);
        assert_eq!((last.rows.len(), last.previous, last.next), (500, Some(1_000), None));
        let beyond = compose(usize::MAX);
        assert_eq!((beyond.rows.len(), beyond.next), (0, None));
    }

    #[test]
    fn the_page_pings_twice_in_a_period_within_reason() {
        assert_eq!(ping_every(Span::from_seconds(10)), Span::from_seconds(5));
        assert_eq!(ping_every(Span::ZERO), Span::from_seconds(1));
        assert_eq!(ping_every(Span::from_hours(24)), Span::from_hours(1));
    }

    #[test]
    fn a_name_is_shown_literally_whatever_it_is() {
        let name = "<img src=x onerror=alert(1)>\"'{{7*7}} \u{202e}gnp.exe 🐈";
        let checks = [samples::check(name, Standing::Down)];
        let frame = samples::frame("Checks", "checks");
        let selection = Selection::default();
        let page = compose(frame, &checks, selection, samples::here(30));
        let text = page.render().unwrap();
        assert!(!text.contains("<img src=x"), "{text}");
        assert!(text.contains("/logs?username=%3Cimg"), "{text}");
        assert!(
            text.contains(
                "<bdi>&#60;img src=x onerror=alert(1)&#62;&#34;&#39;{{7*7}} \u{202e}gnp.exe 🐈</bdi>"
            )
        );
    }

    #[test]
    fn the_summary_says_who_is_silent() {
        let of = |standings: &[Standing]| {
            let checks: Vec<_> = standings.iter().map(|standing| samples::check("x", *standing)).collect();
            Summary::of(&checks).sentence
        };
        assert_eq!(of(&[]), "No check is in the config.");
        assert_eq!(of(&[Standing::Up, Standing::New]), "Nobody is silent.");
        assert_eq!(of(&[Standing::Up, Standing::Late]), "1 check is late.");
        assert_eq!(of(&[Standing::Down, Standing::Late]), "1 of 2 checks is silent.");
        assert_eq!(of(&[Standing::Down, Standing::Down]), "2 of 2 checks are silent.");
    }
}

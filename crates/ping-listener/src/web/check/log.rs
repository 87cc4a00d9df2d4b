//! The log of one check, with filters by what a line is about, kept up to date while it is open.

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State as FromState};
use http::{Response, StatusCode};

use super::about::{About, Head};
use super::lines::{Kind, Line, Wanted, latest};
use super::watch::{Mark, is_part};
use crate::web::{Frame, Pairs, State, html, unavailable, words};

/// Lines on the page: more than all kinds together have.
const LINES_MAX: usize = 500;

#[derive(Template)]
#[template(path = "check_log.html")]
struct LogPage {
    frame: Frame,
    head: Head,
    mark: Mark,
    wanted: Wanted,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "check_lines.html")]
struct LinesPart {
    mark: Mark,
    lines: Vec<Line>,
}

/// Shows the log, or only its lines to the script of the page.
pub(super) async fn page(
    FromState(rooms): State,
    About(subject): About,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    let Ok(mark) = Mark::of(&rooms, &subject).await else { return unavailable() };
    let wanted = Wanted::of(&pairs);
    let Ok(lines) = latest(&rooms, &subject, &wanted, LINES_MAX).await else { return unavailable() };
    if is_part(&pairs) {
        return html(StatusCode::OK, &LinesPart { mark, lines });
    }
    let frame = Frame::new(&rooms, words::log::title(&subject.shown_name()), "checks", true);
    let head = Head::new(&subject, "log");
    html(StatusCode::OK, &LogPage { frame, head, mark, wanted, lines })
}

impl LogPage {
    /// Lists the kinds that this check may have lines of.
    fn kinds(&self) -> impl Iterator<Item = &'static (Kind, &'static str, &'static str)> + use<> {
        let is_managed = self.head.is_managed;
        let is_possible = move |kind: Kind| match kind {
            Kind::Said(signal) => is_managed || signal == domain::ping::Signal::Success,
            Kind::Flip | Kind::Mail | Kind::Away => true,
        };
        Kind::ALL.iter().filter(move |(kind, ..)| is_possible(*kind))
    }
}

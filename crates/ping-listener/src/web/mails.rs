//! What was to be said, and what became of it: the latest rows of the outbox.

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State as FromState};
use http::{Response, StatusCode};
use jiff::Timestamp;

use super::moments::{Here, Moment};
use super::{Frame, State, html, see_other, unavailable};
use crate::http::answer;
use crate::store::view::NotificationView;

/// Rows on the page: what the last day or two brought, and a page that is read at a glance.
const ROWS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    frame: Frame,
    now: Timestamp,
    rows: Vec<Row>,
}

struct Row {
    id: i64,
    about: String,
    kind: &'static str,
    recipient: String,
    decided: Moment,
    state: &'static str,
    answer: String,
    is_given_up: bool,
}

/// Lists the latest mails with the mail server's answers.
pub(super) async fn list(FromState(rooms): State) -> Response<Body> {
    let Ok(rows) = rooms.store.notifications(ROWS_MAX).await else { return unavailable() };
    let here = Here { now: rooms.clock.wall_now(), zone: rooms.clock.zone() };
    let page = MailsPage {
        frame: Frame::new(&rooms, "Mails", "mails", true),
        now: here.now,
        rows: rows.into_iter().map(|row| Row::new(row, here)).collect(),
    };
    html(StatusCode::OK, &page)
}

/// Puts a mail that was given up back into the outbox.
pub(super) async fn send_again(FromState(rooms): State, Path(id): Path<String>) -> Response<Body> {
    let Ok(id) = id.parse() else { return unknown() };
    match rooms.store.send_again(id).await {
        Ok(true) => see_other("/mails"),
        Ok(false) => unknown(),
        Err(_) => unavailable(),
    }
}

fn unknown() -> Response<Body> {
    answer::plain(StatusCode::NOT_FOUND, "No mail of this number was given up; reload the page.")
}

impl Row {
    fn new(row: NotificationView, here: Here<'_>) -> Self {
        Self {
            id: row.id,
            about: row.check.unwrap_or_else(|| "a test".to_owned()),
            kind: row.kind,
            recipient: row.recipient,
            decided: Moment::new(row.decided, here),
            is_given_up: row.state == "given up",
            state: row.state,
            answer: row.answer.unwrap_or_default(),
        }
    }
}

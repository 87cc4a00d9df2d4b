//! What was to be said, and what became of it: the latest rows of the outbox.

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State as FromState};
use http::{Response, StatusCode};

use super::moments::{Here, Moment};
use super::{Frame, State, html, see_other, unavailable, words};
use crate::http::answer;
use crate::store::view::NotificationView;

/// Rows on the page: what the last day or two brought, and a page that is read at a glance.
const ROWS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    frame: Frame,
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
    let here = rooms.here();
    let page = MailsPage {
        frame: Frame::new(&rooms, words::mails::TITLE, "mails", true),
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
    answer::plain(StatusCode::NOT_FOUND, words::mails::NOT_GIVEN_UP)
}

impl Row {
    fn new(row: NotificationView, here: Here<'_>) -> Self {
        Self {
            id: row.id,
            about: row.check.unwrap_or_else(|| words::mails::A_TEST.to_owned()),
            kind: row.kind,
            recipient: row.recipient,
            decided: Moment::new(row.decided, here),
            is_given_up: row.state == "given up",
            state: row.state,
            answer: row.answer.unwrap_or_default(),
        }
    }
}

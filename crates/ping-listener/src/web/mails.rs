//! What was to be said, and what became of it: the outbox, and the way its mails take.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State as FromState};
use domain::id::CheckId;
use http::{Response, StatusCode};

use super::moments::{Here, Moment};
use super::subject;
use super::{Frame, MailWay, Pairs, Rooms, State, first, html, see_other, unavailable, words};
use crate::http::answer;
use crate::store::error::StoreError;
use crate::store::posted::Part;
use crate::store::view::{NotificationView, OutboxView, RowState};

/// Rows on one page: what a few days brought, and a page that is read at a glance.
const ROWS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    frame: Frame,
    way: Way,
    parts: Vec<PartLink>,
    /// The part that is shown, as addresses have it.
    part: &'static str,
    is_first: bool,
    rows: Vec<Row>,
    /// The number to go on from.
    older: Option<i64>,
    given_up: u64,
    last_accepted: Option<Moment>,
    oldest: Option<Moment>,
}

/// How mails leave, and what keeps them from it.
struct Way {
    words: String,
    is_inbox: bool,
    trouble: Option<Trouble>,
}

struct Trouble {
    words: String,
    since: Option<Moment>,
    next_try: Option<Moment>,
}

/// A part of the outbox to choose.
struct PartLink {
    key: &'static str,
    word: &'static str,
    count: u64,
}

struct Row {
    id: i64,
    about: String,
    /// Where the page of its check is, if the check is still there.
    page: Option<String>,
    kind: &'static str,
    recipient: String,
    decided: Moment,
    /// The state's name in the style sheet.
    style: &'static str,
    state: &'static str,
    tries: Option<String>,
    due: Option<Moment>,
    is_snoozed: bool,
    answer: String,
    is_given_up: bool,
}

/// The parts, by what addresses call them.
const PARTS: [(&str, Part); 5] = [
    ("all", Part::All),
    ("waiting", Part::Waiting),
    ("sent", Part::Sent),
    ("given-up", Part::GivenUp),
    ("dropped", Part::Dropped),
];

/// Lists mails with the mail server's answers, and says how the way out is.
pub(super) async fn list(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    let asked = first(&pairs, "state").unwrap_or_default();
    let (key, part) = *PARTS.iter().find(|(key, _)| *key == asked).unwrap_or(&PARTS[0]);
    let before = first(&pairs, "before").and_then(|number| number.parse().ok());
    let Ok(mut rows) = rooms.store.outbox_part(part, before, ROWS_MAX + 1).await else {
        return unavailable();
    };
    let Ok(outbox) = rooms.store.outbox().await else { return unavailable() };
    let has_more = ROWS_MAX < rows.len();
    rows.truncate(ROWS_MAX);
    let Ok(pages) = pages_of(&rooms, &rows).await else { return unavailable() };
    let here = rooms.here();
    let moment = |at| Moment::new(at, here);
    let page = MailsPage {
        frame: Frame::new(&rooms, words::mails::TITLE, "mails", true).with_done(&pairs),
        way: Way::new(rooms.notices.mail_way(), here),
        parts: PARTS.iter().map(|(key, part)| PartLink::new(key, *part, &outbox)).collect(),
        part: key,
        is_first: before.is_none(),
        older: rows.last().filter(|_| has_more).map(|row| row.id),
        rows: rows.into_iter().map(|row| Row::new(row, &pages, here)).collect(),
        given_up: outbox.given_up,
        last_accepted: outbox.last_accepted.map(moment),
        oldest: outbox.oldest_due.filter(|due| *due <= here.now).map(moment),
    };
    html(StatusCode::OK, &page)
}

/// Puts a mail that was given up back into the outbox.
pub(super) async fn send_again(FromState(rooms): State, Path(id): Path<String>) -> Response<Body> {
    let Ok(id) = id.parse() else { return unknown() };
    match rooms.store.send_again(id).await {
        Ok(true) => see_other("/mails?done=again"),
        Ok(false) => unknown(),
        Err(_) => unavailable(),
    }
}

/// Puts all mails that were given up back into the outbox.
pub(super) async fn send_all_again(FromState(rooms): State) -> Response<Body> {
    match rooms.store.send_all_again().await {
        Ok(0) => see_other("/mails?done=none-again"),
        Ok(of) => see_other(&format!("/mails?state=waiting&done=again&of={of}")),
        Err(_) => unavailable(),
    }
}

/// Returns where the pages of the checks are that these rows are about.
async fn pages_of(rooms: &Rooms, rows: &[NotificationView]) -> Result<HashMap<CheckId, String>, StoreError> {
    let checks: HashSet<_> = rows.iter().filter_map(|row| row.check).collect();
    let uuids = rooms.store.uuids_of(checks.into_iter().collect()).await?;
    Ok(uuids.into_iter().map(|(check, uuid)| (check, subject::page_of(uuid))).collect())
}

fn unknown() -> Response<Body> {
    answer::plain(StatusCode::NOT_FOUND, words::mails::NOT_GIVEN_UP)
}

impl Way {
    fn new(way: MailWay, here: Here<'_>) -> Self {
        let moment = |at| Moment::new(at, here);
        let trouble = way.trouble.map(|trouble| Trouble {
            words: trouble.words,
            since: trouble.since.map(moment),
            next_try: trouble.next_try.map(moment),
        });
        Self { words: way.words, is_inbox: way.is_inbox, trouble }
    }
}

impl PartLink {
    fn new(key: &'static str, part: Part, outbox: &OutboxView) -> Self {
        let OutboxView { queued, leased, sent, given_up, cancelled, joined, .. } = outbox;
        let (word, count) = match part {
            Part::All => (words::mails::ALL, queued + leased + sent + given_up + cancelled + joined),
            Part::Waiting => (words::mails::WAITING, queued + leased),
            Part::Sent => (words::mails::SENT, *sent),
            Part::GivenUp => (words::mails::GIVEN_UP, *given_up),
            Part::Dropped => (words::mails::DROPPED, cancelled + joined),
        };
        Self { key, word, count }
    }
}

impl Row {
    fn new(row: NotificationView, pages: &HashMap<CheckId, String>, here: Here<'_>) -> Self {
        Self {
            id: row.id,
            page: row.check.and_then(|check| pages.get(&check).cloned()),
            about: row.about.unwrap_or_else(|| words::mails::A_TEST.to_owned()),
            kind: words::mails::kind(row.kind),
            recipient: row.recipient,
            decided: Moment::new(row.decided, here),
            style: match row.state {
                RowState::GivenUp => "down",
                RowState::Sent => "up",
                RowState::Queued | RowState::Leased => "late",
                RowState::Cancelled | RowState::Joined => "unmonitored",
            },
            state: words::mails::state(row.state),
            tries: (0 < row.attempts).then(|| words::mails::tries(row.attempts)),
            due: row.due.filter(|due| here.now < *due).map(|due| Moment::new(due, here)),
            is_snoozed: row.snoozed_until.is_some(),
            answer: row.answer.unwrap_or_default(),
            is_given_up: row.state == RowState::GivenUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::notification::Kind;

    use super::*;
    use crate::web::samples;

    fn row(state: RowState) -> NotificationView {
        NotificationView {
            id: 7,
            about: Some("<b>pump</b>".to_owned()),
            check: Some(CheckId::new(1)),
            kind: Kind::FirstAlert,
            recipient: "you@example.org".to_owned(),
            decided: samples::at(0),
            state,
            attempts: 3,
            answer: Some("550 <no>".to_owned()),
            settled: None,
            due: Some(samples::at(60)),
            snoozed_until: Some(samples::at(60)),
        }
    }

    #[test]
    fn a_row_says_what_became_of_a_mail_and_what_the_server_said() {
        let trouble = super::super::MailTrouble {
            words: "the mail server cannot be reached (<refused>)".to_owned(),
            since: Some(samples::at(0)),
            next_try: Some(samples::at(20)),
        };
        let way = MailWay { words: "mail:465".to_owned(), is_inbox: false, trouble: Some(trouble) };
        let pages = HashMap::from([(CheckId::new(1), "/checks/of-the-pump".to_owned())]);
        let outbox = OutboxView { given_up: 1, queued: 1, ..OutboxView::default() };
        let page = MailsPage {
            frame: samples::frame("Mails", "mails"),
            way: Way::new(way, samples::here(10)),
            parts: PARTS.iter().map(|(key, part)| PartLink::new(key, *part, &outbox)).collect(),
            part: "all",
            is_first: true,
            rows: [RowState::GivenUp, RowState::Queued]
                .map(|state| Row::new(row(state), &pages, samples::here(10)))
                .into(),
            older: Some(7),
            given_up: 1,
            last_accepted: None,
            oldest: None,
        };
        let text = page.render().unwrap();
        for part in [
            "550 &#60;no&#62;",
            "cannot be reached (&#60;refused&#62;)",
            "3 tries",
            r#"<a class="subject" href="/checks/of-the-pump">"#,
            "/mails/7/again",
            "/mails?state=all&#38;before=7",
            words::mails::SNOOZED_UNTIL,
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("<b>pump") && !text.contains("<no>"), "{text}");
    }
}

//! The history of what is asked of a check: who changed what, and when.

use askama::Template;
use axum::body::Body;
use axum::extract::State as FromState;
use http::{Response, StatusCode};

use super::about::{About, Head};
use crate::store::changes::{Author, Change, Deed, FieldChange};
use crate::web::moments::{Here, Moment};
use crate::web::words::history as words_of_history;
use crate::web::{Frame, State, html, unavailable, words};

/// All changes that are kept.
const CHANGES_MAX: usize = 200;

#[derive(Template)]
#[template(path = "check_history.html")]
struct HistoryPage {
    frame: Frame,
    head: Head,
    changes: Vec<Row>,
}

/// One change.
struct Row {
    at: Moment,
    what: String,
    who: String,
    fields: Vec<Field>,
}

/// What was asked before, and after.
struct Field {
    name: &'static str,
    old: String,
    new: String,
}

/// Lists the changes, latest first.
pub(super) async fn page(FromState(rooms): State, About(subject): About) -> Response<Body> {
    let Ok(changes) = rooms.store.changes_of(subject.id, CHANGES_MAX).await else { return unavailable() };
    let here = rooms.here();
    let title = words_of_history::title(&subject.shown_name());
    let page = HistoryPage {
        frame: Frame::new(&rooms, title, "checks", true),
        head: Head::new(&subject, "changes"),
        changes: changes.iter().map(|change| Row::new(change, here)).collect(),
    };
    html(StatusCode::OK, &page)
}

impl Row {
    fn new(change: &Change, here: Here<'_>) -> Self {
        let what = match &change.deed {
            Deed::Made => words_of_history::MADE.to_owned(),
            Deed::Edited => words_of_history::EDITED.to_owned(),
            Deed::Paused => words_of_history::PAUSED.to_owned(),
            Deed::Resumed => words_of_history::RESUMED.to_owned(),
            Deed::Snoozed(until) => words_of_history::snoozed(&Moment::new(*until, here).text),
            Deed::SnoozeEnded => words_of_history::SNOOZE_ENDED.to_owned(),
        };
        let who = match &change.author {
            Author::Person => words_of_history::PERSON.to_owned(),
            Author::Key(prefix) => words_of_history::key(prefix),
            Author::Import => words_of_history::IMPORT.to_owned(),
            Author::Ping => words_of_history::PING.to_owned(),
        };
        Self {
            at: Moment::new(change.at, here),
            what,
            who,
            fields: change.fields.iter().map(Field::new).collect(),
        }
    }
}

impl Field {
    fn new(change: &FieldChange) -> Self {
        Self {
            name: words_of_history::field(change.field),
            old: words_of_history::value(change.field, &change.old),
            new: words_of_history::value(change.field, &change.new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    #[test]
    fn a_change_says_who_did_what_in_words() {
        let field =
            |field, old: &str, new: &str| FieldChange { field, old: old.to_owned(), new: new.to_owned() };
        let change = Change {
            at: samples::at(0),
            author: Author::Key("hcw_ab".to_owned()),
            deed: Deed::Edited,
            fields: vec![
                field("timeout", "3600", "5400"),
                field("is_told", "true", "false"),
                field("tags", "", "prod"),
                field("kind", "simple", "cron"),
            ],
        };
        let row = Row::new(&change, samples::here(60));
        assert!(row.who.contains("hcw_ab"), "{}", row.who);
        let told: Vec<_> =
            row.fields.iter().map(|field| format!("{}: {} → {}", field.name, field.old, field.new)).collect();
        assert_eq!(
            told,
            [
                "Period: 1 h → 1 h 30 min",
                "Mails about it: on → off",
                "Tags: nothing → prod",
                "Expected: in a period → by a cron expression",
            ]
        );
    }
}

//! What is done to checks from the list, to one or to many: pause, resume, tag, snooze, delete.

use std::collections::HashSet;
use std::str::FromStr as _;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Form, State as FromState};
use domain::time::Span;
use futures_util::future::join_all;
use http::{Response, StatusCode};
use uuid::Uuid;

use super::list::{self, Chosen, Mistake};
use super::selection::Selection;
use super::subject::{Look, Subject, span};
use super::{Frame, Pairs, Rooms, State, first, html, lengths, see_other, unavailable, words};
use crate::store::changes::Author;
use crate::store::error::StoreError;
use crate::store::managed::Resumed;
use crate::store::managed::settings::Edit;
use crate::store::snoozes::SNOOZE_MAX;

/// What a column of tags holds.
const TAGS_MAX: usize = 500;

const NO_TAG: Mistake = Mistake { field: "tag", sentence: words::list::NO_TAG };

const NO_TIME: Mistake = Mistake { field: "for", sentence: words::list::NO_TIME };

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    Pause,
    Resume,
    Tag(String),
    Untag(String),
    Snooze(Span),
    Wake,
    Delete,
}

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    frame: Frame,
    checks: Vec<(String, String)>,
    back: String,
    back_address: String,
}

/// Does something to the chosen checks: `do` says what to those of `check`, or `one` says both.
///
/// `back` is the query of the list to go back to, or `check` for the page of the one.
pub(super) async fn act(FromState(rooms): State, Form(pairs): Form<Pairs>) -> Response<Body> {
    let (word, checks) = asked(&pairs);
    let back = first(&pairs, "back").unwrap_or_default();
    let action = match read(word, &pairs) {
        Ok(Some(action)) => action,
        Ok(None) => return see_other(&address(back, &checks, "none", 0)),
        Err(wrong) => return refuse(&rooms, &pairs, &checks, wrong).await,
    };
    let uuids = checks.iter().filter_map(|text| Uuid::from_str(text).ok());
    // Begun at once, so that what is asked of many checks is a few commits and not one each.
    let found = join_all(uuids.map(|uuid| rooms.subject(uuid))).await;
    let Ok(found) = found.into_iter().collect::<Result<Vec<_>, _>>() else { return unavailable() };
    let mut subjects: Vec<Subject> = found.into_iter().flatten().collect();
    subjects.retain(|subject| action.fits(subject));
    if action == Action::Delete && first(&pairs, "sure").is_none() && !subjects.is_empty() {
        return confirm(&rooms, &subjects, &checks, back);
    }
    let deeds = join_all(subjects.iter().map(|subject| perform(&rooms, &action, subject))).await;
    let Ok(deeds) = deeds.into_iter().collect::<Result<Vec<_>, _>>() else { return unavailable() };
    let done = deeds.into_iter().filter(|is_done| *is_done).count();
    let key = if done == 0 { "none" } else { action.key() };
    let is_gone = action == Action::Delete && 0 < done;
    see_other(&address(if is_gone && back == "check" { "" } else { back }, &checks, key, done))
}

fn asked(pairs: &[(String, String)]) -> (&str, Vec<String>) {
    if let Some((word, check)) = first(pairs, "one").and_then(|one| one.split_once(' ')) {
        return (word, vec![check.to_owned()]);
    }
    let mut checks = Vec::new();
    let mut known = HashSet::new();
    for (_, check) in pairs.iter().filter(|(name, _)| name == "check") {
        if known.insert(check) {
            checks.push(check.clone());
        }
    }
    (first(pairs, "do").unwrap_or_default(), checks)
}

/// Reads what is to be done. `None` if it is nothing that can be; `Err` says what is wrong with its fields.
fn read(word: &str, pairs: &[(String, String)]) -> Result<Option<Action>, Mistake> {
    let (word, length) = word.split_once(':').unwrap_or((word, first(pairs, "for").unwrap_or_default()));
    Ok(Some(match word {
        "pause" => Action::Pause,
        "resume" => Action::Resume,
        "wake" => Action::Wake,
        "delete" => Action::Delete,
        "snooze" => {
            let length = lengths::read(length).map(span);
            let length = length.filter(|length| Span::ZERO < *length && *length <= SNOOZE_MAX);
            Action::Snooze(length.ok_or(NO_TIME)?)
        }
        "tag" | "untag" => {
            let tag = first(pairs, "tag").unwrap_or_default().trim();
            if tag.is_empty()
                || tag.contains(|sign: char| sign.is_whitespace() || sign.is_control())
                || TAGS_MAX < tag.chars().count()
            {
                return Err(NO_TAG);
            }
            if word == "tag" { Action::Tag(tag.to_owned()) } else { Action::Untag(tag.to_owned()) }
        }
        _ => return Ok(None),
    }))
}

impl Action {
    /// Tells whether this can be done to a check; what stands in the config is changed there.
    fn fits(&self, subject: &Subject) -> bool {
        let is_managed = subject.settings().is_some();
        match self {
            Self::Pause => is_managed && subject.look != Look::Paused,
            Self::Resume => is_managed && subject.look == Look::Paused,
            Self::Tag(tag) => is_managed && !subject.tags.contains(tag),
            Self::Untag(tag) => is_managed && subject.tags.contains(tag),
            Self::Snooze(_) => true,
            Self::Wake => subject.snoozed_until.is_some(),
            Self::Delete => is_managed,
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Tag(_) => "tagged",
            Self::Untag(_) => "untagged",
            Self::Snooze(_) => "snoozed",
            Self::Wake => "woken",
            Self::Delete => "deleted",
        }
    }
}

/// Does it to one check; returns whether it could be done.
async fn perform(rooms: &Rooms, action: &Action, subject: &Subject) -> Result<bool, StoreError> {
    let (store, id) = (&rooms.store, subject.id);
    let retag = |tags: Vec<&str>| {
        let edit = Edit { tags: Some(tags.join(" ")), ..Edit::default() };
        store.edit(id, edit, Author::Person)
    };
    let tags = || subject.tags.iter().map(String::as_str);
    Ok(match action {
        Action::Pause => store.pause(id, Author::Person).await?.is_some(),
        Action::Resume => matches!(store.resume(id, Author::Person).await?, Resumed::Done(_)),
        Action::Tag(tag) => {
            let tags: Vec<_> = tags().chain([tag.as_str()]).collect();
            tags.join(" ").chars().count() <= TAGS_MAX && retag(tags).await?.is_some()
        }
        Action::Untag(tag) => retag(tags().filter(|known| known != tag).collect()).await?.is_some(),
        Action::Snooze(length) => store.snooze(id, *length, Author::Person).await?.is_some(),
        Action::Wake => store.end_snooze(id, Author::Person).await?,
        Action::Delete => store.delete(id).await?.is_some(),
    })
}

/// Asks once more before checks are deleted.
fn confirm(rooms: &Rooms, subjects: &[Subject], checks: &[String], back: &str) -> Response<Body> {
    let title = words::list::delete_title(subjects.len());
    let named = subjects.iter().map(|subject| (subject.uuid.hyphenated().to_string(), subject.shown_name()));
    let page = DeletePage {
        frame: Frame::new(rooms, title, "checks", true),
        checks: named.collect(),
        back: back.to_owned(),
        back_address: plain_address(back, checks),
    };
    html(StatusCode::OK, &page)
}

/// Shows the list again, with what was chosen and what is wrong.
async fn refuse(
    rooms: &Arc<Rooms>,
    pairs: &[(String, String)],
    checks: &[String],
    wrong: Mistake,
) -> Response<Body> {
    let back = first(pairs, "back").unwrap_or_default();
    let query: Pairs = form_urlencoded::parse(back.as_bytes()).into_owned().collect();
    let chosen = Chosen {
        checks: checks.to_vec(),
        tag: first(pairs, "tag").unwrap_or_default().to_owned(),
        wrong: Some(wrong),
    };
    list::show(rooms, StatusCode::UNPROCESSABLE_ENTITY, &query, chosen).await
}

/// Returns where to go back to: nowhere but to the list or to the page of a check.
fn plain_address(back: &str, checks: &[String]) -> String {
    match checks.first().and_then(|check| Uuid::from_str(check).ok()) {
        Some(uuid) if back == "check" => format!("/checks/{}", uuid.hyphenated()),
        Some(_) | None => Selection::of_query(back).address(),
    }
}

fn address(back: &str, checks: &[String], key: &str, of: usize) -> String {
    let address = plain_address(back, checks);
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}done={key}&of={of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(query: &str) -> Pairs {
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    fn action(query: &str) -> Result<Option<Action>, Mistake> {
        let pairs = form(query);
        read(asked(&pairs).0, &pairs)
    }

    #[test]
    fn a_button_of_one_row_goes_before_what_is_ticked() {
        let pairs = form("check=a&check=b&do=pause&one=snooze:1h+c");
        assert_eq!(asked(&pairs), ("snooze:1h", vec!["c".to_owned()]));
        assert_eq!(action("one=snooze:1h+c&for=30d"), Ok(Some(Action::Snooze(Span::from_hours(1)))));
        assert_eq!(asked(&form("check=a&check=b&check=a&do=pause")).1, ["a", "b"], "each once");
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        assert_eq!(action("do=tag&tag=db"), Ok(Some(Action::Tag("db".to_owned()))));
        for query in ["do=tag", "do=tag&tag=+", "do=untag&tag=a+b", "do=tag&tag=a%00b"] {
            assert_eq!(action(query), Err(NO_TAG), "{query}");
        }
        for query in ["do=snooze", "do=snooze&for=0s", "do=snooze&for=31d", "do=snooze&for=soon"] {
            assert_eq!(action(query), Err(NO_TIME), "{query}");
        }
        assert_eq!(action("do=explode"), Ok(None));
        assert_eq!(action(""), Ok(None));
    }

    #[test]
    fn one_comes_back_to_this_server_and_nowhere_else() {
        let uuid = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55".to_owned();
        let back = |back| address(back, std::slice::from_ref(&uuid), "paused", 2);
        assert_eq!(back("q=a+b&standing=up"), "/?q=a+b&standing=up&done=paused&of=2");
        assert_eq!(back("check"), format!("/checks/{uuid}?done=paused&of=2"));
        for evil in ["https://evil.example", "//evil.example", "/\\evil", ""] {
            assert_eq!(back(evil), "/?done=paused&of=2", "{evil}");
        }
        assert_eq!(address("check", &["../evil".to_owned()], "none", 0), "/?done=none&of=0");
    }
}

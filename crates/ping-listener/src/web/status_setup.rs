//! What everybody may see: switches the status page on, and chooses its title and checks.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Form, Query, State as FromState};
use http::{Response, StatusCode};
use uuid::Uuid;

use super::filled::Filled;
use super::sight::Scene;
use super::subject::Subject;
use super::{Frame, Pairs, Rooms, State, first, html, see_other, unavailable, words};
use crate::store::error::StoreError;
use crate::store::past::CHECKS_AT_ONCE_MAX;
use crate::store::status_page::StatusPage;

/// A title is a line on a page.
const TITLE_CHARS_MAX: usize = 100;

/// Tags to choose from.
const TAGS_MAX: usize = 200;

/// Names that are offered while somebody types.
const NAMES_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "status_setup.html")]
struct SetupPage {
    frame: Frame,
    filled: Filled,
    /// Where everybody sees the page; it is switched on.
    address: Option<String>,
    /// Each with whether it is chosen.
    tags: Vec<(String, bool)>,
    /// What checks are called, by which one can be added.
    names: BTreeSet<Arc<str>>,
}

/// Shows the form with what holds.
pub(super) async fn form(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    match compose(&rooms).await {
        Ok((filled, subjects, chosen)) => {
            html(StatusCode::OK, &page(&rooms, filled, &subjects, &chosen, &pairs))
        }
        Err(_) => unavailable(),
    }
}

/// Puts in force what was filled in, or says what is wrong with it.
pub(super) async fn save(FromState(rooms): State, Form(typed): Form<Pairs>) -> Response<Body> {
    let Ok(subjects) = rooms.subjects().await else { return unavailable() };
    let mut filled = Filled::new(typed.clone());
    let chosen = read(&typed, &subjects, &mut filled);
    if !filled.is_right() {
        let Ok(in_force) = rooms.store.status_page().await else { return unavailable() };
        let in_form = StatusPage { is_on: in_force.is_on, ..chosen };
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page(&rooms, filled, &subjects, &in_form, &[]));
    }
    match rooms.store.set_status_page(&chosen).await {
        Ok(()) => see_other("/status/setup?done=saved"),
        Err(_) => unavailable(),
    }
}

async fn compose(rooms: &Rooms) -> Result<(Filled, Arc<Scene>, StatusPage), StoreError> {
    let chosen = rooms.store.status_page().await?;
    let subjects = rooms.subjects().await?;
    Ok((Filled::new(written(&chosen, &subjects)), subjects, chosen))
}

fn page(
    rooms: &Rooms,
    filled: Filled,
    subjects: &[Subject],
    chosen: &StatusPage,
    pairs: &[(String, String)],
) -> SetupPage {
    let known: BTreeSet<&str> =
        subjects.iter().flat_map(|subject| &subject.tags).map(String::as_str).collect();
    // A tag that nobody has any more can still be taken off.
    let tags: BTreeSet<&str> = known.into_iter().chain(chosen.tags.iter().map(String::as_str)).collect();
    let is_chosen = |tag: &str| chosen.tags.iter().any(|chosen| chosen == tag);
    let names = subjects.iter().map(|subject| &subject.name).filter(|name| !name.is_empty());
    SetupPage {
        frame: Frame::new(rooms, words::status::TITLE, "status", true).with_done(pairs),
        filled,
        address: chosen.is_on.then(|| format!("{}/status", rooms.links.load().root())),
        tags: tags.into_iter().take(TAGS_MAX).map(|tag| (tag.to_owned(), is_chosen(tag))).collect(),
        names: names.take(NAMES_MAX).cloned().collect(),
    }
}

/// Returns the fields of the form as they would be filled in for what holds.
fn written(chosen: &StatusPage, subjects: &[Subject]) -> Pairs {
    let title = if chosen.title.is_empty() { words::status::USUAL_TITLE } else { &chosen.title };
    let line = |uuid: &Uuid| {
        let subject = subjects.iter().find(|subject| subject.uuid == *uuid)?;
        let is_alone = subjects.iter().filter(|other| other.name == subject.name).count() == 1;
        Some(if is_alone { subject.shown_name() } else { uuid.hyphenated().to_string() })
    };
    let lines: Vec<_> = chosen.checks.iter().filter_map(line).collect();
    let mut pairs = vec![("title".to_owned(), title.to_owned()), ("checks".to_owned(), lines.join("\n"))];
    for (name, is_ticked) in [("on", chosen.is_on), ("all", chosen.has_all)] {
        if is_ticked {
            pairs.push((name.to_owned(), "yes".to_owned()));
        }
    }
    pairs
}

/// Reads the form, and takes note of each mistake in it.
fn read(typed: &[(String, String)], subjects: &[Subject], filled: &mut Filled) -> StatusPage {
    let title = first(typed, "title").unwrap_or_default().trim();
    let length = title.chars().count();
    if title.is_empty() {
        filled.refuse("title", words::status::NO_TITLE);
    } else if title.contains(char::is_control) {
        filled.refuse("title", words::asked::NO_LINE);
    } else if TITLE_CHARS_MAX < length {
        filled.refuse("title", words::status::title_too_long(TITLE_CHARS_MAX, length));
    }
    let lines = |field: &'static str| {
        first(typed, field).unwrap_or_default().lines().map(move |line| (field, line.trim()))
    };
    let mut checks = Vec::new();
    for (field, line) in lines("checks").chain(lines("more")).filter(|(_, line)| !line.is_empty()) {
        match find(subjects, line) {
            Ok(uuid) if checks.contains(&uuid) => {}
            Ok(uuid) => checks.push(uuid),
            Err(sentence) => filled.refuse(field, sentence),
        }
    }
    if CHECKS_AT_ONCE_MAX < checks.len() {
        filled.refuse("checks", words::status::too_many(CHECKS_AT_ONCE_MAX, checks.len()));
    }
    let tags = typed.iter().filter(|(name, _)| name == "tag").map(|(_, tag)| tag.clone());
    let page = StatusPage {
        is_on: filled.is_ticked("on"),
        title: title.to_owned(),
        has_all: filled.is_ticked("all"),
        tags: tags.collect(),
        checks,
    };
    if page.is_on && !page.has_all && page.tags.is_empty() && page.checks.is_empty() {
        filled.refuse("checks", words::status::NOTHING_CHOSEN);
    }
    page
}

/// Finds a check by its UUID or its name.
fn find(subjects: &[Subject], line: &str) -> Result<Uuid, String> {
    if let Ok(uuid) = Uuid::try_parse(line)
        && subjects.iter().any(|subject| subject.uuid == uuid)
    {
        return Ok(uuid);
    }
    let mut named = subjects.iter().filter(|subject| *subject.name == *line);
    match (named.next(), named.next()) {
        (Some(subject), None) => Ok(subject.uuid),
        (Some(_), Some(_)) => Err(words::status::ambiguous(line)),
        (None, _) => Err(words::status::unknown(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;

    fn subjects() -> Vec<Subject> {
        let subject = |(number, name): (u128, &str)| {
            Subject::declared(Uuid::from_u128(number), samples::check(name, Standing::Up))
        };
        [(1, "pump"), (2, "twin"), (3, "twin")].map(subject).into()
    }

    fn read_form(fields: &[(&str, &str)]) -> (StatusPage, Filled) {
        let typed: Pairs =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut filled = Filled::new(typed.clone());
        let page = read(&typed, &subjects(), &mut filled);
        (page, filled)
    }

    #[test]
    fn a_form_becomes_what_is_shown_and_back() {
        let twin = "00000000-0000-0000-0000-000000000003";
        let checks = format!("pump\r\n\r\n {twin} \npump");
        let (page, filled) = read_form(&[
            ("on", "yes"),
            ("title", " Works "),
            ("checks", &checks),
            ("more", ""),
            ("tag", "a"),
            ("tag", "b"),
        ]);
        assert!(filled.is_right());
        let expected = StatusPage {
            is_on: true,
            title: "Works".to_owned(),
            has_all: false,
            tags: vec!["a".to_owned(), "b".to_owned()],
            checks: vec![Uuid::from_u128(1), Uuid::from_u128(3)],
        };
        assert_eq!(page, expected);
        let again = Filled::new(written(&page, &subjects()));
        assert_eq!((again.value("title"), again.value("checks")), ("Works", &*format!("pump\n{twin}")));
        assert!(again.is_ticked("on") && !again.is_ticked("all"));
    }

    #[test]
    fn each_mistake_is_told_at_its_field() {
        let (_, filled) = read_form(&[("title", " "), ("checks", "nobody")]);
        assert_eq!(filled.error("title"), Some(words::status::NO_TITLE));
        assert_eq!(filled.error("checks"), Some(&*words::status::unknown("nobody")));
        let (_, filled) = read_form(&[("title", &"x".repeat(101)), ("checks", "twin")]);
        assert_eq!(filled.error("title"), Some("Expected at most 100 characters, found 101."));
        assert_eq!(filled.error("checks"), Some(&*words::status::ambiguous("twin")));
        let (page, filled) = read_form(&[("title", "x"), ("more", " pump ")]);
        assert!(filled.is_right() && page.checks == [Uuid::from_u128(1)]);
        let (_, filled) = read_form(&[("title", "x"), ("more", "nobody")]);
        assert_eq!(filled.error("more"), Some(&*words::status::unknown("nobody")));
        let (_, filled) = read_form(&[("title", "x"), ("on", "yes")]);
        assert_eq!(filled.error("checks"), Some(words::status::NOTHING_CHOSEN));
        let (_, filled) = read_form(&[("title", "x")]);
        assert!(filled.is_right(), "a page that is switched off may be empty");
    }
}

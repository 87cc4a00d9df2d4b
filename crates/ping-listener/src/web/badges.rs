//! Badges: pictures that say on other pages how all checks stand, those of a tag, or one of them.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State as FromState};
use http::{Response, StatusCode};
use uuid::Uuid;

use super::subject::Subject;
use super::{Frame, Pairs, Rooms, State, first, html, unavailable, words};
use crate::links::{ALL_CHECKS, Links, States};
use crate::store::error::StoreError;

/// Checks that a search shows: who finds more types on.
const FOUND_MAX: usize = 20;

/// Tags on the page, each with a picture that the browser fetches.
const TAGS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "badges.html")]
struct BadgesPage {
    frame: Frame,
    has_three: bool,
    /// What was typed to find a check.
    asked: String,
    found: Found,
    badges: Vec<Badge>,
}

/// The checks that were asked for.
enum Found {
    /// None was.
    Unasked,
    Nobody,
    One(Badge),
    /// Name, and address of the page with its badge.
    Several(Vec<(String, String)>),
}

/// One badge, in every form in which other pages take it.
struct Badge {
    title: String,
    /// For this page, which may be open under another address than the server's public one.
    picture: String,
    markdown: String,
    html: String,
    svg: String,
    json: String,
    shields: String,
}

/// Lists the badges of all checks and of each tag, and finds that of a check.
pub(super) async fn page(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    match compose(&rooms, &pairs).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(_) => unavailable(),
    }
}

async fn compose(rooms: &Rooms, pairs: &[(String, String)]) -> Result<BadgesPage, StoreError> {
    let subjects = rooms.subjects().await?;
    let asked = first(pairs, "check").unwrap_or_default().trim().to_owned();
    let has_three = first(pairs, "states") == Some("3");
    let states = if has_three { States::Three } else { States::Two };
    let found = find(rooms, &subjects, &asked, states).await?;
    let links = rooms.links.load();
    let tags: BTreeSet<&str> =
        subjects.iter().flat_map(|subject| &subject.tags).map(String::as_str).collect();
    let of_tag = |tag: &str, title| Badge::new(&links, title, |format| links.badge_url(tag, states, format));
    let mut badges = vec![of_tag(ALL_CHECKS, words::badges::ALL.to_owned())];
    badges.extend(tags.into_iter().take(TAGS_MAX).map(|tag| of_tag(tag, tag.to_owned())));
    let frame = Frame::new(rooms, words::badges::TITLE, "status", true);
    let asked = if let Found::One(badge) = &found { badge.title.clone() } else { asked };
    Ok(BadgesPage { frame, has_three, asked, found, badges })
}

async fn find(rooms: &Rooms, subjects: &[Subject], asked: &str, states: States) -> Result<Found, StoreError> {
    if asked.is_empty() {
        return Ok(Found::Unasked);
    }
    let found = select(subjects, asked);
    let [subject] = found[..] else {
        let link = |subject: &&Subject| {
            let states = if states == States::Three { "&states=3" } else { "" };
            (subject.shown_name(), format!("/badges?check={}{states}", subject.uuid.hyphenated()))
        };
        let several: Vec<_> = found.iter().map(link).collect();
        return Ok(if several.is_empty() { Found::Nobody } else { Found::Several(several) });
    };
    let badge_key = match &subject.settings() {
        None => Some(rooms.store.badge_of_declared(subject.id)),
        Some(_) => rooms.store.managed(subject.id).await?.map(|view| view.badge_key),
    };
    let Some(badge_key) = badge_key else { return Ok(Found::Nobody) };
    let links = rooms.links.load();
    let url = |format: &str| links.check_badge_url(badge_key.hyphenated(), states, format);
    Ok(Found::One(Badge::new(&links, subject.shown_name(), url)))
}

/// Returns the check of that UUID or very name, or else the first of those that have it in their name.
fn select<'s>(subjects: &'s [Subject], asked: &str) -> Vec<&'s Subject> {
    let uuid = Uuid::try_parse(asked).ok();
    let named = |subject: &&Subject| Some(subject.uuid) == uuid || *subject.name == *asked;
    let exact: Vec<_> = subjects.iter().filter(named).take(FOUND_MAX).collect();
    if !exact.is_empty() {
        return exact;
    }
    let wanted = asked.to_lowercase();
    let has_it = |subject: &&Subject| subject.name.to_lowercase().contains(&wanted);
    subjects.iter().filter(has_it).take(FOUND_MAX).collect()
}

impl Badge {
    fn new(links: &Links, title: String, url: impl Fn(&str) -> String) -> Self {
        let svg = url("svg");
        Self {
            picture: svg.strip_prefix(links.root()).unwrap_or(&svg).to_owned(),
            markdown: format!("![{}]({svg})", escaped(&title)),
            html: format!("<img src=\"{svg}\" alt=\"{}\">", attribute(&title)),
            json: url("json"),
            shields: url("shields"),
            title,
            svg,
        }
    }
}

/// Puts a backslash before each sign that would act in Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        if "\\[]*_`<>".contains(sign) {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;

    fn subject(number: u128, name: &str) -> Subject {
        Subject::declared(Uuid::from_u128(number), samples::check(name, Standing::Up))
    }

    #[test]
    fn a_check_is_found_by_its_uuid_its_name_or_a_part_of_it() {
        let subjects = [subject(1, "Pump"), subject(2, "Pump room"), subject(3, "Attic")];
        let found = |asked: &str| -> Vec<String> {
            select(&subjects, asked).into_iter().map(Subject::shown_name).collect()
        };
        assert_eq!(found("Pump"), ["Pump"]);
        assert_eq!(found("pump"), ["Pump", "Pump room"]);
        assert_eq!(found("00000000-0000-0000-0000-000000000003"), ["Attic"]);
        assert!(found("cellar").is_empty());
    }

    #[test]
    fn a_title_stays_a_title_in_the_pages_of_others() {
        let links = Links::new("https://pings.example.org", [7; 32]);
        let badge =
            Badge::new(&links, "a]b\" <x>".to_owned(), |format| format!("{}/b.{format}", links.root()));
        assert_eq!(badge.picture, "/b.svg");
        assert_eq!(badge.markdown, "![a\\]b\" \\<x\\>](https://pings.example.org/b.svg)");
        assert_eq!(badge.html, "<img src=\"https://pings.example.org/b.svg\" alt=\"a]b&quot; &lt;x>\">");
    }
}

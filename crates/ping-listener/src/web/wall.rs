//! The wall view: who is silent, large enough to be read across a room, on a screen that nobody touches.

use std::collections::BTreeMap;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, State as FromState};
use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use super::moments::{Here, Moment};
use super::selection::Selection;
use super::session::SessionId;
use super::sight::Scene;
use super::subject::{Look, Subject};
use super::{Frame, Rooms, State, events, html, unavailable, words};

/// Checks on the wall: more are too small to be read from afar.
const TILES_MAX: usize = 60;

/// So few checks are shown largest.
const FEW: usize = 6;

/// So many are shown large.
const SOME: usize = 24;

#[derive(Template)]
#[template(path = "wall.html")]
struct WallPage {
    frame: Frame,
    now: Moment,
    wall: Wall,
}

/// What the script of the page puts in place of what is there.
#[derive(Template)]
#[template(path = "wall_part.html")]
struct WallPart<'a> {
    now: &'a Moment,
    wall: &'a Wall,
}

/// What is sent when something is new on the wall.
#[derive(Serialize)]
struct News<'a> {
    #[serde(flatten)]
    now: &'a Moment,
    html: String,
}

/// A wall that somebody has hung up.
#[derive(Default)]
struct OpenWall {
    shown: Option<Wall>,
    /// What had changed by then.
    version: u64,
    /// When the clock alone makes one of the checks late or silent, or ends a snooze.
    turns_at: Option<Timestamp>,
}

/// What is on the wall, whatever the clock says.
#[derive(PartialEq, Eq)]
struct Wall {
    sentence: String,
    is_down: bool,
    /// Standing, word and number, worst first.
    counts: Vec<(&'static str, &'static str, usize)>,
    banners: Vec<(&'static str, String)>,
    size: &'static str,
    tiles: Vec<Tile>,
    /// How many checks found no room.
    others: usize,
}

#[derive(PartialEq, Eq)]
struct Tile {
    name: String,
    look: Look,
    /// Since when it has been down, or else its latest ping.
    since: Option<Moment>,
    is_snoozed: bool,
}

/// Shows all checks, the worst first.
pub(super) async fn page(FromState(rooms): State) -> Response<Body> {
    let Ok(subjects) = rooms.subjects().await else { return unavailable() };
    let frame = Frame::new(&rooms, words::wall::TITLE, "status", true);
    let here = rooms.here();
    let wall = Wall::new(&subjects, frame.banners.clone(), here);
    html(StatusCode::OK, &WallPage { frame, now: Moment::new(here.now, here), wall })
}

/// Sends what is on the wall whenever it changes, beginning with all of it.
pub(super) async fn stream(
    FromState(rooms): State,
    Extension(session): Extension<SessionId>,
) -> Response<Body> {
    events::answer(rooms, session, OpenWall::default())
}

impl events::Seen for OpenWall {
    const USES_SESSION: bool = true;

    fn is_stale(&self, rooms: &Rooms, now: Timestamp) -> bool {
        let has_turned = self.turns_at.is_some_and(|at| at < now);
        rooms.is_past(self.version)
            || has_turned
            || self.shown.as_ref().is_some_and(|shown| shown.banners != banners(rooms))
    }

    async fn look(&mut self, rooms: &Rooms, now: Timestamp) -> Option<Bytes> {
        let subjects = rooms.subjects().await.ok()?;
        let turns =
            subjects.iter().flat_map(|subject| [subject.due, subject.deadline, subject.snoozed_until]);
        self.turns_at = turns.flatten().filter(|at| now <= *at).min();
        let here = rooms.here();
        let wall = Wall::new(&subjects, banners(rooms), here);
        self.version = subjects.version;
        if self.shown.as_ref() == Some(&wall) {
            return None;
        }
        let now = Moment::new(here.now, here);
        let html = WallPart { now: &now, wall: &wall }.render().ok()?;
        self.shown = Some(wall);
        Some(events::event(&News { now: &now, html }))
    }
}

fn banners(rooms: &Rooms) -> Vec<(&'static str, String)> {
    Frame::new(rooms, words::wall::TITLE, "status", true).banners
}

impl Wall {
    fn new(subjects: &Scene, banners: Vec<(&'static str, String)>, here: Here<'_>) -> Self {
        let all = subjects.len();
        let mut numbers = BTreeMap::new();
        for subject in subjects.iter() {
            *numbers.entry(subject.look.style()).or_insert(0) += 1;
        }
        let number = |style| numbers.get(style).copied().unwrap_or(0);
        let kinds = Look::KINDS.into_iter().map(|(style, word)| (style, word, number(style)));
        // The list is in that order too, unless somebody wants another.
        let worst_first = subjects.on_page(&Selection::default());
        let tiles: Vec<_> = worst_first.take(TILES_MAX).map(|subject| Tile::new(subject, here)).collect();
        Self {
            sentence: words::wall::sentence(all, number("down"), number("late")),
            is_down: 0 < number("down"),
            counts: kinds.filter(|(_, _, number)| 0 < *number).collect(),
            banners,
            size: size(tiles.len()),
            others: all - tiles.len(),
            tiles,
        }
    }
}

/// Returns how large so many tiles are, for the style sheet.
fn size(tiles: usize) -> &'static str {
    if tiles <= FEW {
        "few"
    } else if tiles <= SOME {
        "some"
    } else {
        "many"
    }
}

impl Tile {
    fn new(subject: &Subject, here: Here<'_>) -> Self {
        Self {
            name: subject.shown_name(),
            look: subject.look,
            since: subject.since.or(subject.last).map(|at| Moment::new(at, here)),
            is_snoozed: subject.snoozed_until.is_some_and(|until| here.now < until),
        }
    }

    fn is_down(&self) -> bool {
        matches!(self.look, Look::Down(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;
    use uuid::Uuid;

    fn wall(standings: &[(&str, Standing)]) -> Wall {
        let subject = |(name, standing): &(&str, Standing)| {
            Subject::declared(Uuid::nil(), samples::check(name, *standing))
        };
        let subjects: Vec<_> = standings.iter().map(subject).collect();
        Wall::new(&Scene::new(subjects), Vec::new(), samples::here(70))
    }

    #[test]
    fn the_worst_comes_first_and_what_finds_no_room_is_counted() {
        let mut checks = vec![("b", Standing::Up); 70];
        checks.extend([("z", Standing::Down), ("a", Standing::Late)]);
        let wall = wall(&checks);
        let names: Vec<_> = wall.tiles.iter().take(3).map(|tile| tile.name.as_str()).collect();
        assert_eq!((names, wall.tiles.len(), wall.others), (vec!["z", "a", "b"], 60, 12));
        assert_eq!(wall.counts, [("down", words::DOWN, 1), ("late", words::LATE, 1), ("up", words::UP, 70)]);
        assert!(wall.is_down && wall.size == "many");
    }

    #[test]
    fn a_few_checks_are_shown_largest_and_a_name_is_shown_literally() {
        let wall = wall(&[("<b>", Standing::Down), ("y", Standing::New)]);
        assert_eq!(wall.size, "few");
        let here = samples::here(70);
        let text = WallPart { now: &Moment::new(here.now, here), wall: &wall }.render().unwrap();
        assert!(text.contains("<bdi>&#60;b&#62;</bdi>") && text.contains("1 min ago"), "{text}");
    }
}

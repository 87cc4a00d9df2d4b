//! The wall view: who is silent, large enough to be read across a room, on a screen that nobody touches.

use std::collections::BTreeMap;

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State as FromState};
use http::{Response, StatusCode};

use super::moments::{Here, Moment};
use super::subject::{Look, Subject};
use super::{Frame, Pairs, State, first, html, unavailable, words};

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
    wall: Wall,
}

/// What the script of the page puts in place of what is there.
#[derive(Template)]
#[template(path = "wall_part.html")]
struct WallPart {
    wall: Wall,
}

/// What is on the wall at one moment.
struct Wall {
    now: Moment,
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

struct Tile {
    name: String,
    look: Look,
    /// Since when it has been down, or else its latest ping.
    since: Option<Moment>,
    is_snoozed: bool,
}

/// Shows all checks, the worst first; `part=wall` asks for what changes alone.
pub(super) async fn page(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    let Ok(subjects) = rooms.subjects().await else { return unavailable() };
    let frame = Frame::new(&rooms, words::wall::TITLE, "status", true);
    let wall = Wall::new(&subjects, frame.banners.clone(), rooms.here());
    if first(&pairs, "part") == Some("wall") {
        return html(StatusCode::OK, &WallPart { wall });
    }
    html(StatusCode::OK, &WallPage { frame, wall })
}

impl Wall {
    fn new(subjects: &[Subject], banners: Vec<(&'static str, String)>, here: Here<'_>) -> Self {
        let all = subjects.len();
        let mut numbers = BTreeMap::new();
        for subject in subjects {
            *numbers.entry(subject.look.style()).or_insert(0) += 1;
        }
        let number = |style| numbers.get(style).copied().unwrap_or(0);
        let kinds = Look::KINDS.into_iter().map(|(style, word)| (style, word, number(style)));
        let mut worst_first: Vec<&Subject> = subjects.iter().collect();
        worst_first.sort_by(|one, other| (one.look, &one.name).cmp(&(other.look, &other.name)));
        let tiles: Vec<_> =
            worst_first.into_iter().take(TILES_MAX).map(|subject| Tile::new(subject, here)).collect();
        Self {
            now: Moment::new(here.now, here),
            sentence: words::wall::sentence(all, number("down"), number("late")),
            is_down: 0 < number("down"),
            counts: kinds.filter(|(_, _, number)| 0 < *number).collect(),
            banners,
            size: size(tiles.len()),
            others: all - tiles.len(),
            tiles,
        }
    }

    fn now_iso(&self) -> &str {
        &self.now.iso
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
        Wall::new(&subjects, Vec::new(), samples::here(70))
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
        let text = WallPart { wall }.render().unwrap();
        assert!(text.contains("<bdi>&#60;b&#62;</bdi>") && text.contains("1 min ago"), "{text}");
    }
}

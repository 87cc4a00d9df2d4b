//! The last day of a check as a strip: when it pinged, was late or down, and when the listener itself was away.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::CheckId;
use domain::time::Span;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::subject::{Look, Subject};
use super::{Rooms, words};
use crate::store::error::StoreError;
use crate::store::past::Cell;

/// How far the strips go back.
const HOURS: i64 = 24;

/// Cells of a strip: half an hour each.
const CELLS: usize = 48;

/// For how long a strip is good: a bar is half an hour, and drawing a page of them costs some milliseconds.
pub(super) const GOOD_FOR: SignedDuration = SignedDuration::from_mins(1);

/// Strips that are kept: about ten megabytes.
const STRIPS_MAX: usize = 10_000;

/// From one bar to the next.
const STEP: usize = 4;

/// Where bars stand, and where the mark of our own absence is drawn below them.
const FOOT: usize = 16;
const MARK_FROM: usize = 18;
const MARK_UNTIL: usize = 20;

/// A strip as the page draws it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Recent {
    /// A path for each kind of bar: its name in the style sheet, and where its lines run.
    pub(super) paths: Vec<(&'static str, String)>,
    /// The same for who cannot see it.
    pub(super) label: String,
}

/// What a bar says, the worst first, and how high it is.
const BARS: [(&str, usize); 5] = [("down", 0), ("late", 4), ("up", 7), ("none", 14), ("unknown", 15)];

impl Recent {
    /// Draws what came in each half hour, the oldest first.
    pub(super) fn draw(cells: &[Cell]) -> Self {
        let mut paths: Vec<(&'static str, String)> = Vec::new();
        let mut count = [0; BARS.len()];
        let mut away = String::new();
        let mut absences = 0;
        for (nth, cell) in cells.iter().enumerate() {
            let x = nth * STEP + STEP / 2;
            if Span::ZERO < cell.away {
                let _ = write!(away, "M{x} {MARK_FROM}V{MARK_UNTIL}");
                absences += 1;
            }
            let kind = kind(cell);
            count[kind] += 1;
            let (style, top) = BARS[kind];
            let line = format!("M{x} {top}V{FOOT}");
            match paths.iter_mut().find(|(known, _)| *known == style) {
                Some((_, path)) => path.push_str(&line),
                None => paths.push((style, line)),
            }
        }
        if !away.is_empty() {
            paths.push(("away", away));
        }
        let [down, late, up, ..] = count;
        Self { paths, label: words::list::recent(up + late, late, down, absences) }
    }
}

/// Returns the place of a cell's bar in [`BARS`]; the last is for the time before the check was made.
fn kind(cell: &Cell) -> usize {
    if Span::ZERO < cell.down || 0 < cell.downs {
        0
    } else if Span::ZERO < cell.late {
        1
    } else if 0 < cell.pings {
        2
    } else if Span::ZERO < cell.known {
        3
    } else {
        4
    }
}

/// The strips that were drawn lately, for all who look.
#[derive(Default)]
pub(super) struct Strips(Mutex<HashMap<CheckId, Strip>>);

/// A strip that was drawn, and of what.
struct Strip {
    drawn: Arc<Recent>,
    at: Timestamp,
    look: Look,
    last: Option<Timestamp>,
}

impl Strip {
    /// Tells whether it would be drawn the same, but for what a minute moves it: a ping more in the latest cell, after
    /// another, changes no bar.
    fn is_good(&self, subject: &Subject, now: Timestamp) -> bool {
        let cell = SignedDuration::from_hours(HOURS) / i32::try_from(CELLS).unwrap_or(1);
        let has_pinged = self.last.is_some_and(|last| now < last + cell);
        let is_lately = (self.at..self.at + GOOD_FOR).contains(&now);
        is_lately && self.look == subject.look && (self.last == subject.last || has_pinged)
    }
}

impl Rooms {
    /// Draws the last day of some checks, at most as many as are on one page.
    pub(super) async fn recents(
        &self,
        subjects: &[&Subject],
        now: Timestamp,
    ) -> Result<HashMap<CheckId, Arc<Recent>>, StoreError> {
        let strips = || self.sight.strips.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recents = HashMap::with_capacity(subjects.len());
        let mut missing: HashMap<CheckId, &Subject> = HashMap::new();
        for subject in subjects {
            match strips().get(&subject.id).filter(|strip| strip.is_good(subject, now)) {
                Some(strip) => drop(recents.insert(subject.id, strip.drawn.clone())),
                None => drop(missing.insert(subject.id, subject)),
            }
        }
        if missing.is_empty() {
            return Ok(recents);
        }
        let from = now.saturating_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::MIN);
        let past = self.store.recent_past(missing.keys().copied().collect(), from, now, CELLS).await?;
        let mut strips = strips();
        if STRIPS_MAX < strips.len() + past.len() {
            strips.clear();
        }
        for past in past {
            let Some(subject) = missing.get(&past.check) else { continue };
            let drawn = Arc::new(Recent::draw(&past.cells));
            let strip = Strip { drawn: drawn.clone(), at: now, look: subject.look, last: subject.last };
            strips.insert(past.check, strip);
            recents.insert(past.check, drawn);
        }
        Ok(recents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_half_hour_shows_the_worst_of_it_and_our_own_absence_apart() {
        let known = Cell { known: Span::from_minutes(30), ..Cell::default() };
        let minute = Span::from_minutes(1);
        let cells = [
            Cell::default(),
            known,
            Cell { pings: 3, ..known },
            Cell { pings: 1, late: minute, ..known },
            Cell { pings: 1, late: minute, down: minute, downs: 1, ..known },
            Cell { away: minute, pings: 1, ..known },
        ];
        let recent = Recent::draw(&cells);
        let expected = [
            ("unknown", "M2 15V16"),
            ("none", "M6 14V16"),
            ("up", "M10 7V16M22 7V16"),
            ("late", "M14 4V16"),
            ("down", "M18 0V16"),
            ("away", "M22 18V20"),
        ];
        assert_eq!(recent.paths, expected.map(|(style, path)| (style, path.to_owned())));
    }
}

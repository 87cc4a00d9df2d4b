//! The last day of a check as a strip: when it pinged, was late or down, and when the listener itself was away.

use std::collections::HashMap;
use std::fmt::Write as _;

use domain::id::CheckId;
use domain::time::Span;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Rooms, words};
use crate::store::error::StoreError;
use crate::store::past::Cell;

/// How far the strips go back.
const HOURS: i64 = 24;

/// Cells of a strip: half an hour each.
const CELLS: usize = 48;

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

impl Rooms {
    /// Draws the last day of some checks, at most as many as are on one page.
    pub(super) async fn recents(
        &self,
        checks: Vec<CheckId>,
        now: Timestamp,
    ) -> Result<HashMap<CheckId, Recent>, StoreError> {
        if checks.is_empty() {
            return Ok(HashMap::new());
        }
        let from = now.saturating_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::MIN);
        let past = self.store.recent_past(checks, from, now, CELLS).await?;
        Ok(past.into_iter().map(|past| (past.check, Recent::draw(&past.cells))).collect())
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

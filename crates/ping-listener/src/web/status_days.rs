//! How each of the last days of a check was, as everybody may see it: a bar a day, and the bad ones in words.

use std::fmt::Write as _;

use domain::time::Span;
use jiff::civil::Date;

use super::words;
use crate::store::past::Cell;

/// A check on such a page is at most this often in its list of bad days.
const BAD_DAYS_MAX: usize = 30;

/// How the days were.
pub(super) struct History {
    pub(super) summary: String,
    /// The outline of all days on which nothing happened.
    pub(super) good: String,
    /// The other days.
    pub(super) bars: Vec<Bar>,
    /// The days on which it was down, latest first, in words.
    pub(super) bad_days: Vec<String>,
}

/// One day, drawn.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) style: &'static str,
    pub(super) title: String,
}

impl History {
    pub(super) fn new(dates: &[Date], cells: &[Cell]) -> Self {
        let days = dates.iter().zip(cells).enumerate();
        let known: Vec<_> = days.filter(|(_, (_, cell))| Span::ZERO < cell.known).collect();
        let mut good = String::new();
        let mut bars = Vec::new();
        for (number, (date, cell)) in &known {
            let (x, style) = (number * 4, style_of(cell));
            if style == "good" {
                let _ = write!(good, "M{x} 0h3v{HEIGHT}h-3z");
            } else {
                bars.push(Bar { x, style, title: words::status::day(**date, &told(cell)) });
            }
        }
        let bad_days = dates.iter().zip(cells).rev().filter(|(_, cell)| Span::ZERO < cell.down);
        let bad_days: Vec<_> = bad_days.map(|(date, cell)| words::status::day(*date, &told(cell))).collect();
        let whole = cells.iter().fold(Cell::default(), |whole, cell| Cell {
            down: whole.down + cell.down,
            away: whole.away + cell.away,
            known: whole.known + cell.known,
            ..whole
        });
        Self {
            summary: words::status::summary(whole.uptime(), bad_days.len(), known.len()),
            good,
            bars,
            bad_days: bad_days.into_iter().take(BAD_DAYS_MAX).collect(),
        }
    }
}

/// Returns a bar of each kind, with what it means.
pub(super) fn legend() -> Vec<Bar> {
    let bar = |(style, meaning): (&'static str, &str)| Bar { x: 0, style, title: meaning.to_owned() };
    words::status::KEY.map(bar).into()
}

/// How high the drawing of a day is.
const HEIGHT: usize = 32;

impl Bar {
    /// Heights tell the same as colours.
    pub(super) fn height(&self) -> usize {
        match self.style {
            "good" => HEIGHT,
            "part" => 24,
            "bad" => 16,
            "away" => 8,
            _ => 3,
        }
    }

    pub(super) fn y(&self) -> usize {
        HEIGHT - self.height()
    }
}

/// Names a day for the style sheet.
fn style_of(cell: &Cell) -> &'static str {
    /// What is worse than this is a bad day.
    const FAIR: f64 = 0.99;
    match cell.uptime() {
        None if Span::ZERO < cell.known => "away",
        None => "none",
        Some(uptime) if Span::ZERO < cell.down => {
            if FAIR <= uptime {
                "part"
            } else {
                "bad"
            }
        }
        Some(_) if Span::from_hours(1) <= cell.away => "away",
        Some(_) => "good",
    }
}

/// Tells in words how a day was.
fn told(cell: &Cell) -> String {
    let mut told = Vec::new();
    if Span::ZERO < cell.down {
        told.push(words::status::down_for(cell.down));
    }
    if Span::from_minutes(1) <= cell.away {
        told.push(words::status::away_for(cell.away));
    }
    if told.is_empty() {
        told.push(words::status::GOOD_DAY.to_owned());
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_bad_as_it_was_and_our_own_absence_is_ours() {
        let day = |down, away| Cell {
            down: Span::from_minutes(down),
            away: Span::from_minutes(away),
            known: Span::from_hours(24),
            ..Cell::default()
        };
        assert_eq!(style_of(&Cell::default()), "none");
        assert_eq!(style_of(&day(0, 0)), "good");
        assert_eq!(style_of(&day(0, 90)), "away");
        assert_eq!(style_of(&day(0, 24 * 60)), "away");
        assert_eq!(style_of(&day(14, 0)), "part");
        assert_eq!(style_of(&day(15, 0)), "bad");
        assert_eq!(told(&day(15, 90)), "down for 15 min, the listener was away for 1 h 30 min");
        let dates = [jiff::civil::date(2026, 11, 20), jiff::civil::date(2026, 11, 21)];
        let history = History::new(&dates, &[day(144, 0), day(0, 0)]);
        assert_eq!(history.summary, "95.00 % up in 2 days, down on 1");
        assert_eq!(history.bad_days, ["2026-11-20: down for 2 h 24 min"]);
    }

    #[test]
    fn quiet_days_are_drawn_at_once_and_the_others_each_with_its_words() {
        let dates: Vec<_> = (1..=3).map(|day| jiff::civil::date(2026, 11, day)).collect();
        let cell =
            |down| Cell { known: Span::from_hours(24), down: Span::from_minutes(down), ..Cell::default() };
        let history = History::new(&dates, &[cell(0), cell(60), cell(0)]);
        assert_eq!(history.good, "M0 0h3v32h-3zM8 0h3v32h-3z");
        let [bar] = &history.bars[..] else { panic!("one day was bad") };
        assert_eq!((bar.x, bar.style, bar.title.as_str()), (4, "bad", "2026-11-02: down for 1 h"));
    }
}

//! When a pattern comes next on the clocks of a zone, which skip hours in spring and repeat them in autumn.

use super::civil::{DAY_SECONDS, Date};
use super::pattern::Pattern;
use crate::wall::WallTime;
use crate::zone::Zone;

/// What becomes of times that clocks skip or show twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Skipped times drop out, repeated ones come twice: the pattern follows the time that passes.
    Follow,
    /// Skipped times come at the first whole minute after the gap, repeated ones the first time only.
    Move,
    /// Skipped times drop out, repeated ones come the first time only.
    Drop,
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// To the end of the year so many years after the one on the clock.
    Years(i64),
    /// To the end of this year.
    Year(i64),
}

/// Returns the first instant after the whole second of `after` at which the pattern comes.
pub(super) fn next_after(
    pattern: &Pattern,
    after: WallTime,
    zone: &Zone,
    (change, limit): (Change, Limit),
) -> Option<WallTime> {
    let start = after.as_seconds() + 1;
    let last_year = match limit {
        Limit::Years(years) => year(start + zone.offset_at(after)) + years,
        Limit::Year(year) => year,
    };
    let mut search = Search { pattern, last_year, known: None };
    for spell in zone.spells_from(start) {
        let shown = spell.shown(start.max(spell.from));
        let unchanged = spell.unchanged.unwrap_or(i64::MIN);
        // Seen from here on only times that the clock shows: a gap lies between the spells.
        if change == Change::Move
            && start <= spell.from
            && unchanged < shown
            && search.first_from(unchanged)? < shown
        {
            let to_whole_minute = (-shown).rem_euclid(60);
            return Some(WallTime::from_seconds(spell.from + to_whole_minute));
        }
        let least = match change {
            Change::Follow => shown,
            Change::Move | Change::Drop => shown.max(unchanged),
        };
        let found = search.first_from(least)?;
        if found < spell.shown(spell.until) {
            return Some(WallTime::from_seconds(found - spell.offset));
        }
    }
    None
}

fn year(shown: i64) -> i64 {
    Date::from_number(shown.div_euclid(DAY_SECONDS)).year
}

/// Remembers what it found last, so that a rare pattern is not looked for again at every change of the clocks.
struct Search<'a> {
    pattern: &'a Pattern,
    last_year: i64,
    /// Where it looked from, and what it found first.
    known: Option<(i64, i64)>,
}

impl Search<'_> {
    fn first_from(&mut self, least: i64) -> Option<i64> {
        if let Some((from, found)) = self.known
            && (from..=found).contains(&least)
        {
            return Some(found);
        }
        let found = self.pattern.first_from(least, self.last_year)?;
        self.known = Some((least, found));
        Some(found)
    }
}

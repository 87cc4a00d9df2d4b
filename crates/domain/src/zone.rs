//! Time zones: what a clock on a wall shows, and the names that a check may have its schedule in.

use crate::wall::WallTime;

/// The names that a time zone may have, one a line, in the order of their bytes.
const NAMES: &str = include_str!("zone/names.txt");

/// Names of old, each with the one that it is replaced by.
const ALIASES: &str = include_str!("zone/aliases.txt");

/// A time zone: how far its clocks are from UTC, and when that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Each with the second it begins at and the seconds it is east of UTC; the first has no beginning.
    spells: Vec<(i64, i64)>,
}

/// A time in which a zone keeps one offset from UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spell {
    /// The first second of it, since the Unix epoch.
    pub(crate) from: i64,
    /// The first second after it.
    pub(crate) until: i64,
    /// Seconds east of UTC.
    pub(crate) offset: i64,
    /// What the clock would show at `from` had it not been changed; `None` if it never was.
    pub(crate) unchanged: Option<i64>,
}

impl Spell {
    /// Returns what the clock shows at this second, as seconds since the epoch of its own wall.
    pub(crate) fn shown(self, second: i64) -> i64 {
        second.saturating_add(self.offset)
    }
}

impl Zone {
    /// Names a zone by its first offset, in seconds east of UTC, and by the offsets after it, each with its beginning.
    ///
    /// What is not later than the change before it, and what changes nothing, is left out.
    #[must_use]
    pub fn new(first: i32, changes: impl IntoIterator<Item = (WallTime, i32)>) -> Self {
        let mut spells = vec![(i64::MIN, i64::from(first))];
        for (from, offset) in changes {
            let (from, offset) = (from.as_seconds(), i64::from(offset));
            if spells.last().is_some_and(|(last, kept)| *last < from && *kept != offset) {
                spells.push((from, offset));
            }
        }
        Self { spells }
    }

    /// Returns the zone that never changes: Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self::new(0, [])
    }

    /// Returns the seconds that clocks are east of UTC at an instant.
    #[must_use]
    pub fn offset_at(&self, at: WallTime) -> i64 {
        self.spells[self.position(at.as_seconds())].1
    }

    /// Goes through the spells from the one that holds `second` on.
    pub(crate) fn spells_from(&self, second: i64) -> impl Iterator<Item = Spell> {
        let first = self.position(second);
        (first..self.spells.len()).map(|nth| {
            let (from, offset) = self.spells[nth];
            let before = nth.checked_sub(1).map(|before| self.spells[before].1);
            Spell {
                from,
                until: self.spells.get(nth + 1).map_or(i64::MAX, |(next, _)| *next),
                offset,
                unchanged: before.map(|before| from.saturating_add(before)),
            }
        })
    }

    /// Finds the spell that holds `second`; the first one holds all there was before.
    fn position(&self, second: i64) -> usize {
        self.spells.partition_point(|(from, _)| *from <= second).saturating_sub(1)
    }
}

/// Returns the name under which a time zone is kept: itself, or what a name of old stands for.
///
/// `None` if it is no name of a time zone; capitals count.
#[must_use]
pub fn canonical(name: &str) -> Option<&'static str> {
    NAMES.lines().find(|known| *known == name).or_else(|| {
        let known = ALIASES.lines().filter_map(|line| line.split_once(' '));
        known.into_iter().find(|(alias, _)| *alias == name).map(|(_, target)| target)
    })
}

/// Returns every name that is kept, in the order of their bytes.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.lines()
}

/// Returns every name of old with the one that it is replaced by.
pub fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALIASES.lines().filter_map(|line| line.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_old_stands_for_a_name_that_is_kept() {
        assert_eq!((names().count(), aliases().count()), (483, 113));
        assert!(names().zip(names().skip(1)).all(|(name, next)| name < next));
        for (alias, target) in aliases() {
            assert_eq!(canonical(alias), Some(target));
            assert_eq!(canonical(target), Some(target), "{alias}");
        }
    }

    #[test]
    fn a_name_is_known_by_its_capitals() {
        for name in ["UTC", "GMT", "Etc/UTC", "Etc/GMT+5", "Europe/Riga", "America/Argentina/Ushuaia"] {
            assert_eq!(canonical(name), Some(name));
        }
        assert_eq!(canonical("Europe/Kiev"), Some("Europe/Kyiv"));
        for name in
            ["", "utc", "europe/riga", "Factory", "America/Coyhaique", "Europe/Kiev Europe/Kyiv", "+02:00"]
        {
            assert_eq!(canonical(name), None, "{name}");
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_change() {
        let at = WallTime::from_seconds;
        let zone = Zone::new(0, [(at(10), 0), (at(20), 3_600), (at(20), 7_200), (at(30), 0)]);
        assert_eq!(zone.spells, [(i64::MIN, 0), (20, 3_600), (30, 0)]);
        assert_eq!([19, 20, 29, 30].map(|second| zone.offset_at(at(second))), [0, 3_600, 3_600, 0]);
    }
}

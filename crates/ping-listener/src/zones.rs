//! The time zones of this machine, as the rules know them.

use std::sync::Arc;

use domain::wall::WallTime;
use domain::zone::{Zone, canonical};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The beginning of the year 2200, in seconds since the epoch: no schedule looks further.
const LAST: i64 = 7_258_118_400;

/// Finds a time zone by a name of the list, or a name of old.
///
/// The data of the system come first, because they are kept up to date; what they lack may be built in.
/// `None` if there are no data, or it is no such name.
#[must_use]
pub fn find(name: &str) -> Option<TimeZone> {
    let name = canonical(name)?;
    jiff::tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name)).ok()
}

/// Finds a time zone as the rules know it: what an expression is read with.
#[must_use]
pub fn look_up(name: &str) -> Option<Arc<Zone>> {
    find(name).map(|zone| Arc::new(spells(&zone)))
}

/// Lists how far a zone is from UTC from 1970 on, and when that changes.
#[must_use]
pub fn spells(zone: &TimeZone) -> Zone {
    let first = zone.to_offset(Timestamp::UNIX_EPOCH).seconds();
    let changes = zone.following(Timestamp::UNIX_EPOCH).map(|change| {
        let from = change.timestamp().as_second();
        (from, change.offset().seconds())
    });
    let near = changes.take_while(|(from, _)| *from < LAST);
    Zone::new(first, near.map(|(from, offset)| (WallTime::from_seconds(from), offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_list_and_every_name_of_old_has_data() {
        let aliases = domain::zone::aliases().map(|(alias, _)| alias);
        let missing: Vec<_> =
            domain::zone::names().chain(aliases).filter(|name| find(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(find("Mars/Olympus"), None);
    }

    #[test]
    fn a_zone_has_the_offsets_that_it_is_read_with() {
        let zone = find("Europe/Riga").unwrap();
        let spells = spells(&zone);
        for day in 0..84_000 {
            let at = Timestamp::from_second(day * 86_400).unwrap();
            let offset = i64::from(zone.to_offset(at).seconds());
            assert_eq!(spells.offset_at(WallTime::from_seconds(at.as_second())), offset, "{at}");
        }
    }
}

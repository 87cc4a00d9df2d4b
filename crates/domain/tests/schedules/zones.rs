//! Time zones for trials, from data that do not depend on this machine.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::wall::WallTime;
use domain::zone::Zone;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The year 2200, in which every search ends.
const LAST: i64 = 7_258_118_400;

/// Reads a zone that there is.
pub(crate) fn load(name: &str) -> Zone {
    convert(&shown(name))
}

/// Reads a zone that there is, to show times by its clocks.
pub(crate) fn shown(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Finds a zone; each is read once.
pub(crate) fn look_up(name: &'static str) -> Option<Arc<Zone>> {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<&'static str, Arc<Zone>>> = const { RefCell::new(BTreeMap::new()) };
    }
    if let Some(zone) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
        return Some(zone);
    }
    let zone = Arc::new(convert(&TimeZoneDatabase::bundled().get(name).ok()?));
    KNOWN.with_borrow_mut(|known| known.insert(name, Arc::clone(&zone)));
    Some(zone)
}

fn convert(zone: &TimeZone) -> Zone {
    let changes =
        zone.following(Timestamp::UNIX_EPOCH).take_while(|change| change.timestamp().as_second() < LAST);
    let changes = changes
        .map(|change| (WallTime::from_seconds(change.timestamp().as_second()), change.offset().seconds()));
    Zone::new(zone.to_offset(Timestamp::UNIX_EPOCH).seconds(), changes)
}

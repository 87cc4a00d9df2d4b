//! Instants as pages show them: on the server's clock, and how long ago.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Rooms, words};

/// The moment and place in which a page is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here<'a> {
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
}

impl Rooms {
    /// Returns the present moment, and whose clocks the pages go by.
    pub(super) fn here(&self) -> Here<'_> {
        Here { now: self.clock.wall_now(), zone: self.clock.zone() }
    }
}

/// An instant on a page. Two are equal if they are the same instant, whenever they are looked at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Moment {
    #[serde(skip)]
    at: Timestamp,
    /// For machines: the page's script counts from it.
    pub(super) iso: String,
    /// For people: the time, and the date if it is not today's.
    pub(super) text: String,
    /// How far away it is: `3 s ago`, `in 2 h 5 min`.
    #[serde(skip)]
    pub(super) ago: String,
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        (self.at, &self.text) == (other.at, &other.text)
    }
}

impl Eq for Moment {}

impl Moment {
    pub(super) fn new(at: Timestamp, here: Here<'_>) -> Self {
        let local = at.to_zoned(here.zone.clone());
        let is_today = local.date() == here.now.to_zoned(here.zone.clone()).date();
        let format = if is_today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
        let ago = words::ago(here.now.as_second() - at.as_second());
        Self { at, iso: iso(at), text: local.strftime(format).to_string(), ago }
    }
}

/// Returns an instant for machines, to the second.
pub(super) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    #[test]
    fn an_instant_is_shown_in_the_servers_zone_with_its_date_only_if_needed() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now = samples::at(0);
        let here = Here { now, zone: &zone };
        let recent = Moment::new(samples::at(-3), here);
        assert_eq!((recent.text.as_str(), recent.ago.as_str()), ("09:59:57", "3 s ago"));
        assert_eq!(recent.iso, "2026-11-21T08:59:57Z");
        let old = Moment::new(samples::at(-86_400), here);
        assert_eq!((old.text.as_str(), old.ago.as_str()), ("2026-11-20 10:00:00", "1 d ago"));
        assert_eq!(Moment::new(samples::at(65), here).ago, "in 1 min 5 s");
    }
}

//! The page of one day of one check, whichever way it was found.

use askama::Template;
use jiff::civil::Date;

use super::logs::bounds;
use super::timeline::{Entry, Strip, Turn, timeline};
use super::{Frame, Rooms, words};
use crate::store::view::DayView;

/// The page.
#[derive(Template)]
#[template(path = "day.html")]
pub(super) struct DayPage {
    frame: Frame,
    name: String,
    /// Where the check has its page, for who may see it.
    about: Option<String>,
    date: Date,
    zone: String,
    pings: usize,
    strip: Strip,
    entries: Vec<Entry>,
    previous: Option<String>,
    next: Option<String>,
    /// Older pings than this many days are not kept.
    forgotten_after: Option<f64>,
}

/// A day of a check, with what is known of it.
pub(super) struct KnownDay {
    pub(super) name: String,
    pub(super) about: Option<String>,
    pub(super) date: Date,
    pub(super) day: DayView,
    pub(super) turns: Vec<Turn>,
    pub(super) is_signed_in: bool,
}

impl DayPage {
    /// Makes the page of a day; `address_of` says where the other days are, if they may be seen.
    pub(super) fn new(rooms: &Rooms, known: KnownDay, address_of: impl Fn(Date) -> Option<String>) -> Self {
        let KnownDay { name, about, date, day, turns, is_signed_in } = known;
        let zone = rooms.clock.zone();
        let today = rooms.clock.wall_now().to_zoned(zone.clone()).date();
        let history_days = rooms.notices.history_days();
        let age = today.since(date).map_or(0, |age| age.get_days());
        Self {
            frame: Frame::new(
                rooms,
                words::day::title(&name, date),
                if is_signed_in { "checks" } else { "" },
                is_signed_in,
            ),
            name,
            about,
            date,
            zone: zone.iana_name().unwrap_or(words::day::LOCAL_TIME).to_owned(),
            pings: day.pings.len(),
            strip: Strip::of(&day.pings, bounds(date, zone)),
            previous: date.yesterday().ok().and_then(&address_of),
            next: date.tomorrow().ok().filter(|date| *date <= today).and_then(&address_of),
            forgotten_after: (history_days < f64::from(age)).then_some(history_days),
            entries: timeline(&day, turns, zone),
        }
    }
}

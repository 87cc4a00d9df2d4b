//! What a schedule means: read out, and when pings would be due next by its clock.

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State as FromState};
use domain::expression::Expression;
use domain::time::Span;
use domain::wall::WallTime;
use http::{Response, StatusCode};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::asked::taken;
use crate::store::managed::settings::Edit;
use crate::web::filled::Filled;
use crate::web::subject::span;
use crate::web::words::preview as words_of_preview;
use crate::web::{Pairs, Rooms, State, asked, html, words};
use crate::zones;

/// So many due times are shown.
const TIMES: usize = 6;

/// What a schedule means.
pub(in crate::web) struct Preview {
    /// When pings are due, in words.
    pub(super) reads: String,
    /// Whose clock the times are by.
    pub(super) zone: String,
    pub(super) times: Vec<DueTime>,
    /// What is wrong, if it cannot be read.
    pub(super) mistakes: Vec<String>,
}

/// An instant at which a ping is due.
pub(super) struct DueTime {
    pub(super) due: String,
    pub(super) iso: String,
    /// How far away it is.
    pub(super) ahead: String,
    /// When somebody is alerted if nothing comes.
    pub(super) alert: String,
}

#[derive(Template)]
#[template(path = "check_preview.html")]
struct PreviewPart {
    preview: Preview,
}

/// Shows what the fields of a form mean, to the script of its page.
pub(in crate::web) async fn fragment(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    html(StatusCode::OK, &PreviewPart { preview: Preview::of(&rooms, taken(pairs)) })
}

impl Preview {
    /// Reads out what the fields of a form ask.
    pub(in crate::web) fn of(rooms: &Rooms, mut filled: Filled) -> Self {
        let edit = asked::times(&mut filled);
        let names = ["period", "schedule", "tz", "grace"];
        let mistakes: Vec<_> =
            names.iter().filter_map(|name| filled.error(name)).map(str::to_owned).collect();
        if !mistakes.is_empty() {
            return Self { reads: String::new(), zone: String::new(), times: Vec::new(), mistakes };
        }
        Self::of_edit(&edit, rooms.clock.wall_now(), rooms.clock.zone())
    }

    fn of_edit(edit: &Edit, now: Timestamp, here: &TimeZone) -> Self {
        let grace = span(edit.grace.unwrap_or_default());
        let Some(text) = &edit.schedule else {
            let period = span(edit.timeout.unwrap_or_default());
            let due = now.saturating_add(jiff_span(period)).unwrap_or(Timestamp::MAX);
            return Self {
                reads: words_of_preview::by_period(period),
                zone: zone_name(here),
                times: vec![DueTime::new(due, grace, now, here)],
                mistakes: Vec::new(),
            };
        };
        let name = edit.tz.as_deref().unwrap_or_default();
        let zone = zones::find(name).unwrap_or(TimeZone::UTC);
        let read = Expression::parse(text, &|name| zones::look_up(name));
        let times = read.as_ref().map(|expression| next_times(expression, now, &zone)).unwrap_or_default();
        Self {
            reads: read.map(|expression| expression.in_words()).unwrap_or_default(),
            zone: zone_name(&zone),
            times: times.into_iter().map(|due| DueTime::new(due, grace, now, &zone)).collect(),
            mistakes: Vec::new(),
        }
    }
}

/// Returns when an expression comes next by the clocks of a zone.
fn next_times(expression: &Expression, now: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
    let spells = zones::spells(zone);
    let first = WallTime::from_micros(now.as_microsecond());
    let next = |after: &WallTime| expression.next_after(*after, &spells);
    let times = std::iter::successors(next(&first), next).take(TIMES);
    times.filter_map(|time| Timestamp::from_microsecond(time.as_micros()).ok()).collect()
}

fn jiff_span(length: Span) -> SignedDuration {
    SignedDuration::from_micros(length.as_micros())
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or(words::day::LOCAL_TIME).to_owned()
}

impl DueTime {
    fn new(due: Timestamp, grace: Span, now: Timestamp, zone: &TimeZone) -> Self {
        let alert = due.saturating_add(jiff_span(grace)).unwrap_or(Timestamp::MAX);
        let is_same_day =
            |zone: &TimeZone| due.to_zoned(zone.clone()).date() == alert.to_zoned(zone.clone()).date();
        let alert_format = if is_same_day(zone) { "%H:%M:%S" } else { "%a %Y-%m-%d %H:%M:%S" };
        Self {
            due: due.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string(),
            iso: crate::web::moments::iso(due),
            ahead: words::ago(now.as_second() - due.as_second()),
            alert: words_of_preview::alert(&alert.to_zoned(zone.clone()).strftime(alert_format).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    fn of(edit: &Edit) -> Preview {
        Preview::of_edit(edit, samples::at(0), &TimeZone::UTC)
    }

    #[test]
    fn times_are_by_the_clock_of_the_schedule() {
        let edit = Edit {
            schedule: Some("0 2 * * *".to_owned()),
            tz: Some("Europe/Riga".to_owned()),
            grace: Some(900),
            ..Edit::default()
        };
        let preview = of(&edit);
        assert_eq!((preview.zone.as_str(), preview.times.len()), ("Europe/Riga", TIMES));
        let first = &preview.times[0];
        assert_eq!(first.due, "Sun 2026-11-22 02:00:00 EET");
        assert_eq!((first.iso.as_str(), first.ahead.as_str()), ("2026-11-22T00:00:00Z", "in 15 h"));
        assert!(first.alert.contains("02:15:00"), "{}", first.alert);
    }

    #[test]
    fn a_period_counts_from_a_ping_that_comes_now() {
        let preview = of(&Edit { timeout: Some(600), grace: Some(86_400), ..Edit::default() });
        assert!(preview.reads.contains("10 min"), "{}", preview.reads);
        assert_eq!(preview.times[0].due, "Sat 2026-11-21 09:10:00 UTC");
        assert!(preview.times[0].alert.contains("2026-11-22 09:10:00"), "{}", preview.times[0].alert);
    }
}

//! One day of a check that is named by its UUID.

use axum::body::Body;
use axum::extract::{Path, State as FromState};
use http::{Response, StatusCode};
use jiff::civil::Date;

use super::about::{About, gone};
use super::flips;
use crate::web::day::{DayPage, KnownDay};
use crate::web::logs::bounds;
use crate::web::timeline::Turn;
use crate::web::{State, html, unavailable};

/// Shows what happened on a day, by the server's clocks.
pub(super) async fn page(
    FromState(rooms): State,
    About(subject): About,
    Path((_, date)): Path<(String, String)>,
) -> Response<Body> {
    let Some(date) = read(&date) else { return gone(&rooms) };
    let (begin, end) = bounds(date, rooms.clock.zone());
    let Ok(day) = rooms.store.day(subject.id, begin, end).await else { return unavailable() };
    let Ok(mut flips) = rooms.store.flips_of(subject.id, Some(begin), Some(end)).await else {
        return unavailable();
    };
    flips.reverse();
    let turn = |flip| {
        let (style, text) = flips::in_words(flip);
        Turn { at: flip.at, style, text: text.to_owned() }
    };
    let address = subject.address();
    let known = KnownDay {
        name: subject.shown_name(),
        about: Some(address.clone()),
        date,
        day,
        turns: flips.iter().map(turn).collect(),
        is_signed_in: true,
    };
    html(StatusCode::OK, &DayPage::new(&rooms, known, |date| Some(format!("{address}/days/{date}"))))
}

/// Reads a date in its one form: `2026-11-21`.
fn read(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_form() {
        assert_eq!(read("2026-11-21"), Some(jiff::civil::date(2026, 11, 21)));
        for text in ["2026-11-31", "20261121", "2026-11-21T00:00:00", "", "x"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

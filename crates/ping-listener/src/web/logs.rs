//! `/logs`: when one check pinged on one day, for programs and for people.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::{Extension, Query, State as FromState};
use domain::id::CheckId;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use subtle::ConstantTimeEq;

use super::day::{DayPage, KnownDay};
use super::session::digest;
use super::timeline::of_flip;
use super::{Pairs, Rooms, State, first, guard, html, unavailable, words};
use crate::http::answer;
use crate::http::peer::Peer;
use crate::store::Entry as Known;
use crate::store::view::DayView;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whose log.
    pub name: String,
    /// Which day of it, by the local calendar.
    pub date: Date,
}

/// Answers with the times of a day's pings, as JSON, as text or as a page.
pub(super) async fn day(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    let asked = match read(&pairs) {
        Ok(asked) => asked,
        Err(sentence) => return answer::plain(StatusCode::BAD_REQUEST, sentence),
    };
    let is_signed_in = rooms.sessions.of(&headers, peer.is_tls, rooms.clock.now()).is_some();
    let Some(known) = find(&rooms, &asked, &pairs, &headers, is_signed_in) else {
        return guard::nothing(&rooms, &peer, &headers, words::day::CLOSED);
    };
    let zone = rooms.clock.zone();
    let (begin, end) = bounds(asked.date, zone);
    let Ok(day) = rooms.store.day(known.id, begin, end).await else { return unavailable() };
    let mut response = match format(&headers) {
        Format::Json => typed("application/json", json(&day.pings, zone)),
        Format::Text => typed("text/plain; charset=utf-8", lines(&day.pings, zone)),
        Format::Html => html(StatusCode::OK, &page(&rooms, (asked, known.id), &pairs, day, is_signed_in)),
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, cookie"));
    response
}

/// Finds a check whose log the asker may read. An unknown name and a wrong key take the same way, and so the same
/// time.
fn find(
    rooms: &Rooms,
    asked: &Asked,
    pairs: &[(String, String)],
    headers: &HeaderMap,
    is_signed_in: bool,
) -> Option<Known> {
    let presented =
        first(pairs, "key").map(str::as_bytes).or(headers.get("x-ping-key").map(HeaderValue::as_bytes));
    let known = rooms.store.find(&asked.name);
    let expected = known.and_then(|known| known.key).unwrap_or_default();
    let has_key = bool::from(digest(presented.unwrap_or_default()).ct_eq(&expected));
    let is_signed = first(pairs, "signature")
        .is_some_and(|signature| rooms.keys.is_signed(&asked.name, asked.date, signature));
    known.filter(|known| known.key.is_none() || has_key || is_signed || is_signed_in)
}

/// Reads the name and the date, or says which part is missing or wrong.
pub fn read(pairs: &[(String, String)]) -> Result<Asked, String> {
    let name = first(pairs, "username").filter(|name| !name.is_empty());
    let name = name.ok_or(words::day::NO_NAME)?;
    let year = part(pairs, "year", &[2, 4])?;
    let month = part(pairs, "month", &[1, 2])?;
    let day = part(pairs, "day", &[1, 2])?;
    let year = if year < 100 && first(pairs, "year").is_some_and(|text| text.len() == 2) {
        2_000 + year
    } else {
        year
    };
    if !(1..=12).contains(&month) {
        return Err(words::day::no_month(month));
    }
    if year == 0 {
        return Err(words::day::NO_YEAR.to_owned());
    }
    let to_small = |number: i16| i8::try_from(number).unwrap_or_default();
    let date =
        Date::new(year, to_small(month), to_small(day)).map_err(|_| words::day::no_day(year, month, day))?;
    Ok(Asked { name: name.to_owned(), date })
}

fn part(pairs: &[(String, String)], name: &str, lengths: &[usize]) -> Result<i16, String> {
    let text = first(pairs, name).ok_or_else(|| words::day::missing(name))?;
    let is_number = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    let [least, most] = [lengths[0], lengths[lengths.len() - 1]];
    number.ok_or_else(|| words::day::unreadable(name, least, most))
}

/// Returns the instants at which a local day begins and ends; on two days a year they are not 24 hours apart. A day
/// that lies beyond the last instant there is has no time in it.
#[must_use]
pub fn bounds(date: Date, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let begin_of = |date: Date| zone.to_zoned(date.at(0, 0, 0, 0)).map(|midnight| midnight.timestamp());
    let begin = begin_of(date).unwrap_or(Timestamp::MAX);
    let end = date.tomorrow().and_then(begin_of).unwrap_or(Timestamp::MAX);
    (begin, end)
}

enum Format {
    Json,
    Text,
    Html,
}

/// Returns the format that is liked best, of those liked alike the first; JSON if none is named.
fn format(headers: &HeaderMap) -> Format {
    let mut best = (0.0, Format::Json);
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    for range in lines.flat_map(|line| line.split(',')) {
        let (kind, parameters) = range.split_once(';').unwrap_or((range, ""));
        let format = match kind.trim().to_ascii_lowercase().as_str() {
            "application/json" | "application/*" | "*/*" => Format::Json,
            "text/html" | "application/xhtml+xml" => Format::Html,
            "text/plain" | "text/*" => Format::Text,
            _ => continue,
        };
        let quality = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
        let quality = quality.map_or(1.0, |text| text.trim().parse::<f64>().unwrap_or(0.0));
        if best.0 < quality {
            best = (quality, format);
        }
    }
    best.1
}

fn typed(kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn json(pings: &[Timestamp], zone: &TimeZone) -> String {
    let mut text = String::with_capacity(2 + 12 * pings.len());
    text.push('[');
    for (nth, ping) in pings.iter().enumerate() {
        let comma = if nth == 0 { "" } else { ", " };
        let local = ping.to_zoned(zone.clone());
        let _ = write!(text, "{comma}\"{}\"", local.strftime("%H:%M:%S"));
    }
    text.push(']');
    text
}

fn lines(pings: &[Timestamp], zone: &TimeZone) -> String {
    let mut text = String::with_capacity(9 * pings.len());
    for ping in pings {
        let _ = writeln!(text, "{}", ping.to_zoned(zone.clone()).strftime("%H:%M:%S"));
    }
    text
}

fn page(
    rooms: &Rooms,
    (asked, check): (Asked, CheckId),
    pairs: &[(String, String)],
    mut day: DayView,
    is_signed_in: bool,
) -> DayPage {
    if !is_signed_in {
        day = DayView { pings: day.pings, ..DayView::default() };
    }
    // A signature opens one day only.
    let has_key = first(pairs, "signature").is_none() || is_signed_in;
    let (name, key) = (asked.name.clone(), first(pairs, "key"));
    let known = KnownDay {
        name: asked.name,
        about: is_signed_in.then(|| format!("/checks/{}", rooms.store.uuid_of_declared(check).hyphenated())),
        date: asked.date,
        turns: day.flips.iter().map(of_flip).collect(),
        day,
        is_signed_in,
    };
    DayPage::new(rooms, known, |date| has_key.then(|| address(&name, key, date)))
}

/// Returns where the log of one day is shown.
pub(super) fn address(name: &str, key: Option<&str>, date: Date) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("username", name);
    for (part, format) in [("year", "%Y"), ("month", "%m"), ("day", "%d")] {
        query.append_pair(part, &date.strftime(format).to_string());
    }
    if let Some(key) = key {
        query.append_pair("key", key);
    }
    format!("/logs?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn ask(query: &str) -> Result<Asked, String> {
        let address = format!("http://x/logs?{query}").parse().unwrap();
        let Query(pairs): Query<Vec<_>> = Query::try_from_uri(&address).unwrap();
        read(&pairs)
    }

    #[test]
    fn dates_are_read_as_the_mails_write_them_and_as_people_do() {
        for query in ["year=26&month=11&day=01", "year=2026&month=11&day=1", "year=26&month=11&day=1"] {
            let asked = ask(&format!("username=a+b%26c&{query}")).unwrap();
            assert_eq!(asked, Asked { name: "a b&c".to_owned(), date: date(2026, 11, 1) });
        }
        assert_eq!(ask("username=a&username=b&year=0026&month=2&day=3").unwrap().date, date(26, 2, 3));
        assert_eq!(ask("username=a&username=b&year=28&month=2&day=29").unwrap().name, "a");
    }

    #[test]
    fn the_answer_names_the_part_of_the_date_that_is_wrong() {
        for (query, part) in [
            ("month=2&day=3", "year"),
            ("year=26&day=3", "month"),
            ("year=26&month=2", "day"),
            ("year=&month=2&day=3", "year"),
            ("year=99999999999&month=2&day=3", "year"),
            ("year=126&month=2&day=3", "year"),
            ("year=0000&month=2&day=3", "year"),
            ("year=26&month=13&day=3", "month"),
            ("year=26&month=0&day=3", "month"),
            ("year=26&month=-1&day=3", "month"),
            ("year=26&month=2&day=%00", "day"),
            ("year=2026&month=2&day=31", "day"),
            ("year=26&month=2&day=0", "day"),
            ("year=26&month=2&day=001", "day"),
        ] {
            let sentence = ask(&format!("username=a&{query}")).unwrap_err();
            assert!(sentence.starts_with(&format!("The {part} ")), "{query}: {sentence}");
        }
        for query in ["year=26&month=2&day=3", "username=&year=26&month=2&day=3"] {
            assert!(ask(query).unwrap_err().contains("username=NAME"));
        }
        assert_eq!(
            ask("username=a&year=26&month=2&day=31").unwrap_err(),
            "The day 31 does not exist in 2026-02."
        );
    }

    fn hours(date: Date, zone: &str) -> i64 {
        let (begin, end) = bounds(date, &TimeZone::get(zone).unwrap());
        end.duration_since(begin).as_hours()
    }

    #[test]
    fn a_day_has_the_hours_that_it_has() {
        assert_eq!(hours(date(2026, 11, 21), "Europe/Berlin"), 24);
        assert_eq!(hours(date(2026, 3, 29), "Europe/Berlin"), 23);
        assert_eq!(hours(date(2026, 10, 25), "Europe/Berlin"), 25);
        // Midnight itself does not exist on this day.
        assert_eq!(hours(date(2018, 11, 4), "America/Sao_Paulo"), 23);
        let (_, end) = bounds(date(9999, 12, 31), &TimeZone::UTC);
        assert_eq!(end, Timestamp::MAX);
    }

    #[test]
    fn the_first_and_the_last_days_there_are_have_no_more_hours_than_others() {
        for zone in ["UTC", "Etc/GMT+12", "Pacific/Kiritimati"] {
            for day in [date(1, 1, 1), date(9999, 12, 29), date(9999, 12, 30), date(9999, 12, 31)] {
                assert!((0..=24).contains(&hours(day, zone)), "{day} in {zone}: {}", hours(day, zone));
            }
        }
    }

    #[test]
    fn json_and_text_have_the_seeds_form() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let pings = [at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00.9Z")];
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(json(&pings, &zone), r#"["02:30:00", "02:30:00"]"#);
        assert_eq!(lines(&pings, &zone), "02:30:00\n02:30:00\n");
        assert_eq!(json(&[], &zone), "[]");
    }

    #[test]
    fn programs_get_json_unless_they_ask_and_browsers_a_page() {
        let of = |accept: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            match format(&headers) {
                Format::Json => "json",
                Format::Text => "text",
                Format::Html => "html",
            }
        };
        assert_eq!(of("*/*"), "json");
        assert_eq!(of("text/plain"), "text");
        assert_eq!(of("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), "html");
        assert_eq!(of("text/html;q=0.5, text/plain;q=0.9"), "text");
        assert_eq!(of("application/json, text/html"), "json");
        assert_eq!(of("image/png"), "json");
    }

    #[test]
    fn links_to_other_days_carry_any_name() {
        assert_eq!(
            address("a&b ü", Some("k+1"), date(2026, 2, 3)),
            "/logs?username=a%26b+%C3%BC&year=2026&month=02&day=03&key=k%2B1"
        );
    }
}

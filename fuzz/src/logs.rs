//! The query of `/logs`: a day that was asked for has the hours of a day, and a refusal says which part is wrong.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use ping_listener::web::logs::{bounds, read};

use crate::input::Input;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
];

/// No day has had more: a country that went back over the date line by a day.
const HOURS_MAX: i64 = 49;

/// Reads the first byte as a time zone and the rest as a query.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let zone = TimeZone::get(ZONES[usize::from(input.byte()) % ZONES.len()]).expect("the zone is built in");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(input.rest()).into_owned().collect();
    match read(&pairs) {
        Ok(asked) => {
            assert!(pairs.iter().any(|(key, value)| key == "username" && *value == asked.name));
            assert!(!asked.name.is_empty());
            let (begin, end) = bounds(asked.date, &zone);
            let length = end.duration_since(begin);
            assert!(
                (SignedDuration::ZERO..SignedDuration::from_hours(HOURS_MAX)).contains(&length),
                "{asked:?}: {length:?}"
            );
        }
        Err(sentence) => {
            assert!(!sentence.is_empty() && !sentence.contains(char::is_control), "{sentence:?}");
        }
    }
}

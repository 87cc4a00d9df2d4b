//! Schedules by the clock: whatever the text, an answer comes soon, is later than asked, and points into the text.

use std::sync::OnceLock;

use domain::expression::{Expression, Kind};
use domain::wall::WallTime;
use domain::zone::Zone;
use ping_listener::zones;

use crate::input::Input;

/// Clocks that change by an hour, by half an hour, twice in a row for Ramadan, at midnight, and never.
const PLACES: [&str; 5] =
    ["Europe/Riga", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana", "UTC"];

/// Reads the first bytes as a place and a second since 1970, and the rest as an expression of this kind.
pub(crate) fn hold(data: &[u8], kind: Kind) {
    let mut input = Input::new(data);
    let place = usize::from(input.byte()) % PLACES.len();
    let second = (0..4).fold(0, |second, _| second << 8 | i64::from(input.byte()));
    let text = String::from_utf8_lossy(input.rest());
    if Kind::of(&text) != kind {
        return;
    }
    let expression = match Expression::parse(&text, &|name| zones::look_up(name)) {
        Ok(expression) => expression,
        Err(mistake) => {
            assert!(text[mistake.at..].starts_with(&mistake.found), "{mistake:?}");
            assert!(!mistake.to_string().is_empty());
            return;
        }
    };
    assert_eq!(expression.kind(), kind);
    assert!(!expression.in_words().is_empty());
    let zone = &all()[place];
    let mut after = WallTime::from_seconds(second);
    for _ in 0..3 {
        let Some(next) = expression.next_after(after, zone) else { return };
        assert!(after < next, "{after:?}, {next:?}");
        let just_before = WallTime::from_seconds(next.as_seconds() - 1);
        assert_eq!(expression.next_after(just_before, zone), Some(next), "{after:?}");
        after = next;
    }
}

fn all() -> &'static [Zone] {
    static ZONES: OnceLock<Vec<Zone>> = OnceLock::new();
    let load = |name| zones::spells(&zones::find(name).expect("a zone of the list has data"));
    ZONES.get_or_init(|| PLACES.map(load).to_vec())
}

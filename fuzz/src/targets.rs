//! Addresses of Healthchecks' pings: each form is read as what it says, below both bases, and nothing else is one.

use ping_listener::ingest::native::order::Query;
use ping_listener::ingest::native::target::{Action, Named, Target, decoded, read_uuid};

/// Reads the bytes as the address of a request, path and query.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    see_the_run(query);
    let path = decoded(path);
    let at_root = Target::read(&path, |_| false);
    if let Some(rest) = path.strip_prefix("/ping/") {
        assert_eq!(at_root, Target::read(&path, |_| true), "below the base nothing is reserved");
        let shifted = format!("/{rest}");
        if !rest.starts_with("ping/") {
            assert_eq!(at_root, Target::read(&shifted, |_| false), "the bases differ");
        }
        assert_eq!(at_root, expected(rest), "{path:?}");
    } else {
        assert_eq!(Target::read(&path, |_| true), None, "a reserved address was taken for a ping");
        assert_eq!(at_root, path.strip_prefix('/').and_then(expected), "{path:?}");
    }
}

/// The contract, read the slow way: by each form in its order.
fn expected(path: &str) -> Option<Target<'_>> {
    let uuid_of = |text| read_uuid(text).filter(|uuid| uuid.to_string() == text);
    if let Some(uuid) = uuid_of(path.strip_suffix('/').unwrap_or(path)) {
        return Some(Target { check: Named::Uuid(uuid), action: Action::Success });
    }
    let (rest, last) = path.rsplit_once('/')?;
    if let (Some(uuid), Some(action)) = (uuid_of(rest), expected_action(last)) {
        return Some(Target { check: Named::Uuid(uuid), action });
    }
    let is_word = |text: &str| {
        !text.is_empty()
            && text.chars().all(|sign| matches!(sign, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_'))
    };
    let named = |text: &'_ str| text.split_once('/').is_some_and(|(key, slug)| is_word(key) && is_word(slug));
    let (name, action) = if named(path) { (path, Action::Success) } else { (rest, expected_action(last)?) };
    let (ping_key, slug) = name.split_once('/').filter(|_| named(name))?;
    Some(Target { check: Named::Slug { ping_key, slug }, action })
}

fn expected_action(word: &str) -> Option<Action> {
    match word {
        "start" => Some(Action::Start),
        "fail" => Some(Action::Fail),
        "log" => Some(Action::Log),
        "" => None,
        _ if word.chars().all(|sign| sign.is_ascii_digit()) => {
            let value = word
                .chars()
                .fold(0_u32, |value, digit| (value * 10 + digit.to_digit(10).unwrap_or(0)).min(1_000));
            Some(Action::ExitStatus(u8::try_from(value).ok()))
        }
        _ => None,
    }
}

/// A run's id has one shape, whatever it is written among.
fn see_the_run(query: &str) {
    if let Ok(Some(rid)) = Query::read(query).rid {
        let again = format!("{query}&rid={}", rid.to_string().to_uppercase());
        assert_eq!(Query::read(&again).rid, Ok(Some(rid)));
        assert!(query.to_ascii_lowercase().contains("rid="), "{query:?} names no run");
    }
    assert!(Query::read(&format!("{query}&rid=")).rid.is_err(), "the last run counts");
    assert!(!Query::read(&format!("{query}&create=0")).creates, "the last word counts");
}

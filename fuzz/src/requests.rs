//! Bodies of the API: any bytes are answered, and what is taken keeps to its limits.

use domain::slug::is_slug;
use ping_listener::api::members::Members;
use ping_listener::api::request::Request;

/// Reads the bytes as what is asked of a check.
pub fn target(data: &[u8]) {
    let Ok(members) = Members::parse(data) else { return };
    let Ok(request) = Request::read(&members) else { return };
    assert!(request.name.is_none_or(|name| name.chars().count() <= 100));
    assert!(request.slug.is_none_or(|slug| is_slug(&slug) && slug.len() <= 100));
    assert!(request.tags.is_none_or(|tags| tags.chars().count() <= 500));
    assert!(request.timeout.is_none_or(|timeout| (1..=31_536_000).contains(&timeout)));
    assert!(request.grace.is_none_or(|grace| grace <= 31_536_000));
    assert!(request.tz.is_none_or(|tz| domain::zone::canonical(&tz) == Some(tz.as_str())));
    assert!(request.methods.is_none_or(|methods| ["", "POST"].contains(&methods.as_str())));
}

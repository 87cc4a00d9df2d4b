//! The query of a ping: the first username, decoded as every other program decodes it.

use http::Uri;
use ping_listener::ingest::query::{NotUtf8, parameter};

/// Reads the bytes as what stands behind `/ping?`.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(uri) = format!("/ping?{text}").parse::<Uri>() else { return };
    let query = uri.query().unwrap_or_default();
    for wanted in ["username", "key"] {
        let raw = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .find(|(name, _)| *name == wanted);
        let ours = parameter(query, wanted);
        let Some((_, raw)) = raw else {
            assert_eq!(ours, None);
            continue;
        };
        // The other decoder puts a sign of replacement where the bytes are no UTF-8.
        let theirs =
            form_urlencoded::parse(format!("x={raw}").as_bytes()).next().map(|(_, value)| value.into_owned());
        match ours {
            Some(Ok(value)) => assert_eq!(Some(value.into_owned()), theirs, "{raw:?}"),
            Some(Err(NotUtf8)) => assert!(theirs.is_some_and(|text| text.contains('\u{FFFD}')), "{raw:?}"),
            None => panic!("{wanted} is in {query:?} and was not found"),
        }
    }
}

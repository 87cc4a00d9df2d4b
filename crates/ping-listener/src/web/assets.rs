//! The style sheet, the scripts and the icons, compiled in.

use axum::body::Body;
use axum::extract::Path;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};

use super::session::digest;
use super::words;
use crate::http::answer;

const SCRIPT: &str = "text/javascript; charset=utf-8";

const IMAGE: &str = "image/svg+xml";

const FILES: &[(&str, &str, &str)] = &[
    ("style.css", "text/css; charset=utf-8", include_str!("../../static/style.css")),
    ("check.css", "text/css; charset=utf-8", include_str!("../../static/check.css")),
    ("words.js", SCRIPT, words::script::MODULE),
    ("page.js", SCRIPT, include_str!("../../static/page.js")),
    ("ticker.js", SCRIPT, include_str!("../../static/ticker.js")),
    ("list.js", SCRIPT, include_str!("../../static/list.js")),
    ("status.js", SCRIPT, include_str!("../../static/status.js")),
    ("wall.js", SCRIPT, include_str!("../../static/wall.js")),
    ("check.js", SCRIPT, include_str!("../../static/check.js")),
    ("asked.js", SCRIPT, include_str!("../../static/asked.js")),
    ("icon.svg", IMAGE, include_str!("../../static/icon.svg")),
    ("icon-down.svg", IMAGE, include_str!("../../static/icon-down.svg")),
];

/// A browser asks each time whether a file is still the same, so that an upgrade shows at once and whole.
const CACHE: &str = "public, no-cache";

/// Serves one of the files; nothing is read from disk.
pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some((_, kind, text)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return answer::plain(StatusCode::NOT_FOUND, words::answers::NO_FILE);
    };
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest(text)[..12]));
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(*text) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    fields.insert(header::ETAG, HeaderValue::try_from(tag).expect("a tag is letters and digits"));
    response
}

/// Serves the icon to programs that ask for it under its old name.
pub(super) async fn favicon(headers: HeaderMap) -> Response<Body> {
    file(Path("icon.svg".to_owned()), headers).await
}

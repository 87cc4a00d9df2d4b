//! The style sheet, the script and the icon, compiled in.

use axum::body::Body;
use axum::extract::Path;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

use crate::http::answer;

const FILES: [(&str, &str, &str); 3] = [
    ("style.css", "text/css; charset=utf-8", include_str!("../../static/style.css")),
    ("pages.js", "text/javascript; charset=utf-8", include_str!("../../static/pages.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../static/icon.svg")),
];

/// An hour: long enough to save requests, short enough that an upgrade shows.
const CACHE: &str = "public, max-age=3600";

/// Serves one of the files; nothing is read from disk.
pub(super) async fn file(Path(name): Path<String>) -> Response<Body> {
    let Some((_, kind, text)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return answer::plain(StatusCode::NOT_FOUND, "There is no such file; the pages begin at /.");
    };
    let mut response = Response::new(Body::from(*text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    response
}

/// Serves the icon to programs that ask for it under its old name.
pub(super) async fn favicon() -> Response<Body> {
    file(Path("icon.svg".to_owned())).await
}

//! Help: where to start, pings from each platform, schedules, and what can be configured; for everybody.

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Path, State as FromState};
use http::{HeaderMap, Response, StatusCode};

use super::markdown::{self, Rendered};
use super::{Frame, Rooms, State, guard, html, snippets, words};
use crate::http::peer::Peer;

/// The texts, each with its name in addresses, in the order in which to read them.
const TEXTS: [(&str, &str); 6] = [
    (FIRST, include_str!("../../../../docs/start.md")),
    ("pings", include_str!("../../../../docs/pings.md")),
    ("schedules", include_str!("../../../../docs/schedules.md")),
    ("schedule-doctor", include_str!("../../../../docs/schedule-doctor.md")),
    ("config", include_str!("../../../../docs/config.md")),
    ("healthchecks", include_str!("../../../../docs/healthchecks.md")),
];

/// The text that is shown where none is named.
const FIRST: &str = "start";

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    frame: Frame,
    texts: Vec<Chapter>,
    page: Rendered,
}

/// A text in the table of contents.
struct Chapter {
    address: String,
    title: &'static str,
    is_open: bool,
}

/// Shows the first text.
pub(super) async fn start(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response<Body> {
    show(&rooms, &peer, &headers, FIRST)
}

/// Shows the text of this name.
pub(super) async fn text(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Response<Body> {
    show(&rooms, &peer, &headers, &name)
}

fn show(rooms: &Rooms, peer: &Peer, headers: &HeaderMap, name: &str) -> Response<Body> {
    let Some((name, source)) = TEXTS.iter().find(|(known, _)| *known == name) else {
        return guard::nothing(rooms, peer, headers, words::answers::NO_PAGE);
    };
    let is_signed_in = rooms.sessions.of(headers, peer.is_tls, rooms.clock.now()).is_some();
    let root = snippets::quotable(rooms.links.load().root());
    let page = markdown::render(source, &root);
    let frame = Frame::new(rooms, page.title.as_str(), "docs", is_signed_in);
    html(StatusCode::OK, &DocsPage { frame, texts: contents(name), page })
}

fn contents(open: &str) -> Vec<Chapter> {
    let chapter = |(name, source): &(&'static str, &'static str)| Chapter {
        address: address(name),
        title: markdown::title(source),
        is_open: *name == open,
    };
    TEXTS.iter().map(chapter).collect()
}

/// Returns where a text is shown.
pub(super) fn address(name: &str) -> String {
    if name == FIRST { "/docs".to_owned() } else { format!("/docs/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_between_texts_leads_to_a_place_that_is_there() {
        let pages: Vec<_> = TEXTS
            .iter()
            .map(|(name, source)| (address(name), markdown::render(source, "http://x")))
            .collect();
        for (own, page) in &pages {
            assert!(!page.title.is_empty(), "{own}");
            for link in page.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let (to, place) = link.split_once('#').map_or((link, None), |(to, place)| (to, Some(place)));
                let to = if to.is_empty() { own } else { to };
                if to.starts_with("/api/") {
                    continue;
                }
                let target = pages.iter().find(|(address, _)| address == to);
                let (_, target) = target.unwrap_or_else(|| panic!("{own} leads to {link}"));
                let is_there = place.is_none_or(|place| target.html.contains(&format!("id=\"{place}\"")));
                assert!(is_there, "{own} leads to {link}");
            }
        }
    }
}

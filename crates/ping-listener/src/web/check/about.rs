//! Which check a page is about, and what all pages about one check show first.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use http::{Response, StatusCode};
use uuid::Uuid;

use crate::web::subject::{Look, Origin, Subject};
use crate::web::{Frame, Rooms, html, unavailable, words};

/// The check that an address names.
pub(super) struct About(pub(super) Subject);

/// A page about a check: the place that its [`Head`] names, the end of the address, and the word.
type Tab = (&'static str, &'static str, &'static str);

/// What stands above every page about one check.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) uuid: String,
    look: Look,
    pub(super) is_snoozed: bool,
    pub(super) tags: Vec<String>,
    pub(super) is_managed: bool,
    pub(super) tabs: &'static [Tab],
    /// Which of its pages this is.
    pub(super) place: &'static str,
}

/// The pages about a managed check.
const OF_MANAGED: [Tab; 4] = [
    ("overview", "", words::check::OVERVIEW),
    ("log", "/log", words::check::LOG),
    ("edit", "/edit", words::check::EDIT),
    ("changes", "/changes", words::history::TITLE),
];

/// The pages about a declared one, which is changed in the config.
const OF_DECLARED: [Tab; 3] = [
    ("overview", "", words::check::OVERVIEW),
    ("log", "/log", words::check::LOG),
    ("edit", "/edit", words::check::CONFIG),
];

#[derive(Template)]
#[template(path = "gone.html")]
struct GonePage {
    frame: Frame,
}

impl FromRequestParts<Arc<Rooms>> for About {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Self::Rejection> {
        let params = RawPathParams::from_request_parts(parts, rooms).await.ok();
        let uuid = params.iter().flatten().find(|(name, _)| *name == "uuid").map(|(_, text)| text);
        let Some(uuid) = uuid.and_then(|text| Uuid::try_parse(text).ok()) else { return Err(gone(rooms)) };
        match rooms.subject(uuid).await {
            Ok(Some(subject)) => Ok(Self(subject)),
            Ok(None) => Err(gone(rooms)),
            Err(_) => Err(unavailable()),
        }
    }
}

/// Says that there is no such check.
pub(super) fn gone(rooms: &Rooms) -> Response<Body> {
    let frame = Frame::new(rooms, words::check::GONE, "checks", true);
    html(StatusCode::NOT_FOUND, &GonePage { frame })
}

impl Head {
    pub(super) fn new(subject: &Subject, place: &'static str) -> Self {
        let is_managed = matches!(subject.origin, Origin::Managed(_));
        Self {
            name: subject.shown_name(),
            address: subject.address(),
            uuid: subject.uuid.hyphenated().to_string(),
            look: subject.look,
            is_snoozed: subject.snoozed_until.is_some(),
            tags: subject.tags.clone(),
            is_managed,
            tabs: if is_managed { &OF_MANAGED } else { &OF_DECLARED },
            place,
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.look == Look::Paused
    }
}

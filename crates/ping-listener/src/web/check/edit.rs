//! The form that changes what is asked of a check; of a declared one it says where that stands.

use askama::Template;
use axum::body::Body;
use axum::extract::{Form, State as FromState};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Response, StatusCode};

use super::about::{About, Head, gone};
use super::asked::{filled_in, read, taken};
use super::preview::Preview;
use crate::store::changes::Author;
use crate::store::managed::settings::Settings;
use crate::web::filled::Filled;
use crate::web::session::digest;
use crate::web::subject::{Look, Origin, Subject};
use crate::web::{Frame, Pairs, Rooms, State, html, see_other, unavailable, words};

/// The hidden field by which a form knows what held when it was filled in.
const AS_READ: &str = "as_read";

#[derive(Template)]
#[template(path = "check_edit.html")]
struct EditPage {
    frame: Frame,
    head: Head,
    filled: Filled,
    preview: Preview,
    /// What held when the form was filled in.
    as_read: String,
    /// That has changed meanwhile.
    is_outdated: bool,
}

#[derive(Template)]
#[template(path = "check_declared.html")]
struct DeclaredPage {
    frame: Frame,
    head: Head,
    place: String,
    asked: Vec<(&'static str, String)>,
}

/// Shows what is asked of a check.
pub(super) async fn page(FromState(rooms): State, About(subject): About) -> Response<Body> {
    match &subject.origin {
        Origin::Declared(_) => declared(&rooms, &subject).await,
        Origin::Managed(settings) => form(&rooms, &subject, StatusCode::OK, filled_in(settings)),
    }
}

/// Changes what is asked of a check, or shows what the fields mean.
pub(super) async fn save(
    FromState(rooms): State,
    About(subject): About,
    Form(pairs): Form<Pairs>,
) -> Response<Body> {
    let Origin::Managed(settings) = &subject.origin else { return declared(&rooms, &subject).await };
    let mut filled = taken(pairs);
    let edit = read(&mut filled);
    if !filled.is_right() {
        return form(&rooms, &subject, StatusCode::UNPROCESSABLE_ENTITY, filled);
    }
    if filled.is_ticked("preview") {
        return form(&rooms, &subject, StatusCode::OK, filled);
    }
    // Who has not seen what another has saved meanwhile would undo it.
    if ![mark(settings).as_str(), ""].contains(&filled.value(AS_READ)) {
        return form(&rooms, &subject, StatusCode::CONFLICT, filled);
    }
    match rooms.store.edit(subject.id, edit, Author::Person).await {
        Ok(Some(_)) => see_other(&format!("{}?done=saved", subject.address())),
        Ok(None) => gone(&rooms),
        Err(_) => unavailable(),
    }
}

fn form(rooms: &Rooms, subject: &Subject, status: StatusCode, filled: Filled) -> Response<Body> {
    let preview = Preview::of(rooms, filled.clone());
    let frame = Frame::new(rooms, words::edit::title(&subject.shown_name()), "checks", true);
    let is_outdated = status == StatusCode::CONFLICT;
    let as_read = match filled.value(AS_READ) {
        // Who has been told may save.
        read if !is_outdated && !read.is_empty() => read.to_owned(),
        _ => subject.settings().map(mark).unwrap_or_default(),
    };
    html(status, &EditPage { frame, head: Head::new(subject, "edit"), filled, preview, as_read, is_outdated })
}

/// Returns by what settings are told from others.
fn mark(settings: &Settings) -> String {
    URL_SAFE_NO_PAD.encode(&digest(format!("{settings:?}"))[..12])
}

async fn declared(rooms: &Rooms, subject: &Subject) -> Response<Body> {
    let place = rooms.declarations.place_of(&subject.name).await;
    let frame = Frame::new(rooms, words::edit::config_title(&subject.shown_name()), "checks", true);
    let Origin::Declared(check) = &subject.origin else { return gone(rooms) };
    let recipients = if check.recipients.is_empty() {
        words::list::NOBODY.to_owned()
    } else {
        check.recipients.join(", ")
    };
    let asked = vec![
        ("monitor", (subject.look != Look::Unmonitored).to_string()),
        ("max_sleep", words::edit::in_seconds(&check.max_sleep)),
        ("email_frequency", check.remind_every.to_string()),
        ("recipient", recipients),
    ];
    html(StatusCode::OK, &DeclaredPage { frame, head: Head::new(subject, "edit"), place, asked })
}

impl EditPage {
    fn is_by_clock(&self) -> bool {
        self.filled.value("kind") == "schedule"
    }
}

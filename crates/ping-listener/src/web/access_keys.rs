//! Keys for programs, made and revoked by hand: each is shown once.

use askama::Template;
use axum::body::Body;
use axum::extract::{Form, Path, State as FromState};
use http::{Response, StatusCode};

use super::{Frame, Pairs, State, first, html, see_other, settings, unavailable, words};
use crate::http::answer;
use crate::keys;
use crate::store::managed::keys::KeyKind;

#[derive(Template)]
#[template(path = "key_made.html")]
struct MadePage {
    frame: Frame,
    key: String,
    opens: &'static str,
}

#[derive(Template)]
#[template(path = "key_revoke.html")]
struct RevokePage {
    frame: Frame,
    id: i64,
    opens: &'static str,
    prefix: String,
}

/// Makes a key, and shows it.
pub(super) async fn make(FromState(rooms): State, Form(typed): Form<Pairs>) -> Response<Body> {
    let Some(kind) = first(&typed, "opens").and_then(KeyKind::from_word) else {
        let wrong = Some(words::settings::KIND_UNKNOWN);
        return settings::show(&rooms, StatusCode::UNPROCESSABLE_ENTITY, &[], wrong).await;
    };
    let key = keys::draw(kind, &rooms.random);
    let row = keys::row(kind, &key, &rooms.store.secret(), rooms.clock.wall_now());
    match rooms.store.add_key(kind, row.prefix, row.digest).await {
        Ok(()) => {
            let frame = Frame::new(&rooms, words::settings::KEY_MADE, "settings", true);
            html(StatusCode::OK, &MadePage { frame, key, opens: words::settings::opens(kind.word()) })
        }
        Err(_) => unavailable(),
    }
}

/// Asks whether a key is to be revoked.
pub(super) async fn ask(FromState(rooms): State, Path(id): Path<String>) -> Response<Body> {
    let Ok(keys) = rooms.store.keys().await else { return unavailable() };
    let Some(key) = keys.into_iter().find(|key| id == key.id.to_string()) else { return unknown() };
    let page = RevokePage {
        frame: Frame::new(&rooms, words::settings::REVOKE_TITLE, "settings", true),
        id: key.id,
        opens: words::settings::opens(key.kind.word()),
        prefix: key.prefix,
    };
    html(StatusCode::OK, &page)
}

/// Revokes a key.
pub(super) async fn revoke(FromState(rooms): State, Path(id): Path<String>) -> Response<Body> {
    let Ok(id) = id.parse() else { return unknown() };
    match rooms.store.revoke_key(id).await {
        Ok(true) => see_other("/settings?done=revoked"),
        Ok(false) => unknown(),
        Err(_) => unavailable(),
    }
}

fn unknown() -> Response<Body> {
    answer::plain(StatusCode::NOT_FOUND, words::settings::NO_SUCH_KEY)
}

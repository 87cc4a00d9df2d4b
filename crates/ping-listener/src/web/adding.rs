//! Making a check: by one click while there is none, or by a form.

use askama::Template;
use axum::body::Body;
use axum::extract::{Form, State as FromState};
use domain::slug::slugify;
use http::{Response, StatusCode};

use super::filled::Filled;
use super::{Frame, Pairs, Rooms, State, asked, html, see_other, unavailable, words};
use crate::store::changes::Author;
use crate::store::managed::Creation;
use crate::store::managed::settings::Edit;

/// What a form says that nobody has touched.
const BLANK: [(&str, &str); 4] = [("kind", "period"), ("period", "1 d"), ("grace", "1 h"), ("tz", "UTC")];

/// What the check is asked that is made by one click: somebody who tries it out sees it go down within minutes.
const FIRST: [(&str, &str); 4] =
    [("name", words::list::FIRST_NAME), ("kind", "period"), ("period", "2 min"), ("grace", "1 min")];

#[derive(Template)]
#[template(path = "new.html")]
struct NewPage {
    frame: Frame,
    filled: Filled,
    zones: Vec<&'static str>,
    over_limit: bool,
}

/// Shows the form.
pub(super) async fn form(FromState(rooms): State) -> Response<Body> {
    let mut filled = pairs(&BLANK);
    if let Some(zone) = rooms.clock.zone().iana_name().and_then(domain::zone::canonical) {
        filled.retain(|(name, _)| name != "tz");
        filled.push(("tz".to_owned(), zone.to_owned()));
    }
    show(&rooms, StatusCode::OK, Filled::new(filled), false)
}

/// Makes a check, or shows the form again with what is wrong.
pub(super) async fn make(FromState(rooms): State, Form(typed): Form<Pairs>) -> Response<Body> {
    let is_first = typed.iter().any(|(name, _)| name == "first");
    let mut filled = Filled::new(if is_first { pairs(&FIRST) } else { typed });
    let name = asked::name(&mut filled);
    let edit = Edit {
        slug: name.as_deref().map(slugify),
        name,
        tags: asked::tags(&mut filled),
        is_told: Some(true),
        ..asked::times(&mut filled)
    };
    if !filled.is_right() {
        return show(&rooms, StatusCode::UNPROCESSABLE_ENTITY, filled, false);
    }
    match rooms.store.create(edit, Vec::new(), Author::Person).await {
        Ok(Creation::Made(_)) if is_first => see_other("/?done=made"),
        Ok(Creation::Made(view) | Creation::Updated(view)) => {
            see_other(&format!("/checks/{}?done=made", view.uuid.hyphenated()))
        }
        Ok(Creation::OverLimit) => show(&rooms, StatusCode::CONFLICT, filled, true),
        Err(_) => unavailable(),
    }
}

fn show(rooms: &Rooms, status: StatusCode, filled: Filled, over_limit: bool) -> Response<Body> {
    let frame = Frame::new(rooms, words::list::NEW_TITLE, "checks", true);
    html(status, &NewPage { frame, filled, zones: domain::zone::names().collect(), over_limit })
}

fn pairs(fields: &[(&str, &str)]) -> Pairs {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_forms_begin_with_is_right() {
        for fields in [&BLANK, &FIRST] {
            let mut filled = Filled::new(pairs(fields));
            asked::times(&mut filled);
            assert!(filled.is_right(), "{filled:?}");
        }
    }
}

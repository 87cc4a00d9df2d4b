//! The settings: what is in force and where it comes from, keys, and the server itself.

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State as FromState};
use http::{Response, StatusCode};

use super::moments::{Here, Moment};
use super::{Frame, Pairs, Rooms, Running, Setting, State, html, unavailable, words};
use crate::store::error::StoreError;
use crate::store::managed::keys::{KeyKind, KeyRow};
use crate::store::view::GapView;

/// Gaps on the page: the last few.
const GAPS_MAX: usize = 20;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    running: Running,
    reloaded: Option<Moment>,
    config: Vec<Setting>,
    environment: Vec<Setting>,
    keys: Vec<Key>,
    kinds: [KeyKind; 3],
    wrong: Option<&'static str>,
    about: Vec<(&'static str, String)>,
    started: Moment,
    gaps: Vec<Gap>,
}

struct Key {
    id: i64,
    opens: &'static str,
    prefix: String,
    made: Moment,
}

struct Gap {
    from: Moment,
    /// `None` while it lasts.
    length: Option<String>,
    cause: String,
}

/// Shows the settings.
pub(super) async fn page(FromState(rooms): State, Query(pairs): Query<Pairs>) -> Response<Body> {
    show(&rooms, StatusCode::OK, &pairs, None).await
}

/// Shows the settings, with what is wrong with the form for a key.
pub(super) async fn show(
    rooms: &Rooms,
    status: StatusCode,
    pairs: &[(String, String)],
    wrong: Option<&'static str>,
) -> Response<Body> {
    match SettingsPage::new(rooms, pairs, wrong).await {
        Ok(page) => html(status, &page),
        Err(_) => unavailable(),
    }
}

impl SettingsPage {
    async fn new(
        rooms: &Rooms,
        pairs: &[(String, String)],
        wrong: Option<&'static str>,
    ) -> Result<Self, StoreError> {
        let here = rooms.here();
        let moment = |at| Moment::new(at, here);
        let running = rooms.notices.running();
        let (declared, managed) = rooms.store.count_checks().await?;
        let database = rooms.store.database();
        let keys = rooms.store.keys().await?;
        let gaps = rooms.store.gaps(GAPS_MAX).await?;
        let about = vec![
            (words::settings::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
            (words::settings::CHECKS, words::settings::checks(declared, managed)),
            (words::settings::DATABASE, database.path.display().to_string()),
            (words::settings::SIZE, words::settings::bytes(database.bytes)),
            (words::settings::CLOCK, here.zone.iana_name().unwrap_or_default().to_owned()),
        ];
        Ok(Self {
            frame: Frame::new(rooms, words::settings::TITLE, "settings", true).with_done(pairs),
            reloaded: running.reloaded.map(moment),
            started: moment(running.started),
            running,
            config: rooms.notices.settings(),
            environment: rooms.notices.environment(),
            keys: keys.into_iter().map(|key| Key::new(key, here)).collect(),
            kinds: KeyKind::ALL,
            wrong,
            about,
            gaps: gaps.iter().map(|gap| Gap::new(gap, here)).collect(),
        })
    }
}

impl Key {
    fn new(key: KeyRow, here: Here<'_>) -> Self {
        Self {
            id: key.id,
            opens: words::settings::opens(key.kind.word()),
            prefix: key.prefix,
            made: Moment::new(key.created, here),
        }
    }
}

impl Gap {
    fn new(gap: &GapView, here: Here<'_>) -> Self {
        let length = gap.until.map(|until| {
            words::span(domain::time::Span::from_micros(until.as_microsecond() - gap.from.as_microsecond()))
        });
        let cause = words::settings::cause(&gap.cause).to_owned();
        Self { from: Moment::new(gap.from, here), length, cause }
    }
}

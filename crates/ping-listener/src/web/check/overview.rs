//! The page of one check: how it stands and why, how to ping it, and what is asked of it.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State as FromState};
use domain::managed::kind::Kind;
use http::{Response, StatusCode};

use super::about::{About, Head, gone};
use super::calendar::Calendar;
use super::charts::Charts;
use super::doctor::Panel;
use super::lines::{Line, Wanted, latest};
use super::months::{self, MonthRow};
use super::watch::{Mark, is_part};
use crate::explaining::declared::view_of;
use crate::explaining::doctor::visit;
use crate::explaining::evidence::Evidence;
use crate::explaining::reasons::{self, Reader};
use crate::store::error::StoreError;
use crate::store::managed::settings::Settings;
use crate::web::moments::Moment;
use crate::web::recent::Recent;
use crate::web::row;
use crate::web::snippets::{Rhythm, Snippet, Target, snippets};
use crate::web::subject::{Look, Origin, Subject, span};
use crate::web::{Frame, Pairs, Rooms, State, first, html, unavailable, words};

/// Lines of the log on the page.
const LINES_MAX: usize = 10;

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    frame: Frame,
    head: Head,
    now: Now,
    ping_url: String,
    takes_runs: bool,
    snippets: Vec<Snippet>,
    asked: Vec<(&'static str, String)>,
    calendar: Calendar,
    months: Vec<MonthRow>,
    doctor: Panel,
    charts: Charts,
}

#[derive(Template)]
#[template(path = "check_now.html")]
struct NowPart {
    head: Head,
    now: Now,
}

/// What changes while the page is open.
struct Now {
    mark: Mark,
    look: Look,
    since: Option<Moment>,
    /// Why it stands as it does.
    paragraph: String,
    facts: Vec<(&'static str, Option<Moment>)>,
    pings: u64,
    /// The last day at a glance.
    recent: Arc<Recent>,
    lines: Vec<Line>,
}

/// Shows a check, or only what changes to the script of its page.
pub(super) async fn page(
    FromState(rooms): State,
    About(subject): About,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    let now = match Now::of(&rooms, &subject).await {
        Ok(Some(now)) => now,
        Ok(None) => return gone(&rooms),
        Err(_) => return unavailable(),
    };
    let head = Head::new(&subject, "overview");
    if is_part(&pairs) {
        return html(StatusCode::OK, &NowPart { head, now });
    }
    let month = first(&pairs, "month");
    let Ok(calendar) = Calendar::of(&rooms, &subject, month).await else { return unavailable() };
    let Ok(months) = months::latest(&rooms, &subject).await else { return unavailable() };
    let visit = match visit(&rooms.store, subject.id, rooms.clock.zone()).await {
        Ok(Some(visit)) => visit,
        Ok(None) => return gone(&rooms),
        Err(_) => return unavailable(),
    };
    let ping_url = format!("{}/ping/{}", rooms.links.load().root(), subject.uuid.hyphenated());
    let takes_runs = head.is_managed;
    let frame = Frame { icon: now.icon(), ..Frame::new(&rooms, subject.shown_name(), "checks", true) };
    let page = CheckPage {
        frame: frame.with_done(&pairs),
        head,
        now,
        snippets: snippets(&Target {
            url: &ping_url,
            takes_runs,
            is_post_only: subject.settings().is_some_and(|settings| settings.is_post_only),
            rhythm: rhythm(&subject),
        }),
        asked: asked(&rooms, &subject).await,
        ping_url,
        takes_runs,
        calendar,
        months,
        doctor: Panel::of(&visit, &subject),
        charts: Charts::of(&visit, rooms.here()),
    };
    html(StatusCode::OK, &page)
}

fn rhythm(subject: &Subject) -> Rhythm<'_> {
    match &subject.origin {
        Origin::Declared(check) => Rhythm::Every(check.patience),
        Origin::Managed(settings) => match settings.kind {
            Kind::Simple => Rhythm::Every(span(settings.timeout)),
            Kind::Cron => Rhythm::Cron(&settings.schedule),
            Kind::OnCalendar => Rhythm::Other,
        },
    }
}

/// Says what is asked of a check, or where that stands.
async fn asked(rooms: &Rooms, subject: &Subject) -> Vec<(&'static str, String)> {
    let mut asked = vec![(words::check::SCHEDULE, subject.schedule())];
    match &subject.origin {
        Origin::Declared(check) => {
            let mails = if check.recipients.is_empty() {
                words::list::NOBODY.to_owned()
            } else {
                check.recipients.join(", ")
            };
            asked.push((words::check::MAILS_TO, mails));
            asked.push((words::check::DECLARED_IN, rooms.declarations.place_of(&subject.name).await));
        }
        Origin::Managed(settings) => asked.extend(asked_of_managed(settings)),
    }
    let created = Moment::new(subject.created, rooms.here());
    asked.push((words::check::CREATED, created.text));
    asked
}

fn asked_of_managed(settings: &Settings) -> Vec<(&'static str, String)> {
    let grace = span(settings.grace);
    let run = settings
        .max_runtime
        .map_or_else(|| words::check::as_long_as_grace(grace), |run| words::span(span(run)));
    let told = if settings.is_told { words::check::TOLD } else { words::check::NOT_TOLD };
    let filtered = [
        settings.is_post_only.then_some(words::check::POST_ONLY),
        settings.filter_http_body.then_some(words::check::BY_KEYWORDS),
    ];
    let filtered: Vec<_> = filtered.into_iter().flatten().collect();
    let mut asked = vec![
        (words::check::GRACE, words::span(grace)),
        (words::check::MAX_RUNTIME, run),
        (words::check::MAILS_TO, told.to_owned()),
        (words::check::FILTERED, filtered.join(", ")),
        (words::check::DESC, settings.desc.clone()),
    ];
    asked.retain(|(_, value)| !value.is_empty());
    asked
}

impl Now {
    /// Returns the file with the icon of the window.
    fn icon(&self) -> &'static str {
        match self.look {
            Look::Down(_) => "icon-down.svg",
            Look::Late | Look::Running | Look::Up | Look::New | Look::Paused | Look::Unmonitored => {
                "icon.svg"
            }
        }
    }

    /// Looks at a check; `None` if it was deleted meanwhile.
    async fn of(rooms: &Rooms, subject: &Subject) -> Result<Option<Self>, StoreError> {
        let here = rooms.here();
        let Some(view) = view_of(&rooms.store, subject.id).await? else { return Ok(None) };
        let mark = Mark::of(rooms, subject).await?;
        let evidence = Evidence::gather(&rooms.store, view, here.now).await?;
        let reader = Reader { zone: here.zone.clone(), sees_recipients: true };
        let lines = latest(rooms, subject, &Wanted::default(), LINES_MAX).await?;
        let mut recents = rooms.recents(&[subject], here.now).await?;
        let moment = |at| Moment::new(at, here);
        let mut facts = vec![(words::check::LAST, subject.last.map(moment))];
        // A declared one has no grace: when it is due it is overdue.
        if subject.id.is_managed() {
            facts.push((words::check::DUE, row::due(subject).map(moment)));
        }
        facts.push((words::check::DEADLINE, subject.deadline.map(moment)));
        facts.extend(subject.snoozed_until.map(|until| (words::check::SNOOZED, Some(moment(until)))));
        Ok(Some(Self {
            mark,
            look: subject.look,
            since: subject.since.map(moment),
            paragraph: reasons::in_words(&evidence, &reader),
            facts,
            pings: subject.pings,
            recent: recents.remove(&subject.id).unwrap_or_default(),
            lines,
        }))
    }
}

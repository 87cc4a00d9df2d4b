//! The first page: every check, who is silent and since when, what their last day was like, and what to do about it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Query, State as FromState};
use domain::id::CheckId;
use http::{HeaderMap, Response, StatusCode};

use super::moments::iso;
use super::recent::Recent;
use super::row::Row;
use super::selection::{By, Selection, Sort};
use super::sight::Scene;
use super::snippets::{self, Rhythm, Target};
use super::subject::{Look, Origin, Subject};
use super::summary::Summary;
use super::{Frame, Pairs, Rooms, Setting, State, first, html, sign_in, unavailable, words};
use crate::http::peer::Peer;

/// Tags that can be chosen in the filter: more are found by typing.
const TAGS_SHOWN_MAX: usize = 100;

/// Snoozes that one click gives, of those that the form has.
const SHORT_SNOOZES: [&str; 2] = ["1h", "1d"];

/// What was chosen and typed for several checks at once, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    /// The UUIDs of the checks.
    pub(super) checks: Vec<String>,
    pub(super) tag: String,
    /// What is wrong, and with which field.
    pub(super) wrong: Option<Mistake>,
}

/// What is wrong with what was chosen or typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) field: &'static str,
    pub(super) sentence: &'static str,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    frame: Frame,
    now_iso: String,
    total: usize,
    rows: Rows,
    /// Every tag there is.
    tags: Vec<String>,
    first_ping: Option<FirstPing>,
    settings: Vec<Setting>,
    declared: Vec<Declared>,
}

/// The part of the page that the script replaces while somebody types.
#[derive(Template)]
#[template(path = "rows.html")]
struct Rows {
    summary: Summary,
    selection: Selection,
    chosen: Chosen,
    is_testing: bool,
    matching: usize,
    shown: Vec<Row>,
    previous: Option<Selection>,
    next: Option<Selection>,
}

/// A column that the rows can be ordered by.
struct Column {
    word: &'static str,
    address: String,
    /// `ascending` or `descending` if it is the present order.
    order: Option<&'static str>,
}

/// How to ping the first check that was ever made.
struct FirstPing {
    name: String,
    command: String,
}

/// What the config says of one check.
struct Declared {
    name: String,
    is_monitored: bool,
    max_sleep: String,
    remind_every: String,
    recipients: String,
}

/// Shows the checks to who is signed in, and the form to everybody else.
pub(super) async fn page(
    FromState(rooms): State,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response<Body> {
    if rooms.sessions.of(&headers, peer.is_tls, rooms.clock.now()).is_none() {
        return sign_in::form(&rooms, StatusCode::UNAUTHORIZED, None);
    }
    show(&rooms, StatusCode::OK, &pairs, Chosen::default()).await
}

/// Shows the checks that an address asks for, with what was chosen among them.
pub(super) async fn show(
    rooms: &Rooms,
    status: StatusCode,
    pairs: &[(String, String)],
    chosen: Chosen,
) -> Response<Body> {
    let Ok(subjects) = rooms.subjects().await else { return unavailable() };
    let selection = Selection::of(pairs);
    let on_page: Vec<_> = subjects.on_page(&selection).collect();
    let Ok(recents) = rooms.recents(&on_page, rooms.clock.wall_now()).await else { return unavailable() };
    let rows = Rows::new(rooms, &subjects, selection, &recents, chosen);
    if first(pairs, "part") == Some("rows") {
        return html(status, &rows);
    }
    html(status, &ListPage::new(rooms, pairs, &subjects, rows))
}

/// Tells whether the test switches are shown: if the address does not say, they are while the config is all there is.
fn is_testing(selection: &Selection, subjects: &[Subject]) -> bool {
    let are_all_declared = || subjects.iter().all(|subject| subject.settings().is_none());
    selection.testing.unwrap_or_else(|| !subjects.is_empty() && are_all_declared())
}

impl ListPage {
    fn new(rooms: &Rooms, pairs: &[(String, String)], subjects: &[Subject], rows: Rows) -> Self {
        let frame = Frame::new(rooms, rows.summary.title.clone(), "checks", true).with_done(pairs);
        Self {
            frame: Frame { icon: rows.summary.icon, is_wide: true, ..frame },
            now_iso: iso(rooms.clock.wall_now()),
            total: subjects.len(),
            tags: tags(subjects),
            first_ping: first_ping(rooms, subjects),
            settings: if rows.is_testing { rooms.notices.settings() } else { Vec::new() },
            declared: if rows.is_testing { declared(&rows, subjects) } else { Vec::new() },
            rows,
        }
    }

    fn selection(&self) -> &Selection {
        &self.rows.selection
    }

    /// Returns what the filter keeps without showing it.
    fn kept(&self) -> Pairs {
        let Selection { standing, sort, testing, .. } = self.selection().clone();
        let kept = Selection { standing, sort, testing, ..Selection::default() };
        form_urlencoded::parse(kept.query().as_bytes()).into_owned().collect()
    }
}

impl Rows {
    fn new(
        rooms: &Rooms,
        subjects: &Scene,
        selection: Selection,
        recents: &HashMap<CheckId, Arc<Recent>>,
        chosen: Chosen,
    ) -> Self {
        let here = rooms.here();
        let matching = subjects.order(&selection).len();
        let shown: Vec<_> = subjects
            .on_page(&selection)
            .map(|subject| Row::new(subject, recents.get(&subject.id).cloned(), here))
            .collect();
        let after = selection.from.saturating_add(shown.len());
        let page = |from| Selection { from, ..selection.clone() };
        Self {
            summary: subjects.summary().clone(),
            is_testing: is_testing(&selection, subjects),
            matching,
            previous: (0 < selection.from)
                .then(|| page(selection.from.saturating_sub(super::selection::ROWS_MAX))),
            next: (after < matching).then(|| page(after)),
            shown,
            chosen,
            selection,
        }
    }

    fn columns(&self) -> [Column; 4] {
        let words = [
            (By::Name, words::list::CHECK),
            (By::Standing, words::list::STANDING),
            (By::Last, words::list::LAST_PING),
            (By::Due, words::list::DUE),
        ];
        words.map(|(by, word)| {
            let present = Some(self.selection.sort).filter(|sort| sort.by == by);
            let is_reversed = present.is_some_and(|sort| !sort.is_reversed);
            let address =
                self.selection.with(|selection| selection.sort = Sort { by, is_reversed }).address();
            let order = present.map(|sort| if sort.is_reversed { "descending" } else { "ascending" });
            Column { word, address, order }
        })
    }

    fn count_address(&self, standing: &str) -> String {
        let is_chosen = self.selection.standing == standing;
        let standing = if is_chosen { "" } else { standing };
        self.selection.with(|selection| standing.clone_into(&mut selection.standing)).address()
    }

    fn tag_address(&self, tag: &str) -> String {
        self.selection.with(|selection| tag.clone_into(&mut selection.tag)).address()
    }

    fn everything_address(&self) -> String {
        let Selection { sort, testing, .. } = self.selection;
        Selection { sort, testing, ..Selection::default() }.address()
    }

    /// Returns the snoozes that one click gives.
    fn short_snoozes() -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let short = |(value, _): &(&str, &str)| SHORT_SNOOZES.contains(value);
        words::list::SNOOZES.into_iter().filter(short)
    }

    fn legend() -> [(&'static str, &'static str); 4] {
        use words::list::{LEGEND_AWAY, LEGEND_DOWN, LEGEND_LATE, LEGEND_UP};
        [("up", LEGEND_UP), ("late", LEGEND_LATE), ("down", LEGEND_DOWN), ("away", LEGEND_AWAY)]
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.chosen.wrong.is_some_and(|wrong| wrong.field == field)
    }

    fn is_chosen(&self, uuid: &str) -> bool {
        self.chosen.checks.iter().any(|chosen| chosen == uuid)
    }
}

fn tags(subjects: &[Subject]) -> Vec<String> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in subjects.iter().flat_map(|subject| &subject.tags) {
        *uses.entry(tag).or_default() += 1;
    }
    let mut tags: Vec<_> = uses.into_iter().collect();
    tags.sort_by_key(|(_, uses)| std::cmp::Reverse(*uses));
    tags.truncate(TAGS_SHOWN_MAX);
    tags.sort_unstable();
    tags.into_iter().map(|(tag, _)| tag.to_owned()).collect()
}

/// Returns what to do with the only check that was made, as long as it never pinged.
fn first_ping(rooms: &Rooms, subjects: &[Subject]) -> Option<FirstPing> {
    let mut made = subjects.iter().filter(|subject| subject.settings().is_some());
    let (Some(only), None) = (made.next(), made.next()) else { return None };
    if 0 < only.pings || only.look != Look::New {
        return None;
    }
    let url = format!("{}/ping/{}", rooms.links.load().root(), only.uuid.hyphenated());
    let target = Target { url: &url, takes_runs: true, is_post_only: false, rhythm: Rhythm::Other };
    let curl = snippets::snippets(&target).into_iter().find(|snippet| snippet.key == "curl")?;
    Some(FirstPing { name: only.shown_name(), command: curl.text.trim().to_owned() })
}

fn declared(rows: &Rows, subjects: &[Subject]) -> Vec<Declared> {
    let of = |row: &Row| {
        let subject = subjects.iter().find(|subject| subject.id.number() == row.id)?;
        let Origin::Declared(check) = &subject.origin else { return None };
        Some(Declared {
            name: check.name.to_string(),
            is_monitored: subject.look != Look::Unmonitored,
            max_sleep: words::list::seconds(&check.max_sleep),
            remind_every: words::span(check.remind_every),
            recipients: check.recipients.join(", "),
        })
    };
    rows.shown.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;
    use domain::standing::Standing;

    fn rows(subjects: &[Subject], query: &str) -> Rows {
        let selection = Selection::of_query(query);
        let here = samples::here(30);
        let scene = Scene::new(subjects.to_vec());
        let shown = scene.on_page(&selection).map(|subject| Row::new(subject, None, here));
        Rows {
            shown: shown.collect(),
            summary: Summary::of(subjects),
            is_testing: is_testing(&selection, subjects),
            matching: subjects.len(),
            previous: None,
            next: None,
            chosen: Chosen::default(),
            selection,
        }
    }

    #[test]
    fn a_name_is_shown_literally_whatever_it_is() {
        let name = "<img src=x onerror=alert(1)>\"'{{7*7}} \u{202e}gnp.exe 🐈";
        let subjects = [samples::subject(name, Standing::Down)];
        let text = rows(&subjects, "").render().unwrap();
        assert!(!text.contains("<img src=x"), "{text}");
        assert!(text.contains("/logs?username=%3Cimg"), "{text}");
        let shown = "<bdi>&#60;img src=x onerror=alert(1)&#62;&#34;&#39;{{7*7}} \u{202e}gnp.exe 🐈</bdi>";
        assert!(text.contains(shown), "{text}");
    }

    #[test]
    fn what_is_looked_for_is_shown_literally_too() {
        let text = rows(&[], "q=%3Cem%3E&tag=%22%3E%3Ci%3E").render().unwrap();
        assert!(!text.contains("<em>") && !text.contains("<i>"), "{text}");
    }

    #[test]
    fn the_order_of_a_column_is_turned_by_choosing_it_again() {
        let [name, standing, ..] = rows(&[], "q=a&from=200").columns();
        assert_eq!((name.address.as_str(), name.order), ("/?q=a&sort=name", None));
        assert_eq!((standing.address.as_str(), standing.order), ("/?q=a&sort=-standing", Some("ascending")));
        let [name, ..] = rows(&[], "sort=-name").columns();
        assert_eq!((name.address.as_str(), name.order), ("/?sort=name", Some("descending")));
    }

    #[test]
    fn the_switches_are_there_while_the_config_is_all_there_is() {
        let subjects = [samples::subject("pump", Standing::Up)];
        let is_testing = |query| rows(&subjects, query).is_testing;
        assert!(is_testing("") && !is_testing("testing=off") && is_testing("testing=on"));
        assert!(!rows(&[], "").is_testing);
    }
}

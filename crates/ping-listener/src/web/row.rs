//! A line of the list: one check, with what changes while the page is open.

use std::sync::Arc;

use domain::managed::kind::Kind;
use domain::time::Span;
use jiff::Timestamp;
use serde::Serialize;

use super::logs::address;
use super::moments::{Here, Moment};
use super::recent::Recent;
use super::subject::{Look, Origin, Subject, span};
use super::words;

/// A check as the list shows it; what is not skipped is also sent to its script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) id: u32,
    /// The standing's name in the style sheet.
    pub(super) standing: &'static str,
    pub(super) word: &'static str,
    pub(super) since: Option<Moment>,
    pub(super) last: Option<Moment>,
    pub(super) due: Option<Moment>,
    pub(super) snoozed: Option<Moment>,
    pub(super) note: String,
    #[serde(skip)]
    pub(super) recent: Option<Arc<Recent>>,
    #[serde(skip)]
    pub(super) look: Look,
    #[serde(skip)]
    pub(super) uuid: String,
    #[serde(skip)]
    pub(super) name: Arc<str>,
    /// What to call it where there has to be a name.
    #[serde(skip)]
    pub(super) shown_name: String,
    #[serde(skip)]
    pub(super) address: String,
    /// The address of the log of the day of its last ping, if that is a page.
    #[serde(skip)]
    pub(super) log: Option<String>,
    #[serde(skip)]
    pub(super) tags: Vec<String>,
    #[serde(skip)]
    pub(super) schedule: String,
    #[serde(skip)]
    pub(super) is_declared: bool,
    #[serde(skip)]
    pub(super) is_keyed: bool,
    /// How often a test switch pings.
    #[serde(skip)]
    pub(super) every: Span,
}

impl Row {
    pub(super) fn new(subject: &Subject, recent: Option<Arc<Recent>>, here: Here<'_>) -> Self {
        let moment = |at| Moment::new(at, here);
        let (is_declared, is_keyed, log) = match &subject.origin {
            Origin::Declared(check) => {
                let day = check.last_ping.unwrap_or(here.now).to_zoned(here.zone.clone()).date();
                (true, check.is_keyed, Some(address(&check.name, None, day)))
            }
            Origin::Managed(_) => (false, false, None),
        };
        Self {
            id: subject.id.number(),
            standing: subject.look.style(),
            word: subject.look.word(),
            look: subject.look,
            since: subject.since.map(moment),
            last: subject.last.map(moment),
            due: due(subject).map(moment),
            snoozed: subject.snoozed_until.map(moment),
            note: note(subject),
            recent,
            uuid: subject.uuid.hyphenated().to_string(),
            name: Arc::clone(&subject.name),
            shown_name: subject.shown_name(),
            address: subject.address(),
            log,
            tags: subject.tags.clone(),
            schedule: subject.schedule(),
            is_declared,
            is_keyed,
            every: ping_every(patience(subject)),
        }
    }

    pub(super) fn every_millis(&self) -> i64 {
        self.every.as_micros() / 1_000
    }
}

/// Returns when something of a check is due next: a ping, or the end of a run.
pub(super) fn due(subject: &Subject) -> Option<Timestamp> {
    match subject.look {
        Look::Down(_) => None,
        Look::Running => subject.deadline,
        Look::Late | Look::Up | Look::New | Look::Paused | Look::Unmonitored => subject.due,
    }
}

/// Returns for how long a check may be silent; for one that goes by the clock its grace stands for that.
fn patience(subject: &Subject) -> Span {
    match &subject.origin {
        Origin::Declared(check) => check.patience,
        Origin::Managed(settings) if settings.kind == Kind::Simple => span(settings.timeout),
        Origin::Managed(_) => subject.grace,
    }
}

/// Half of the longest silence allowed, but no flood and no forgotten tab.
fn ping_every(patience: Span) -> Span {
    patience.scaled(0.5).clamp(Span::from_seconds(1), Span::from_hours(1))
}

fn note(subject: &Subject) -> String {
    let mut parts = Vec::new();
    if let Origin::Declared(check) = &subject.origin
        && 0 < check.alerts
    {
        parts.push(words::list::alerts(check.alerts));
    }
    let extended = Span::from_seconds(subject.extended.as_micros() / 1_000_000);
    if Span::ZERO < extended && subject.due.is_some() {
        parts.push(words::list::extended(extended));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_pings_twice_in_a_period_within_reason() {
        assert_eq!(ping_every(Span::from_seconds(10)), Span::from_seconds(5));
        assert_eq!(ping_every(Span::ZERO), Span::from_seconds(1));
        assert_eq!(ping_every(Span::from_hours(24)), Span::from_hours(1));
    }
}

//! A check of either kind as the pages show it: how it stands, since when, and what is asked of it.

use std::sync::Arc;

use domain::expression::Expression;
use domain::flip::Reason;
use domain::id::CheckId;
use domain::managed::Shown;
use domain::managed::kind::Kind;
use domain::standing::Standing;
use domain::time::Span;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Rooms, words};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::managed::settings::Settings;
use crate::store::managed::viewing::View;
use crate::store::view::CheckView;
use crate::zones;

/// One check, as it stands at the instant of asking. Instants are wall-clock time.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) id: CheckId,
    pub(super) uuid: Uuid,
    /// What people call it; empty if nobody named it.
    pub(super) name: Arc<str>,
    pub(super) tags: Vec<String>,
    pub(super) look: Look,
    /// The start of the present incident.
    pub(super) since: Option<Timestamp>,
    /// The latest success or failure.
    pub(super) last: Option<Timestamp>,
    /// From when on its patience counts.
    pub(super) due: Option<Timestamp>,
    /// The instant at which it goes down if nothing comes.
    pub(super) deadline: Option<Timestamp>,
    /// How much later that is because the listener itself was away.
    pub(super) extended: Span,
    pub(super) pings: u64,
    pub(super) grace: Span,
    /// When it was made, or first known.
    pub(super) created: Timestamp,
    /// Until then mails about it wait.
    pub(super) snoozed_until: Option<Timestamp>,
    pub(super) origin: Origin,
}

/// Where a check comes from, with what only checks from there have.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It stands in the config, and is changed there.
    Declared(Box<CheckView>),
    /// It was made over the API, on these pages or by its first ping.
    Managed(Arc<Settings>),
}

/// How a check stands, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Look {
    /// Alerts are due or were sent.
    Down(Trouble),
    /// A ping is due and has not come, but its patience is not over.
    Late,
    /// A run has begun and is not known to have ended.
    Running,
    /// It pings in time.
    Up,
    /// It never pinged.
    New,
    /// Its owner does not want to hear of it for the time being.
    Paused,
    /// Its monitoring is switched off in the config.
    Unmonitored,
}

/// What is wrong with a check that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Trouble {
    /// A ping said that a run failed.
    Failed,
    /// A run did not end in time.
    Hung,
    /// No ping came in time.
    Silent,
}

impl Look {
    /// The name in the style sheet and in addresses, and the word, of every look that has one, worst first.
    pub(super) const KINDS: [(&'static str, &'static str); 7] = [
        ("down", words::DOWN),
        ("late", words::LATE),
        ("running", words::RUNNING),
        ("up", words::UP),
        ("new", words::NEW),
        ("paused", words::PAUSED),
        ("unmonitored", words::UNMONITORED),
    ];

    /// Returns its name in the style sheet and in addresses.
    pub(super) fn style(self) -> &'static str {
        match self {
            Self::Down(_) => "down",
            Self::Late => "late",
            Self::Running => "running",
            Self::Up => "up",
            Self::New => "new",
            Self::Paused => "paused",
            Self::Unmonitored => "unmonitored",
        }
    }

    /// Returns it as a word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Down(Trouble::Silent) => words::SILENT,
            Self::Down(Trouble::Failed) => words::FAILED,
            Self::Down(Trouble::Hung) => words::HUNG,
            Self::Late => words::LATE,
            Self::Running => words::RUNNING,
            Self::Up => words::UP,
            Self::New => words::NEW,
            Self::Paused => words::PAUSED,
            Self::Unmonitored => words::UNMONITORED,
        }
    }

    fn of_declared(standing: Standing) -> Self {
        match standing {
            Standing::Down => Self::Down(Trouble::Silent),
            Standing::Late => Self::Late,
            Standing::Up => Self::Up,
            Standing::New => Self::New,
            Standing::Unmonitored => Self::Unmonitored,
        }
    }

    fn of_managed(view: &View) -> Self {
        match (view.shown, view.down) {
            (Shown::Down, Some((_, Reason::Fail))) => Self::Down(Trouble::Failed),
            (Shown::Down, Some((_, Reason::Overrun))) => Self::Down(Trouble::Hung),
            (Shown::Down, _) => Self::Down(Trouble::Silent),
            (Shown::Grace, _) => Self::Late,
            (Shown::Started, _) => Self::Running,
            (Shown::Up, _) if view.is_started => Self::Running,
            (Shown::Up, _) => Self::Up,
            (Shown::New, _) => Self::New,
            (Shown::Paused, _) => Self::Paused,
        }
    }
}

impl Rooms {
    /// Returns the check of a UUID, or `None` if there is none.
    pub(super) async fn subject(&self, uuid: Uuid) -> Result<Option<Subject>, StoreError> {
        let Some(found) = self.store.find_uuid(uuid) else { return Ok(None) };
        if found.is_declared {
            let mut checks = self.store.checks_of(vec![found.id]).await?;
            return Ok(checks.pop().map(|check| Subject::of_declared(&self.store, check)));
        }
        Ok(self.store.managed(found.id).await?.as_ref().map(Subject::of_managed))
    }
}

/// Returns where the page of a check is.
pub(super) fn page_of(uuid: Uuid) -> String {
    format!("/checks/{}", uuid.hyphenated())
}

impl Subject {
    /// Shows a declared check, whose patience is all in `max_sleep`.
    pub(super) fn of_declared(store: &Store, check: CheckView) -> Self {
        Self::declared(store.uuid_of_declared(check.id), check)
    }

    pub(super) fn declared(uuid: Uuid, check: CheckView) -> Self {
        Self {
            id: check.id,
            uuid,
            name: Arc::clone(&check.name),
            tags: Vec::new(),
            look: Look::of_declared(check.standing),
            since: check.down_since,
            last: check.last_ping,
            due: check.deadline,
            deadline: check.deadline,
            extended: check.extended,
            pings: check.pings,
            grace: Span::ZERO,
            created: check.anchor,
            snoozed_until: check.snoozed_until,
            origin: Origin::Declared(Box::new(check)),
        }
    }

    pub(super) fn of_managed(view: &View) -> Self {
        let settings = view.settings.clone();
        Self {
            id: view.id,
            uuid: view.uuid,
            name: Arc::from(settings.name.as_str()),
            tags: settings.tags.split_whitespace().map(str::to_owned).collect(),
            look: Look::of_managed(view),
            since: view.down.map(|(since, _)| since),
            last: view.last_ping,
            due: view.next_ping,
            deadline: view.deadline,
            extended: view.extended,
            pings: view.pings,
            grace: span(settings.grace),
            created: view.created,
            snoozed_until: view.snoozed_until,
            origin: Origin::Managed(settings),
        }
    }

    /// Returns what to call it where a name is needed.
    pub(super) fn shown_name(&self) -> String {
        if self.name.is_empty() { self.uuid.hyphenated().to_string() } else { self.name.to_string() }
    }

    /// Returns where its page is.
    pub(super) fn address(&self) -> String {
        page_of(self.uuid)
    }

    /// Returns what is asked of it, if it was made here and not in the config.
    pub(super) fn settings(&self) -> Option<&Settings> {
        match &self.origin {
            Origin::Declared(_) => None,
            Origin::Managed(settings) => Some(settings),
        }
    }

    /// Returns when pings are expected, in words.
    pub(super) fn schedule(&self) -> String {
        let settings = match &self.origin {
            Origin::Declared(check) => return words::every(check.patience),
            Origin::Managed(settings) => settings,
        };
        match settings.kind {
            Kind::Simple => words::every(span(settings.timeout)),
            Kind::Cron | Kind::OnCalendar => {
                let read = Expression::parse(&settings.schedule, &|name| zones::look_up(name));
                let words =
                    read.map_or_else(|_| settings.schedule.clone(), |expression| expression.in_words());
                words::by_the_clock(&words, &settings.tz)
            }
        }
    }
}

/// Makes a length of the seconds that settings have, which are at most a year.
pub(super) fn span(seconds: u64) -> Span {
    Span::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    #[test]
    fn the_worst_comes_first_and_each_has_a_word_of_its_own() {
        let looks = [
            Look::Down(Trouble::Silent),
            Look::Late,
            Look::Running,
            Look::Up,
            Look::New,
            Look::Paused,
            Look::Unmonitored,
        ];
        assert!(looks.is_sorted());
        assert_eq!(looks.map(Look::style), Look::KINDS.map(|(style, _)| style));
    }

    #[test]
    fn a_declared_check_is_shown_with_what_the_config_asks_of_it() {
        let subject = Subject::declared(Uuid::nil(), samples::check("Pump room", Standing::Down));
        assert_eq!((subject.look.style(), subject.look.word()), ("down", "Silent"));
        assert_eq!(subject.schedule(), "every 10 s");
        assert!(subject.settings().is_none());
    }
}

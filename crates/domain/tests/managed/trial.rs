//! A managed check and its listener, moved by hand.

use std::sync::Arc;

use domain::check::Listening;
use domain::expression::Expression;
use domain::gap::{Gap, Gaps, Tolerance};
use domain::managed::{Calendar, Due, Effects, Event, Managed, Plan, State, World};
use domain::ping::Signal;
use domain::time::{Span, Timestamp};
use domain::zone::Zone;
use uuid::Uuid;

#[derive(Clone)]
pub(crate) struct Trial {
    pub(crate) check: Managed,
    pub(crate) gaps: Gaps,
    pub(crate) tolerance: Tolerance,
    pub(crate) wall_offset_micros: i64,
    pub(crate) now: Timestamp,
}

pub(crate) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_micros(minute * 60_000_000)
}

pub(crate) fn minutes(minutes: i64) -> Span {
    Span::from_minutes(minutes)
}

/// A run's id.
pub(crate) fn rid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A period of ten minutes and a grace of five.
pub(crate) fn ten_and_five() -> Plan {
    Plan { due: Due::Every(minutes(10)), grace: minutes(5), max_runtime: None, has_manual_resume: false }
}

/// A schedule by the clocks of a zone.
pub(crate) fn calendar(text: &str, zone: Zone) -> Due {
    let expression = Expression::parse(text, &|_| None).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
    let (text, zone_name) = (text.to_owned(), "a zone".to_owned());
    Due::Calendar(Arc::new(Calendar { expression, zone: Arc::new(zone), text, zone_name }))
}

impl Trial {
    pub(crate) fn new(plan: Plan) -> Self {
        let created = minute(0);
        Self {
            check: Managed::new(Arc::new(plan), created),
            gaps: Gaps::default(),
            tolerance: Tolerance::DEFAULT,
            wall_offset_micros: 0,
            now: created,
        }
    }

    pub(crate) fn world(&self) -> World<'_> {
        let listening = Listening { gaps: &self.gaps, tolerance: self.tolerance };
        World { listening, wall_offset_micros: self.wall_offset_micros }
    }

    pub(crate) fn apply(&mut self, event: &Event) -> Effects {
        let listening = Listening { gaps: &self.gaps, tolerance: self.tolerance };
        self.check.apply(event, World { listening, wall_offset_micros: self.wall_offset_micros })
    }

    pub(crate) fn ping(&mut self, at: i64, signal: Signal, rid: Option<Uuid>) -> Effects {
        self.now = minute(at);
        self.apply(&Event::Ping { at: self.now, signal, rid })
    }

    pub(crate) fn success(&mut self, at: i64) -> Effects {
        self.ping(at, Signal::Success, None)
    }

    pub(crate) fn start(&mut self, at: i64, rid: Uuid) -> Effects {
        self.ping(at, Signal::Start, Some(rid))
    }

    pub(crate) fn pass(&mut self, at: i64) -> Effects {
        self.now = minute(at);
        self.apply(&Event::Deadline(self.now))
    }

    pub(crate) fn gap(&mut self, from: i64, until: i64) {
        self.gaps.push(Gap { from: minute(from), until: minute(until) });
    }

    pub(crate) fn is_down(&self) -> bool {
        matches!(self.check.state, State::Down(_))
    }

    /// Returns the minute of the deadline, with the gaps as known at a minute.
    pub(crate) fn deadline(&self, now: i64) -> Option<i64> {
        self.check.deadline(self.world(), minute(now)).map(|deadline| deadline.at.as_micros() / 60_000_000)
    }
}

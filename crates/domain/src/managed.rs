//! A check made over the API or by its first ping: what is known of it, and what an event does to it.
//!
//! The rules are those of Healthchecks, so that its clients work unchanged; beyond them, time in which nobody listened
//! is excused as for any other check, and every run that has an id of its own is watched to its end.

mod deadlines;
pub mod filter;
pub mod kind;
pub mod limits;
mod pings;
mod planted;
mod shown;

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::check::Listening;
use crate::expression::Expression;
use crate::flip::Reason;
use crate::ping::Signal;
use crate::time::{Span, Timestamp};
use crate::zone::Zone;

/// How many runs of a check are watched besides the latest; beyond, the oldest is let go.
pub const RUNS_MAX: usize = 100;

/// What its owner asks of a managed check.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// When a success is due.
    pub due: Due,
    /// The patience after a due time, and with a run that has begun.
    pub grace: Span,
    /// How long a run may take, or `None` if the grace says that.
    pub max_runtime: Option<Span>,
    /// While it is paused, pings change nothing.
    pub has_manual_resume: bool,
}

/// When the next success of a check is due.
#[derive(Clone, Debug, PartialEq)]
pub enum Due {
    /// This long after the one before.
    Every(Span),
    /// By the clock on a wall.
    Calendar(Arc<Calendar>),
}

/// A schedule by the clock on a wall, as it was asked for.
pub struct Calendar {
    /// When it comes.
    pub expression: Expression,
    /// Where the wall is.
    pub zone: Arc<Zone>,
    /// How the expression is written.
    pub text: String,
    /// What the zone is called.
    pub zone_name: String,
}

/// Two are the same if they are written the same.
impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.zone_name == other.zone_name
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar")
            .field("text", &self.text)
            .field("zone_name", &self.zone_name)
            .finish_non_exhaustive()
    }
}

/// A run that has begun and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id, or `None` if its client gives none.
    pub rid: Option<Uuid>,
    /// When it began.
    pub at: Timestamp,
}

/// What a check's pings and silences have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No run of it has ended.
    New,
    /// Its last run ended well.
    Up,
    /// A run failed, or none came or ended in time.
    Down(Incident),
    /// Its owner does not want to hear of it.
    Paused,
}

/// A stretch of trouble, from the flip to down until the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Counts the incidents of this check from 1.
    pub number: u32,
    /// The deadline that passed, or the ping that told of a failure.
    pub since: Timestamp,
    /// What was wrong.
    pub reason: Reason,
    /// How much later it began because nobody had listened.
    pub extended: Span,
    /// It would have begun later still, but there is a limit to what is excused.
    pub is_allowance_spent: bool,
}

/// A state without what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// No run of it has ended.
    New,
    /// Its last run ended well.
    Up,
    /// A run failed, or none came or ended in time.
    Down,
    /// Its owner does not want to hear of it.
    Paused,
}

impl State {
    /// Returns the state without what belongs to it.
    #[must_use]
    pub const fn word(self) -> Word {
        match self {
            Self::New => Word::New,
            Self::Up => Word::Up,
            Self::Down(_) => Word::Down,
            Self::Paused => Word::Paused,
        }
    }
}

/// A change from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// When it happened: if a deadline passed, that deadline, however late it was seen.
    pub at: Timestamp,
    /// The state before.
    pub from: Word,
    /// The state after.
    pub to: Word,
    /// Why.
    pub reason: Reason,
}

/// A managed check, as far as the rules need to know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Managed {
    /// What its owner asks.
    pub plan: Arc<Plan>,
    /// Where it stands.
    pub state: State,
    /// When it was made.
    pub created: Timestamp,
    /// How many pings were recorded, those that say nothing among them.
    pub pings: u64,
    /// The latest success or failure since it was made or resumed; it never moves back.
    pub last_ping: Option<Timestamp>,
    /// The latest run that began, unless it is known to have ended.
    pub last_start: Option<Run>,
    /// Other runs that have not ended, each with an id of its own, oldest first, at most [`RUNS_MAX`].
    pub runs: Vec<Run>,
    /// How long the last run took, if that is known.
    pub last_duration: Option<Span>,
    /// How many incidents it has had.
    pub incidents: u32,
}

/// What the rules have to know besides the check.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// When the listener itself was away, and how much that excuses.
    pub listening: Listening<'a>,
    /// What the clock on the wall shows more than service time, in microseconds.
    pub wall_offset_micros: i64,
}

/// Everything that can befall a managed check.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message came.
    Ping {
        /// When its request's head was parsed.
        at: Timestamp,
        /// What it says.
        signal: Signal,
        /// Of which run, if its client says so.
        rid: Option<Uuid>,
    },
    /// A deadline may have passed.
    Deadline(Timestamp),
    /// Its owner asks something else of it.
    Edit(Timestamp, Arc<Plan>),
    /// Its owner does not want to hear of it.
    Pause(Timestamp),
    /// Its owner wants to hear of it again; nothing happens if it is not paused.
    Resume(Timestamp),
}

/// What an event caused besides the check's own change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects {
    /// More than the number of pings and the time of the last has changed.
    pub is_changed: bool,
    /// The state changed.
    pub flip: Option<Flip>,
    /// Who follows the check is to be told.
    pub told: Option<Told>,
    /// What a ping is recorded as: [`Signal::Ignored`] if the check is paused and only its owner may resume it.
    pub recorded: Signal,
}

/// What is to be told of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It went down.
    Down(Incident),
    /// It came back.
    Up {
        /// What is over.
        ended: Incident,
        /// Since when.
        at: Timestamp,
    },
}

/// What a reader sees of a managed check right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// No run of it has ended.
    New,
    /// Its last run ended well.
    Up,
    /// A success is due, and its grace is not over.
    Grace,
    /// A run failed, or none came or ended in time.
    Down,
    /// Its owner does not want to hear of it.
    Paused,
    /// A run has begun: only the first version of the API says so.
    Started,
}

impl Effects {
    /// Nothing but what is counted has changed.
    const NONE: Self = Self { is_changed: false, flip: None, told: None, recorded: Signal::Success };

    /// The check has changed, but not its state.
    const CHANGED: Self = Self { is_changed: true, ..Self::NONE };
}

impl Managed {
    /// Begins to watch a check that is made at `created`.
    #[must_use]
    pub fn new(plan: Arc<Plan>, created: Timestamp) -> Self {
        Self {
            plan,
            state: State::New,
            created,
            pings: 0,
            last_ping: None,
            last_start: None,
            runs: Vec::new(),
            last_duration: None,
            incidents: 0,
        }
    }

    /// Applies one event and returns what it caused.
    pub fn apply(&mut self, event: &Event, world: World<'_>) -> Effects {
        match event {
            Event::Ping { at, signal, rid } => self.on_ping(*at, *signal, *rid),
            Event::Deadline(now) => self.on_deadline(*now, world),
            Event::Edit(_, plan) => self.on_edit(plan),
            Event::Pause(now) => self.on_pause(*now),
            Event::Resume(now) => self.on_resume(*now),
        }
    }

    /// Tells whether a run has begun that is not known to have ended.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.last_start.is_some()
    }

    fn on_edit(&mut self, plan: &Arc<Plan>) -> Effects {
        if self.plan == *plan {
            return Effects::NONE;
        }
        self.plan = Arc::clone(plan);
        Effects::CHANGED
    }

    fn on_pause(&mut self, now: Timestamp) -> Effects {
        if self.state == State::Paused {
            return Effects::NONE;
        }
        self.forget_runs();
        self.flip(now, State::Paused, Reason::Paused)
    }

    fn on_resume(&mut self, now: Timestamp) -> Effects {
        if self.state != State::Paused {
            return Effects::NONE;
        }
        self.forget_runs();
        self.last_ping = None;
        self.flip(now, State::New, Reason::Resumed)
    }

    fn forget_runs(&mut self) {
        if planted::forgets_runs() {
            self.last_start = None;
            self.runs.clear();
        }
    }

    /// Puts the check into another state, and tells of it as Healthchecks does: of every way down, and of the way up
    /// from there.
    fn flip(&mut self, at: Timestamp, state: State, reason: Reason) -> Effects {
        let before = std::mem::replace(&mut self.state, state);
        let told = match (before, state) {
            (State::New | State::Up | State::Paused, State::Down(incident)) => Some(Told::Down(incident)),
            (State::Down(ended), State::Up) => Some(Told::Up { ended, at }),
            (State::Down(_), State::New | State::Paused | State::Down(_))
            | (State::New | State::Up | State::Paused, State::New | State::Up | State::Paused) => {
                planted::told(state, at)
            }
        };
        let flip = Flip { at, from: before.word(), to: state.word(), reason };
        Effects { is_changed: true, flip: Some(flip), told, recorded: Signal::Success }
    }

    /// Begins an incident.
    fn go_down(&mut self, mut incident: Incident) -> Effects {
        self.incidents += 1;
        incident.number = self.incidents;
        self.flip(incident.since, State::Down(incident), incident.reason)
    }
}

//! The schedule doctor: what the real pings of a check are like, and what does not fit them in what is asked of it.
//!
//! It reads and proposes; it changes nothing. Where little is known, or all is well, it is silent.

mod course;
mod fit;
mod learning;
mod period;
mod calendar;
mod runs;
mod rounding;

use std::sync::Arc;

use crate::expression::{Expression, LookUp};
use crate::managed::{Calendar, Plan};
use crate::ping::Signal;
use crate::time::Span;
use crate::wall::WallTime;

use course::Course;
use rounding::nearest;

/// With fewer distances between pings than these, nothing is said.
pub const DISTANCES_MIN: usize = 6;

/// A ping that was heard, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When it came.
    pub at: WallTime,
    /// What it said.
    pub signal: Signal,
    /// How long the run took that it ended, if that is known.
    pub took: Option<Span>,
}

/// A time in which the listener itself was away, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// When it began.
    pub from: WallTime,
    /// When it ended.
    pub until: WallTime,
}

/// What was heard of a check.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Its latest pings, oldest first.
    pub pings: &'a [Heard],
    /// When a ping may have been lost because nobody listened, oldest first.
    pub absences: &'a [Absence],
}

/// What is asked of a check.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// When pings are due; of a declared check its patience is the period, and it has no grace.
    pub plan: &'a Plan,
    /// It is a single length of any size, and cannot be a schedule by the clock.
    pub is_declared: bool,
}

/// Where clocks may hang that a job runs by.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The zones that are likely, the likeliest first.
    pub near: &'a [&'static str],
    /// Finds a zone.
    pub look_up: LookUp<'a>,
}

/// What the doctor has to say about a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// What its pings are like; `None` if too few are known.
    pub rhythm: Option<Rhythm>,
    /// What does not fit, the worst first.
    pub findings: Vec<Finding>,
}

/// What the pings of a check are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// How they follow each other.
    pub pace: Pace,
    /// The usual distance between two, or of a round of them.
    pub period: Span,
    /// All but the strangest distances differ from the period by no more than this.
    pub jitter: Span,
    /// The longest distance.
    pub longest: Span,
    /// By which clock they come, if they come by one.
    pub clock: Option<Arc<Calendar>>,
    /// How long its runs take, if enough are known.
    pub runs: Option<Runs>,
    /// So many distances were looked at.
    pub distances: usize,
    /// From the first ping that was looked at to the last.
    pub over: Span,
}

/// How long runs take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs {
    /// So many are known.
    pub count: usize,
    /// Half of them are shorter.
    pub usual: Span,
    /// The longest.
    pub longest: Span,
}

/// How pings follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At one distance, but for a few.
    Even,
    /// In rounds of so many, each at a distance of its own.
    Rounds(usize),
    /// As they like.
    Irregular,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// How much later a failure is told than it could be.
    pub lost: Option<Span>,
    /// False alarms among what was looked at that the proposal would have spared.
    pub false_alarms: usize,
    /// What would fit; `None` if that is for its owner to find out.
    pub proposal: Option<Plan>,
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Pings come so much after their time, or before it: the clock hangs elsewhere.
    Zone {
        /// How much after; negative before.
        shift: Span,
    },
    /// On some days of the week none comes.
    Days,
    /// They come at other times than asked.
    Times,
    /// They come far more often than asked.
    PeriodLong,
    /// They come far less often than asked.
    PeriodShort,
    /// They are far more punctual than asked.
    PatienceLong,
    /// They come as asked, but later than it is borne with.
    TooTight,
    /// Several seem to ping as one, and the silence of one is hidden by the others.
    Senders {
        /// How many.
        count: usize,
        /// After which time each comes again.
        round: Span,
        /// The shortest distance between two of them.
        apart: Span,
    },
    /// Runs end far sooner than they have to.
    RunLimitLong,
    /// Runs take longer than they may.
    RunLimitTight,
    /// The latest runs ended suspiciously soon.
    Hurried {
        /// The longest of the latest.
        latest: Span,
    },
}

impl Fault {
    /// Returns its name for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Zone { .. } => "zone",
            Self::Days => "days",
            Self::Times => "times",
            Self::PeriodLong => "period_long",
            Self::PeriodShort => "period_short",
            Self::PatienceLong => "patience_long",
            Self::TooTight => "too_tight",
            Self::Senders { .. } => "senders",
            Self::RunLimitLong => "run_limit_long",
            Self::RunLimitTight => "run_limit_tight",
            Self::Hurried { .. } => "hurried",
        }
    }
}

/// What was made of a history, for all who judge it.
struct Patient<'a> {
    course: Course,
    pace: Pace,
    /// In microseconds; of rounds that of a whole round.
    period: i64,
    /// The longest distance that is usual, in microseconds.
    usual: i64,
    /// Silences that are longer than usual come again and again.
    has_pauses: bool,
    places: Places<'a>,
}

/// Judges what is asked of a check by what was heard of it.
#[must_use]
pub fn examine(history: History<'_>, asked: Asked<'_>, places: Places<'_>) -> Opinion {
    let course = Course::of(history);
    let runs = runs::of(history);
    let mut findings: Vec<Finding> = Vec::new();
    let rhythm = (DISTANCES_MIN <= course.steps.len()).then(|| {
        let patient = Patient::of(course, places);
        let zone = match &asked.plan.due {
            crate::managed::Due::Every(_) => None,
            crate::managed::Due::Calendar(calendar) => Some(&**calendar),
        };
        let clock = learning::learn(&patient, zone);
        match zone {
            None => findings.extend(period::judge(&patient, asked, clock.as_ref())),
            Some(calendar) => findings.extend(calendar::judge(&patient, asked, calendar, clock.as_ref())),
        }
        patient.rhythm(clock.map(|learned| learned.calendar), runs)
    });
    for plan in findings.iter_mut().filter_map(|finding| finding.proposal.as_mut()) {
        runs::spare(history, asked, plan);
    }
    findings.extend(runs::judge(history, runs, asked));
    Opinion { rhythm, findings }
}

impl<'a> Patient<'a> {
    fn of(course: Course, places: Places<'a>) -> Self {
        let distances = course.distances();
        let (pace, period, usual) = course::pace(&distances);
        let has_pauses = pace == Pace::Even && course::has_pauses(&course.steps, period);
        Self { course, pace, period, usual, has_pauses, places }
    }

    fn rhythm(&self, clock: Option<Arc<Calendar>>, runs: Option<Runs>) -> Rhythm {
        let distances = self.course.distances();
        let period = match self.pace {
            Pace::Even | Pace::Rounds(_) => nearest(self.period),
            Pace::Irregular => self.period,
        };
        Rhythm {
            pace: self.pace,
            period: Span::from_micros(period),
            jitter: Span::from_micros(course::jitter(&distances, self.pace, self.period)),
            longest: Span::from_micros(distances.iter().copied().max().unwrap_or(0)),
            clock,
            runs,
            distances: distances.len(),
            over: Span::from_micros(self.course.over()),
        }
    }

    /// Tells whether enough was heard to say that a silence as long as this one is never needed.
    fn has_seen(&self, patience: i64) -> bool {
        patience.min(ENOUGH).saturating_mul(2) <= self.course.over()
    }
}

/// Twice as long, and there was a weekend between two weekends.
const ENOUGH: i64 = 15 * DAY / 2;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Makes a schedule by the clock of its text; `None` if it cannot be read, or there are no data of its zone.
fn calendar(text: &str, zone_name: &str, places: Places<'_>) -> Option<Arc<Calendar>> {
    let zone = (places.look_up)(crate::zone::canonical(zone_name)?)?;
    let expression = Expression::parse(text, places.look_up).ok()?;
    Some(Arc::new(Calendar { expression, zone, text: text.to_owned(), zone_name: zone_name.to_owned() }))
}

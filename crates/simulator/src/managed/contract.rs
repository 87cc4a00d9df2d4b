//! A managed check as the contract words it, with what is promised beside it of own downtime and of runs.

use std::cell::Cell;

use domain::flip::Reason;
use domain::managed::{Flip, RUNS_MAX, Shown, Word};
use domain::ping::Signal;
use domain::time::{Span, Timestamp};

use super::slots::Slots;
use crate::oracle::gaps::{Gaps, Patience};

/// How long nobody goes down after the listener was away.
const CALM: Span = Span::from_seconds(10);

/// When a success is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Period {
    /// `timeout`.
    Timeout(Span),
    /// `schedule` and `tz`.
    Schedule(Slots),
}

/// What is asked of a check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) period: Period,
    pub(crate) grace: Span,
    pub(crate) max_runtime: Option<Span>,
    pub(crate) manual_resume: bool,
}

/// What is known beside the check: own downtime, K, and the clock on the wall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sky<'a> {
    pub(crate) gaps: &'a Gaps,
    pub(crate) tolerance: f64,
    pub(crate) wall_offset: i64,
}

/// A run that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpenRun {
    pub(crate) at: Timestamp,
    pub(crate) rid: Option<u32>,
    /// It is the contract's `last_start`.
    pub(crate) is_latest: bool,
}

/// A row of the contract's table of checks.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    pub(crate) asked: Asked,
    pub(crate) status: Word,
    pub(crate) n_pings: u64,
    pub(crate) last_ping: Option<Timestamp>,
    pub(crate) runs: Vec<OpenRun>,
    pub(crate) last_duration: Option<Span>,
    /// The slot that was looked for last, by the wall time before it.
    looked: Cell<(i64, i64)>,
}

/// What a schedule waits for.
#[derive(Clone, Copy, Debug)]
struct Wait {
    base: Timestamp,
    deadline: Timestamp,
}

impl Contract {
    pub(crate) fn new(asked: Asked) -> Self {
        Self {
            asked,
            status: Word::New,
            n_pings: 0,
            last_ping: None,
            runs: Vec::new(),
            last_duration: None,
            looked: Cell::default(),
        }
    }

    /// Something else is asked of it.
    pub(crate) fn ask(&mut self, asked: Asked) {
        self.asked = asked;
        self.looked = Cell::default();
    }

    /// A ping is recorded; returns its flip, if it makes one.
    pub(crate) fn record(&mut self, now: Timestamp, action: Signal, rid: Option<u32>) -> Option<Flip> {
        self.n_pings += 1;
        if self.status == Word::Paused && self.asked.manual_resume {
            return None;
        }
        match action {
            Signal::Log | Signal::Ignored => None,
            Signal::Start => {
                self.start(OpenRun { at: now, rid, is_latest: true });
                None
            }
            Signal::Success => {
                self.end(now, action, rid);
                self.set(now, Word::Up, Reason::Ping)
            }
            Signal::Fail => {
                self.end(now, action, rid);
                self.set(now, Word::Down, Reason::Fail)
            }
        }
    }

    /// "`last_start` = now, `last_start_rid` = the ping's rid"; a run before it goes on if it has an id of its own.
    fn start(&mut self, run: OpenRun) {
        self.runs.retain(|open| open.rid.is_some() && open.rid != run.rid);
        self.runs.iter_mut().for_each(|open| open.is_latest = false);
        if RUNS_MAX < self.runs.len() {
            self.runs.remove(0);
        }
        self.runs.push(run);
    }

    /// The table of rids, and `last_duration`.
    fn end(&mut self, now: Timestamp, action: Signal, rid: Option<u32>) {
        if self.status == Word::Down {
            // Whoever is down has told of the runs that are late.
            let limit = self.run_limit();
            self.runs.retain(|run| now < run.at + limit);
        }
        self.last_ping = Some(self.last_ping.map_or(now, |last| last.max(now)));
        self.last_duration = None;
        if let Some(place) = self.runs.iter().position(|run| run.is_latest) {
            let latest = self.runs[place];
            if latest.rid == rid {
                self.last_duration = Some((now - latest.at).max(Span::ZERO));
                self.runs.remove(place);
            } else if rid.is_none() || (action == Signal::Fail && latest.rid.is_none()) {
                self.runs.remove(place);
            } else if action == Signal::Fail {
                self.runs[place].is_latest = false;
            }
        }
        self.runs.retain(|run| run.rid.is_none() || run.rid != rid);
        let others = self.runs.iter().filter(|run| !run.is_latest).count();
        if RUNS_MAX < others {
            self.runs.remove(0);
        }
    }

    /// "If the status value changes, a flip is made."
    fn set(&mut self, at: Timestamp, to: Word, reason: Reason) -> Option<Flip> {
        let from = std::mem::replace(&mut self.status, to);
        (from != to).then_some(Flip { at, from, to, reason })
    }

    pub(crate) fn pause(&mut self, now: Timestamp) -> Option<Flip> {
        if self.status != Word::Paused {
            self.runs.clear();
        }
        self.set(now, Word::Paused, Reason::Paused)
    }

    pub(crate) fn resume(&mut self, now: Timestamp) -> Option<Flip> {
        if self.status != Word::Paused {
            return None;
        }
        self.runs.clear();
        self.last_ping = None;
        self.set(now, Word::New, Reason::Resumed)
    }

    /// A turn of the loop that finds deadlines; returns the flip that it makes.
    pub(crate) fn turn(&mut self, sky: Sky<'_>, now: Timestamp) -> Option<Flip> {
        while let Some((_, at, what)) = self.next_by_itself(sky, now).filter(|(when, ..)| *when <= now) {
            match what {
                Itself::Falls(reason) => return self.set(at, Word::Down, reason),
                Itself::LetsGo(run) => self.runs.retain(|open| *open != run),
            }
        }
        None
    }

    /// Returns the flip that has to be there by `now`, if there is one.
    pub(crate) fn overdue(&self, sky: Sky<'_>, now: Timestamp) -> Option<Flip> {
        self.clone().turn(sky, now)
    }

    /// Lets go of runs whose time was over by `now` and whose ends may have been lost.
    pub(crate) fn let_lost_runs_go(&mut self, sky: Sky<'_>, now: Timestamp) {
        if self.status == Word::Down {
            return;
        }
        let limit = self.run_limit();
        let is_lost = |run: &OpenRun| run.at + limit <= now && self.is_excused(run, sky, now);
        let lost: Vec<_> = self.runs.iter().copied().filter(is_lost).collect();
        self.runs.retain(|run| !lost.contains(run));
    }

    /// What happens next without anybody's doing: when it can be done, of when it is, and what.
    fn next_by_itself(&self, sky: Sky<'_>, now: Timestamp) -> Option<(Timestamp, Timestamp, Itself)> {
        if self.status == Word::Down {
            return None;
        }
        let limit = self.run_limit();
        let runs = self.runs.iter().map(|run| {
            let over = run.at + limit;
            if self.is_excused(run, sky, now) {
                (over, over, Itself::LetsGo(*run))
            } else {
                (calm_from(over, sky, now), over, Itself::Falls(Reason::Overrun))
            }
        });
        let schedule = self
            .wait(sky, now)
            .map(|wait| (calm_from(wait.deadline, sky, now), wait.deadline, Itself::Falls(Reason::Silence)));
        runs.chain(schedule).min_by_key(|(when, at, _)| (*when, *at))
    }

    fn run_limit(&self) -> Span {
        self.asked.max_runtime.unwrap_or(self.asked.grace)
    }

    /// "A run that was open across a gap ends as 'end unknown'."
    fn is_excused(&self, run: &OpenRun, sky: Sky<'_>, now: Timestamp) -> bool {
        let over = run.at + self.run_limit();
        sky.gaps.all().iter().any(|gap| {
            let until = gap.until.unwrap_or(now).max(gap.from);
            run.at < until && gap.from < over
        })
    }

    fn wait(&self, sky: Sky<'_>, now: Timestamp) -> Option<Wait> {
        let last_ping = self.last_ping.filter(|_| self.status == Word::Up)?;
        let mut wait = match &self.asked.period {
            Period::Timeout(timeout) => {
                let deadline = sky.gaps.deadline(
                    Patience {
                        since: last_ping,
                        max_sleep: *timeout + self.asked.grace,
                        tolerance: sky.tolerance,
                        at_first: None,
                        latest: None,
                    },
                    now,
                );
                Wait { base: deadline - self.asked.grace, deadline }
            }
            Period::Schedule(slots) => self.wait_for_slot(slots, last_ping, sky, now),
        };
        let latest = self.runs.iter().find(|run| run.is_latest);
        if let (Some(max_runtime), Some(run)) = (self.asked.max_runtime, latest)
            && run.at < wait.deadline
        {
            wait.deadline = wait.deadline.max(run.at + max_runtime);
        }
        Some(wait)
    }

    /// "Credit only if a gap meets [slot, slot + grace]; then D = the next slot after g1, + grace", for as many slots
    /// as K allows; after that, once the grace was listened to.
    fn wait_for_slot(&self, slots: &Slots, last_ping: Timestamp, sky: Sky<'_>, now: Timestamp) -> Wait {
        let grace = self.asked.grace;
        let mut base = self.slot_after(slots, last_ping, sky);
        let mut credits = sky.tolerance - 1.0;
        let mut gaps = sky.gaps.all().iter().map(|gap| (gap.from, gap.until.unwrap_or(now).max(gap.from)));
        while 0.0 < credits {
            let Some((_, until)) = gaps
                .by_ref()
                .map(|(from, until)| (from.max(last_ping), until))
                .find(|(from, until)| last_ping < *until && base <= *until && *from < base + grace)
            else {
                return Wait { base, deadline: base + grace };
            };
            credits -= 1.0;
            base = self.slot_after(slots, until, sky);
        }
        let (mut from, mut missing) = (base, grace);
        for (since, until) in gaps {
            let heard = since - from;
            if missing <= heard {
                break;
            }
            if from < until {
                missing = missing - heard.max(Span::ZERO);
                from = until;
            }
        }
        Wait { base, deadline: from + missing }
    }

    fn slot_after(&self, slots: &Slots, at: Timestamp, sky: Sky<'_>) -> Timestamp {
        let wall = at.as_micros() + sky.wall_offset;
        let (mut key, mut slot) = self.looked.get();
        if key != wall {
            (key, slot) = (wall, slots.next_after(wall));
            self.looked.set((key, slot));
        }
        Timestamp::from_micros(slot - sky.wall_offset)
    }

    /// `grace_start`, which the API calls `next_ping`.
    pub(crate) fn next_ping(&self, sky: Sky<'_>, now: Timestamp) -> Option<Timestamp> {
        let base = self.wait(sky, now).map(|wait| wait.base);
        let started = self.last_start().filter(|_| self.status != Word::Down);
        base.into_iter().chain(started).min()
    }

    /// `last_start`.
    pub(crate) fn last_start(&self) -> Option<Timestamp> {
        self.runs.iter().find(|run| run.is_latest).map(|run| run.at)
    }

    /// The five rules of what is shown, "the first that applies".
    pub(crate) fn shown(&self, sky: Sky<'_>, now: Timestamp, is_v1: bool) -> Shown {
        let limit = self.run_limit();
        if self.runs.iter().any(|run| run.at + limit <= now && !self.is_excused(run, sky, now)) {
            return Shown::Down;
        }
        if is_v1 && self.last_start().is_some() {
            return Shown::Started;
        }
        match (self.status, self.wait(sky, now)) {
            (Word::New, _) => Shown::New,
            (Word::Down, _) => Shown::Down,
            (Word::Paused, _) => Shown::Paused,
            (Word::Up, Some(wait)) if wait.deadline <= now => Shown::Down,
            (Word::Up, Some(wait)) if wait.base <= now => Shown::Grace,
            (Word::Up, _) => Shown::Up,
        }
    }

    /// Returns the runs whose time is not over, oldest first: what becomes of the others is not always told.
    pub(crate) fn timely_runs(&self, now: Timestamp) -> Vec<OpenRun> {
        let limit = self.run_limit();
        let mut runs: Vec<_> = self.runs.iter().copied().filter(|run| now < run.at + limit).collect();
        runs.sort_unstable();
        runs
    }
}

/// What happens without anybody's doing.
#[derive(Clone, Copy, Debug)]
enum Itself {
    Falls(Reason),
    LetsGo(OpenRun),
}

/// Returns the first instant from `due` on that is not in the calm after a gap, or by which so much was listened to.
fn calm_from(due: Timestamp, sky: Sky<'_>, now: Timestamp) -> Timestamp {
    let Some(end) = sky.gaps.last_end(now) else { return due };
    let after_last = due.max(end + CALM);
    let (mut from, mut missing) = (due, CALM);
    for gap in sky.gaps.all() {
        let until = gap.until.unwrap_or(now);
        if until <= due {
            continue;
        }
        let heard = (gap.from - from).max(Span::ZERO);
        if missing <= heard {
            break;
        }
        missing = missing - heard;
        from = until;
    }
    after_last.min(from + missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::gaps::Gap;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_micros(minute * 60_000_000)
    }

    fn ten_and_five() -> Contract {
        Contract::new(Asked {
            period: Period::Timeout(Span::from_minutes(10)),
            grace: Span::from_minutes(5),
            max_runtime: None,
            manual_resume: false,
        })
    }

    #[test]
    fn the_examples_of_the_contract_hold() {
        let gaps = Gaps::default();
        let sky = Sky { gaps: &gaps, tolerance: 2.0, wall_offset: 0 };
        let mut check = ten_and_five();
        assert_eq!(check.record(minute(0), Signal::Success, None).map(|flip| flip.to), Some(Word::Up));
        assert_eq!(check.shown(sky, minute(9), false), Shown::Up);
        assert_eq!(check.shown(sky, minute(12), false), Shown::Grace);
        assert_eq!(check.shown(sky, minute(15), false), Shown::Down);
        assert_eq!(check.next_ping(sky, minute(1)), Some(minute(10)));
        check.record(minute(2), Signal::Start, None);
        assert_eq!(check.shown(sky, minute(3), true), Shown::Started);
        assert_eq!(check.shown(sky, minute(7), true), Shown::Down);
        let flip = check.turn(sky, minute(20)).unwrap();
        assert_eq!((flip.at, flip.reason), (minute(7), Reason::Overrun));
    }

    #[test]
    fn a_gap_gives_another_period_and_excuses_a_run() {
        let mut gaps = Gaps::default();
        gaps.note(Gap { from: minute(3), until: Some(minute(4)) });
        let sky = Sky { gaps: &gaps, tolerance: 2.0, wall_offset: 0 };
        let mut check = ten_and_five();
        check.record(minute(0), Signal::Success, None);
        check.record(minute(2), Signal::Start, Some(1));
        assert_eq!(check.turn(sky, minute(18)), None);
        assert_eq!(check.runs, []);
        assert_eq!(check.turn(sky, minute(19)).map(|flip| flip.at), Some(minute(19)));
    }
}

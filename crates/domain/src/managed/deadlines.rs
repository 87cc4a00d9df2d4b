//! When a managed check goes down by itself: its schedule's deadline, and the limits of its runs.

use super::{Calendar, Due, Effects, Incident, Managed, Plan, Run, State, World, planted};
use crate::account::Expectation;
use crate::check::CALM_BEFORE_ALERT;
use crate::flip::Reason;
use crate::gap::{Awaited, Deadline, deadline, movers};
use crate::time::{Span, Timestamp};
use crate::wall::WallTime;

/// What happens to a check by itself.
enum Step {
    Down(Deadline, Reason),
    /// A run's time is over, but nobody had listened all the time: how it ended is unknown.
    LetGo(Run),
}

impl Plan {
    /// Returns how long a run may take.
    #[must_use]
    pub fn run_limit(&self) -> Span {
        planted::run_limit(self).unwrap_or(self.grace)
    }
}

impl Calendar {
    /// Returns the first time of the schedule after `at`, or `None` if it never comes again.
    pub(super) fn next_after(&self, at: Timestamp, world: World<'_>) -> Option<Timestamp> {
        let wall = WallTime::from_micros(at.as_micros().saturating_add(world.wall_offset_micros));
        let next = planted::in_zone(&self.zone, |zone| self.expression.next_after(wall, zone))?;
        Some(Timestamp::from_micros(next.as_micros().saturating_sub(world.wall_offset_micros)))
    }
}

impl Managed {
    /// Returns when the next success is due, or `None` if none is: the check is not up, or its schedule has ended.
    #[must_use]
    pub fn base(&self, world: World<'_>, now: Timestamp) -> Option<Timestamp> {
        self.expected(world, now).map(|expected| expected.base)
    }

    /// Returns the instant from which the grace counts: when the next success is due or a run began, whichever is
    /// earlier. `None` if the check is down, or nothing is due.
    #[must_use]
    pub fn next_ping(&self, world: World<'_>, now: Timestamp) -> Option<Timestamp> {
        if let State::Down(_) = self.state {
            return None;
        }
        let started = self.last_start.map(|run| run.at);
        self.base(world, now).into_iter().chain(started).min()
    }

    /// Returns when the check goes down if nothing comes before, with the gaps as known at `now`; `None` if it is
    /// down already, or nothing is due.
    #[must_use]
    pub fn deadline(&self, world: World<'_>, now: Timestamp) -> Option<Deadline> {
        if let State::Down(_) = self.state {
            return None;
        }
        let runs = self.open_runs().filter(|run| !self.is_excused(*run, world, now));
        let limits = runs.map(|run| self.limit_of(run));
        let schedule = self.expected(world, now).map(|expected| expected.deadline);
        limits.chain(schedule).min_by_key(|deadline| deadline.at)
    }

    /// Returns the first instant at which an [`super::Event::Deadline`] can change something, or `None` if only a ping
    /// or its owner can.
    #[must_use]
    pub fn wakes_at(&self, world: World<'_>, now: Timestamp) -> Option<Timestamp> {
        self.next_step(world, now).map(|(at, _)| at)
    }

    pub(super) fn on_deadline(&mut self, now: Timestamp, world: World<'_>) -> Effects {
        let mut effects = Effects::NONE;
        while let Some((at, step)) = self.next_step(world, now)
            && at <= now
        {
            match step {
                Step::Down(deadline, reason) => {
                    return self.go_down(Incident {
                        number: 0,
                        // Dated at the deadline, not at `now`: it was missed from then on, however late we look.
                        since: planted::down_since(deadline.at, now),
                        reason,
                        extended: deadline.extended,
                        is_allowance_spent: deadline.is_allowance_spent,
                    });
                }
                Step::LetGo(run) => {
                    self.let_go(run);
                    effects = Effects::CHANGED;
                }
            }
        }
        effects
    }

    fn let_go(&mut self, run: Run) {
        self.last_start = self.last_start.filter(|open| *open != run);
        self.runs.retain(|open| *open != run);
    }

    /// Returns what happens next by itself, and when.
    fn next_step(&self, world: World<'_>, now: Timestamp) -> Option<(Timestamp, Step)> {
        if let State::Down(_) = self.state {
            return None;
        }
        let down = |deadline: Deadline, reason| {
            let calm_at = world.listening.gaps.calm_after(deadline.at, CALM_BEFORE_ALERT, now);
            ((calm_at, deadline.at), Step::Down(deadline, reason))
        };
        let runs = self.open_runs().filter(|_| planted::watches_runs()).map(|run| {
            let limit = self.limit_of(run);
            if self.is_excused(run, world, now) {
                ((limit.at, limit.at), Step::LetGo(run))
            } else {
                down(limit, Reason::Overrun)
            }
        });
        let schedule = self.expected(world, now).map(|expected| down(expected.deadline, Reason::Silence));
        let next = runs.chain(schedule).min_by_key(|(order, _)| *order);
        next.map(|((at, _), step)| (at, step))
    }

    /// Goes through all runs that have begun and are not known to have ended.
    pub(crate) fn open_runs(&self) -> impl Iterator<Item = Run> + '_ {
        self.runs.iter().copied().chain(self.last_start)
    }

    pub(crate) fn limit_of(&self, run: Run) -> Deadline {
        Deadline { at: run.at + self.plan.run_limit(), extended: Span::ZERO, is_allowance_spent: false }
    }

    /// Tells whether the end of a run may have been lost while nobody listened.
    pub(crate) fn is_excused(&self, run: Run, world: World<'_>, now: Timestamp) -> bool {
        let first = world.listening.gaps.after(run.at, now).next();
        planted::excused(first.is_some_and(|gap| gap.from < self.limit_of(run).at))
    }

    /// Returns what the schedule expects, or `None` if the check is not up, or its schedule has ended.
    pub(crate) fn expected(&self, world: World<'_>, now: Timestamp) -> Option<Expectation> {
        if self.state == State::Up { self.expectation(world, now) } else { None }
    }

    /// The same, also for a check that has gone down in silence since.
    pub(crate) fn expectation(&self, world: World<'_>, now: Timestamp) -> Option<Expectation> {
        match self.state {
            State::Up | State::Down(Incident { reason: Reason::Silence, .. }) => {}
            State::New | State::Down(_) | State::Paused => return None,
        }
        let mut expected = self.expected_after(self.last_ping?, world, now)?;
        // A run that began in time and may take longer than the grace keeps the schedule's promise until it has to
        // end.
        if let (Some(limit), Some(run)) = (self.plan.max_runtime, self.last_start)
            && run.at < expected.deadline.at
        {
            let limit = run.at + limit;
            expected.is_put_off_by_run = expected.deadline.at < limit;
            expected.deadline.at = expected.deadline.at.max(limit);
        }
        Some(expected)
    }

    fn expected_after(&self, ping: Timestamp, world: World<'_>, now: Timestamp) -> Option<Expectation> {
        let grace = self.plan.grace;
        match &self.plan.due {
            Due::Every(period) => {
                let patience = *period + grace;
                let awaited = Awaited { since: ping, due: ping + patience, latest: None, patience };
                let deadline = deadline(awaited, world.listening.gaps, world.listening.tolerance, now);
                Some(Expectation {
                    since: ping,
                    planned: ping + *period,
                    base: deadline.at - grace,
                    deadline,
                    gaps: movers(awaited, deadline, world.listening.gaps, now),
                    is_put_off_by_run: false,
                })
            }
            Due::Calendar(calendar) => calendar.expected(ping, planted::grace_of_slot(grace), world, now),
        }
    }
}

impl Calendar {
    /// Returns what is expected after a ping.
    ///
    /// A gap that meets a slot or its grace moves it to the first slot after the gap, because a healthy client comes
    /// again then; but only so often. Once that is used up, a gap adds no more than its own length.
    fn expected(
        &self,
        ping: Timestamp,
        grace: Span,
        world: World<'_>,
        now: Timestamp,
    ) -> Option<Expectation> {
        let planned = self.next_after(ping, world)?;
        let due = planned + grace;
        let (mut base, mut at) = (planned, due);
        let mut moves_left = planted::excused_slots(world.listening.tolerance.slots());
        let mut is_allowance_spent = false;
        let mut gaps = Vec::new();
        for gap in world.listening.gaps.after(ping, now) {
            if at <= gap.from {
                break;
            }
            if gap.until < base {
                continue;
            }
            gaps.push(gap);
            let next = self.next_after(gap.until, world).filter(|_| 0 < moves_left);
            is_allowance_spent = next.is_none();
            if let Some(next) = next {
                moves_left -= 1;
                base = next;
                at = next + grace;
            } else {
                at = (at + (gap.until - gap.from.max(base))).max(gap.until + INSTANT);
            }
        }
        let deadline = Deadline { at, extended: at - due, is_allowance_spent };
        Some(Expectation { since: ping, planned, base, deadline, gaps, is_put_off_by_run: false })
    }
}

const INSTANT: Span = Span::from_micros(1);

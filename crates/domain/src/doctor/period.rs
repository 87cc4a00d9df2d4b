//! What does not fit a check that is asked for a ping every so often.

use super::course::{median, outages_max};
use super::fit::Fit;
use super::learning::{GRACE_MIN, Learned, latest};
use super::{Asked, DAY, Fault, Finding, HOUR, MINUTE, Pace, Patient, SECOND, rounding};
use crate::managed::{Due, Plan};
use crate::time::Span;

/// Distances that are enough to tell how punctual pings are.
pub(super) const PUNCTUAL_MIN: usize = 20;

/// A patience so many times as long as it has to be is far too long.
pub(super) const PATIENCE_FACTOR: i64 = 8;

/// What costs less is not worth a word.
pub(super) const PATIENCE_LOST_MIN: i64 = 5 * MINUTE;

/// A whole wait so many times as long as it has to be is far too long.
pub(super) const WAIT_FACTOR: i64 = 4;

/// What costs less is not worth a word.
pub(super) const WAIT_LOST_MIN: i64 = MINUTE;

/// To wait for the ping after the next one is a good habit, unless it is so long until then.
const LONG_PERIOD: i64 = 6 * HOUR;

/// Tells whether a grace is so much longer than it has to be that it is worth a word.
pub(super) fn is_far_longer(grace: i64, right: i64, period: i64) -> bool {
    let is_no_habit = LONG_PERIOD <= period || period.saturating_mul(3) <= grace;
    is_no_habit && PATIENCE_LOST_MIN <= grace - right && right.saturating_mul(PATIENCE_FACTOR) <= grace
}

/// What is asked, and what was heard.
struct Case<'a> {
    patient: &'a Patient<'a>,
    asked: Asked<'a>,
    period: i64,
    grace: i64,
}

/// A period with its grace, in microseconds.
#[derive(Clone, Copy)]
struct Every {
    period: i64,
    grace: i64,
}

/// Judges a period.
pub(super) fn judge(patient: &Patient<'_>, asked: Asked<'_>, clock: Option<&Learned>) -> Vec<Finding> {
    let Due::Every(period) = asked.plan.due else { return Vec::new() };
    let case = Case { patient, asked, period: period.as_micros(), grace: asked.plan.grace.as_micros() };
    let of_period = case.tight(clock).or_else(|| case.long(clock));
    case.senders().into_iter().chain(of_period).collect()
}

impl Case<'_> {
    fn patience(&self) -> i64 {
        self.period.saturating_add(self.grace)
    }

    /// Several who ping as one.
    fn senders(&self) -> Option<Finding> {
        let Pace::Rounds(count) = self.patient.pace else { return None };
        let round = self.patient.period;
        let distances = self.patient.course.distances();
        let shortest = distances.chunks_exact(count).filter_map(|round| round.iter().min().copied());
        let apart = median(shortest.collect());
        // Two times of a day are a schedule; so close together they are two senders all the same.
        let is_schedule = DAY / 2 < round && round < apart.saturating_mul(50);
        let fault = Fault::Senders {
            count,
            round: Span::from_micros(rounding::nearest(round)),
            apart: Span::from_micros(apart),
        };
        (!is_schedule && PUNCTUAL_MIN <= self.patient.course.steps.len()).then_some(Finding {
            fault,
            lost: None,
            false_alarms: 0,
            proposal: None,
        })
    }

    /// A patience under which healthy pings are reported.
    fn tight(&self, clock: Option<&Learned>) -> Option<Finding> {
        let steps = &self.patient.course.steps;
        let asked = Fit::of_period(steps, self.period, self.grace);
        let alarms = asked.alarms();
        let enough = (steps.len() / 100).max(2);
        let spared = |other: usize| alarms.checked_sub(other).filter(|spared| enough <= *spared);
        let (fault, every) = self.wider()?;
        if self.patience() < every.patience() {
            let fit = Fit::of_period(steps, every.period, every.grace);
            let is_cured = !self.patient.has_pauses || fit.alarms() <= outages_max(steps.len());
            if let Some(spared) = spared(fit.alarms()).filter(|_| is_cured) {
                return Some(self.finding(fault, every, spared));
            }
        }
        let clock = clock.filter(|clock| clock.has_pauses && !self.asked.is_declared)?;
        let alarms = Fit::of_period(latest(steps), self.period, self.grace).alarms();
        let spared = alarms.checked_sub(clock.fit.alarms()).filter(|spared| enough <= *spared)?;
        Some(Finding {
            fault: Fault::Days,
            lost: None,
            false_alarms: spared,
            proposal: Some(clock.plan(self.asked.plan)),
        })
    }

    /// Returns what bears with all that is usual, and what is wrong if less is asked; `None` if too little is known.
    fn wider(&self) -> Option<(Fault, Every)> {
        let is_slower = self.period.saturating_mul(5) < self.patient.period.saturating_mul(4);
        match self.patient.pace {
            Pace::Even if self.patient.has_pauses && self.asked.is_declared => {
                let longest = self.patient.course.distances().into_iter().max()?;
                Some((Fault::PeriodShort, Every { period: rounding::up(longest / 20 * 21), grace: 0 }))
            }
            Pace::Even if is_slower => Some((Fault::PeriodShort, self.right())),
            Pace::Even | Pace::Rounds(_) => Some((Fault::TooTight, self.right())),
            Pace::Irregular if self.patient.course.steps.len() < PUNCTUAL_MIN => None,
            Pace::Irregular => {
                let longest = self.patient.usual;
                Some((Fault::TooTight, Every { period: rounding::up(longest / 2 * 3), grace: self.grace }))
            }
        }
    }

    /// Returns what is right for even pings: the period that is asked if it is theirs, and a grace by their jitter.
    fn right(&self) -> Every {
        let (real, usual) = match self.patient.pace {
            Pace::Even => (self.patient.period, self.patient.usual),
            Pace::Rounds(_) | Pace::Irregular => (self.patient.usual, self.patient.usual),
        };
        let is_theirs = !self.asked.is_declared
            && real.saturating_mul(4) <= self.period.saturating_mul(5)
            && self.period.saturating_mul(4) <= real.saturating_mul(5);
        let period = if is_theirs { self.period } else { rounding::nearest(real).max(self.least_period()) };
        let over = (usual - real).max(0);
        let least = if self.asked.is_declared { (real / 2).clamp(SECOND, MINUTE) } else { GRACE_MIN };
        let grace = (usual - period).max(0).saturating_add(over).max(2 * over).max(least);
        Every { period, grace: rounding::up(grace) }
    }

    fn least_period(&self) -> i64 {
        if self.asked.is_declared { SECOND } else { MINUTE }
    }

    /// A patience that is far longer than it has to be.
    fn long(&self, clock: Option<&Learned>) -> Option<Finding> {
        let count = self.patient.course.steps.len();
        if !self.patient.has_seen(self.patience()) {
            return None;
        }
        let clock = clock.filter(|clock| clock.has_pauses && !self.asked.is_declared);
        let right = match self.patient.pace {
            Pace::Even if !self.patient.has_pauses => self.right(),
            Pace::Even | Pace::Irregular | Pace::Rounds(_) if clock.is_some() => {
                return self.long_by_clock(clock?);
            }
            Pace::Even | Pace::Irregular if 2 * PUNCTUAL_MIN <= count => {
                let longest = self.patient.course.distances().into_iter().max()?;
                Every { period: rounding::up(longest), grace: rounding::up(longest) }
            }
            Pace::Even | Pace::Irregular | Pace::Rounds(_) => return None,
        };
        let lost = self.patience() - right.patience();
        let is_far = WAIT_LOST_MIN <= lost && right.patience().saturating_mul(WAIT_FACTOR) <= self.patience();
        let has_their_period = self.period.saturating_mul(4) <= right.period.saturating_mul(5);
        if is_far && !has_their_period {
            return Some(self.finding(Fault::PeriodLong, right, 0));
        }
        let over = self.patience() - right.period;
        // One number says both of a declared check: to let it miss one of many pings is no waste.
        let is_for_long = !self.asked.is_declared || LONG_PERIOD <= right.period;
        let is_far = is_far || is_for_long && is_far_longer(over, right.grace, right.period);
        let is_known = PUNCTUAL_MIN <= count && self.patient.pace == Pace::Even;
        (is_far && is_known).then(|| self.finding(Fault::PatienceLong, right, 0))
    }

    /// The same for pings that keep to a clock with nights or weekends.
    fn long_by_clock(&self, clock: &Learned) -> Option<Finding> {
        let steps = latest(&self.patient.course.steps);
        let lost = Fit::of_period(steps, self.period, self.grace).lost_to(&clock.fit);
        let is_sure = clock.fit.alarms() <= outages_max(steps.len());
        let is_far = is_sure && HOUR <= lost && clock.fit.patience().saturating_mul(2) <= self.patience();
        is_far.then(|| Finding {
            fault: Fault::Days,
            lost: Some(Span::from_micros(lost)),
            false_alarms: 0,
            proposal: Some(clock.plan(self.asked.plan)),
        })
    }

    fn finding(&self, fault: Fault, every: Every, false_alarms: usize) -> Finding {
        // The config has one number for both.
        let every = if self.asked.is_declared {
            Every { period: rounding::whole(every.patience()), grace: 0 }
        } else {
            every
        };
        let lost = self.patience() - every.patience();
        Finding {
            fault,
            lost: (0 < lost).then_some(Span::from_micros(lost)),
            false_alarms,
            proposal: Some(Plan {
                due: Due::Every(Span::from_micros(every.period)),
                grace: Span::from_micros(every.grace),
                ..self.asked.plan.clone()
            }),
        }
    }
}

impl Every {
    fn patience(self) -> i64 {
        self.period.saturating_add(self.grace)
    }
}

impl Learned {
    /// Returns a plan with this schedule instead of its own.
    pub(super) fn plan(&self, plan: &Plan) -> Plan {
        Plan {
            due: Due::Calendar(self.calendar.clone()),
            grace: Span::from_micros(self.grace),
            ..plan.clone()
        }
    }
}

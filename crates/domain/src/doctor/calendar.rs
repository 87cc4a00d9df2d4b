//! What does not fit a check that is asked for pings by a clock.

use std::sync::Arc;

use super::course::{Step, median, misses_max, outages_max, quantile};
use super::fit::{Fit, Slots};
use super::learning::{GRACE_MIN, Learned, latest};
use super::period::{PUNCTUAL_MIN, WAIT_FACTOR, WAIT_LOST_MIN, is_far_longer};
use super::{Asked, Fault, Finding, HOUR, MINUTE, Pace, Patient, SECOND, calendar, rounding};
use crate::managed::{Calendar, Due, Plan};
use crate::time::Span;

/// Nearly all zones differ by multiples of this.
const ZONE_STEP: i64 = 30 * MINUTE;

/// Zones differ by no more than this.
const SHIFT_MAX: i64 = 14 * HOUR;

/// What is asked, and what was heard.
struct Case<'a> {
    patient: &'a Patient<'a>,
    plan: &'a Plan,
    calendar: &'a Calendar,
    steps: &'a [Step],
    /// What the schedule would have said.
    fit: Fit,
    /// Its usual distance.
    distance: i64,
    alarms: usize,
}

/// A schedule by the clocks of another zone.
struct Moved {
    calendar: Arc<Calendar>,
    alarms: usize,
    /// How late runs begin by it, as a rule.
    rest: i64,
    grace: i64,
}

/// Judges a schedule by the clock.
pub(super) fn judge(
    patient: &Patient<'_>,
    asked: Asked<'_>,
    calendar: &Calendar,
    clock: Option<&Learned>,
) -> Option<Finding> {
    let steps = latest(&patient.course.steps);
    let slots = Slots::new(&calendar.expression, &calendar.zone);
    let fit = Fit::of_slots(steps, &slots, asked.plan.grace.as_micros())?;
    let distance = slots.distance(steps)?;
    let alarms = fit.alarms();
    let case = Case { patient, plan: asked.plan, calendar, steps, fit, distance, alarms };
    case.zone(&slots, clock)
        .or_else(|| case.tight())
        .or_else(|| case.other_times(clock))
        .or_else(|| case.long(clock))
        .or_else(|| case.patient_for_long())
}

impl Case<'_> {
    fn grace(&self) -> i64 {
        self.plan.grace.as_micros()
    }

    /// Returns how many alarms another schedule spares, if it is worth it.
    fn spared(&self, alarms: usize) -> Option<usize> {
        let enough = (self.steps.len() / 50).max(2);
        self.alarms.checked_sub(alarms).filter(|spared| enough <= *spared)
    }

    /// The clock hangs elsewhere: all pings come as far from their time as two zones are apart.
    fn zone(&self, slots: &Slots<'_>, clock: Option<&Learned>) -> Option<Finding> {
        let shifts: Option<Vec<i64>> = self.steps.iter().map(|step| self.shift(slots, step)).collect();
        let shifts = shifts?;
        let shift = median(shifts.clone());
        let steps = shift.saturating_add(ZONE_STEP / 2).div_euclid(ZONE_STEP);
        let is_apart = steps != 0 && shift.abs() <= SHIFT_MAX;
        let near = |shift: &&i64| (**shift - steps * ZONE_STEP).abs() <= 5 * MINUTE;
        // Where pings are due every hour, a clock that is off by hours says the same.
        if !is_apart || self.distance < 2 * HOUR {
            return None;
        }
        let best = self.patient.places.near.iter().filter_map(|name| self.in_zone(name));
        let best = best.min_by_key(|moved| (moved.alarms, moved.rest));
        if let Some(Moved { calendar, alarms, rest, grace }) = best {
            let spared = self.spared(alarms).filter(|_| alarms * 2 <= self.alarms);
            // Without a false alarm it has to be exact: a run that takes an hour looks much like a zone that is off.
            let spread = quantile(shifts.clone(), 900) - quantile(shifts.clone(), 100);
            let is_exact = (-5 * SECOND..=90 * SECOND).contains(&rest) && spread <= 2 * MINUTE;
            let is_all = shifts.len() * 9 <= shifts.iter().filter(near).count() * 10;
            if spared.is_some() || is_exact && is_all && PUNCTUAL_MIN <= shifts.len() {
                return Some(self.finding(
                    Fault::Zone { shift: Span::from_micros(shift / MINUTE * MINUTE) },
                    spared.unwrap_or(0),
                    Due::Calendar(calendar),
                    grace,
                ));
            }
        }
        // No likely zone: but for the hour all is right.
        let is_all = shifts.len() * 8 <= shifts.iter().filter(near).count() * 10;
        let clock = clock.filter(|_| is_all)?;
        let spared = self.spared(clock.fit.alarms())?;
        Some(Finding {
            fault: Fault::Zone { shift: Span::from_micros(steps * ZONE_STEP) },
            lost: None,
            false_alarms: spared,
            proposal: Some(clock.plan(self.plan)),
        })
    }

    /// Returns how far a run began from the time that is next to it; negative before it.
    fn shift(&self, slots: &Slots<'_>, step: &Step) -> Option<i64> {
        let due = slots.after(step.before)?;
        let late = step.begin - due;
        if late <= self.distance / 2 {
            return Some(late);
        }
        // The next time, from which it is not so far.
        let next = slots.after(due)?;
        Some(if (step.begin - next).abs() < late { step.begin - next } else { late })
    }

    /// Returns the schedule by the clocks of another zone, if it is better there.
    fn in_zone(&self, name: &str) -> Option<Moved> {
        let other = calendar(&self.calendar.text, name, self.patient.places)?;
        if other.zone == self.calendar.zone {
            return None;
        }
        let slots = Slots::new(&other.expression, &other.zone);
        let bare = Fit::of_slots(self.steps, &slots, 0)?;
        let right = rounding::up((2 * bare.lateness(self.distance / 2)).max(GRACE_MIN));
        let is_wasteful =
            PUNCTUAL_MIN <= self.steps.len() && is_far_longer(self.grace(), right, self.distance);
        let grace = if is_wasteful { right } else { self.grace().max(right) };
        let alarms = bare.with_grace(grace).alarms();
        let shifts: Option<Vec<i64>> = self.steps.iter().map(|step| self.shift(&slots, step)).collect();
        let rest = median(shifts?);
        let is_better =
            -MINUTE <= rest && rest.saturating_mul(4) <= HOUR && alarms <= misses_max(self.steps.len());
        is_better.then_some(Moved { calendar: other, alarms, rest, grace })
    }

    /// Pings come as asked, but later than the grace.
    fn tight(&self) -> Option<Finding> {
        let late = self.fit.lateness(self.distance / 2);
        let grace = rounding::up(late.saturating_add(late / 2).max(GRACE_MIN));
        if grace <= self.grace() || self.distance < grace.saturating_mul(2) {
            return None;
        }
        let wider = self.fit.with_grace(grace).alarms();
        let spared = self.spared(wider).filter(|_| wider <= outages_max(self.steps.len()))?;
        Some(self.finding(Fault::TooTight, spared, self.plan.due.clone(), grace))
    }

    /// Pings keep to another schedule, or to none.
    fn other_times(&self, clock: Option<&Learned>) -> Option<Finding> {
        if let Some(clock) = clock {
            let spared = self.spared(clock.fit.alarms())?;
            return Some(Finding {
                fault: self.difference(clock),
                lost: None,
                false_alarms: spared,
                proposal: Some(clock.plan(self.plan)),
            });
        }
        if self.patient.pace != Pace::Even || self.patient.has_pauses {
            return None;
        }
        let (period, grace) = self.even();
        let spared = self.spared(Fit::of_period(self.steps, period, grace).alarms())?;
        let is_slower = self.distance.saturating_mul(9) <= self.patient.period.saturating_mul(5);
        let fault = if is_slower { Fault::PeriodShort } else { Fault::Times };
        Some(self.finding(fault, spared, Due::Every(Span::from_micros(period)), grace))
    }

    /// Tells in what the schedule that was learned is another.
    fn difference(&self, clock: &Learned) -> Fault {
        let days_apart = |text: &str| text.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
        if days_apart(&clock.calendar.text) == days_apart(&self.calendar.text) {
            return Fault::Days;
        }
        let is_slower = self.distance.saturating_mul(9) <= self.patient.period.saturating_mul(5);
        if is_slower { Fault::PeriodShort } else { Fault::Times }
    }

    /// Returns the period and the grace that even pings would be asked for.
    fn even(&self) -> (i64, i64) {
        let period = rounding::nearest(self.patient.period).max(MINUTE);
        let over = (self.patient.usual - self.patient.period).max(0);
        (
            period,
            rounding::up(
                (self.patient.usual - period).max(0).saturating_add(over).max(2 * over).max(GRACE_MIN),
            ),
        )
    }

    /// Pings come far more often than the schedule does.
    fn long(&self, clock: Option<&Learned>) -> Option<Finding> {
        let is_rarer = self.patient.period.saturating_mul(3) <= self.distance;
        let is_known = self.patient.pace == Pace::Even && self.patient.has_seen(self.fit.patience());
        if !is_rarer || !is_known {
            return None;
        }
        let (period, grace) = self.even();
        let bare = Fit::of_period(self.steps, period, grace);
        let (fit, proposal) = match clock {
            Some(clock) => (&clock.fit, clock.plan(self.plan)),
            None if self.patient.has_pauses => return None,
            None => (&bare, self.plan_of(Due::Every(Span::from_micros(period)), grace)),
        };
        let lost = self.fit.lost_to(fit);
        let is_far =
            fit.patience().saturating_mul(WAIT_FACTOR) <= self.fit.patience() && WAIT_LOST_MIN <= lost;
        is_far.then_some(Finding {
            fault: Fault::PeriodLong,
            lost: Some(Span::from_micros(lost)),
            false_alarms: 0,
            proposal: Some(proposal),
        })
    }

    /// The grace is far larger than pings are late.
    fn patient_for_long(&self) -> Option<Finding> {
        let is_known = PUNCTUAL_MIN <= self.steps.len() && self.alarms <= outages_max(self.steps.len());
        let late = self.fit.lateness(self.distance / 2);
        let grace = rounding::up((2 * late).max(GRACE_MIN));
        let lost = self.grace() - grace;
        let is_far = is_far_longer(self.grace(), grace, self.distance);
        let spared = self.fit.with_grace(grace).alarms().saturating_sub(self.alarms);
        (is_known && is_far && spared <= 1).then(|| Finding {
            lost: Some(Span::from_micros(lost)),
            ..self.finding(Fault::PatienceLong, 0, self.plan.due.clone(), grace)
        })
    }

    fn finding(&self, fault: Fault, false_alarms: usize, due: Due, grace: i64) -> Finding {
        Finding { fault, lost: None, false_alarms, proposal: Some(self.plan_of(due, grace)) }
    }

    fn plan_of(&self, due: Due, grace: i64) -> Plan {
        Plan { due, grace: Span::from_micros(grace), ..self.plan.clone() }
    }
}

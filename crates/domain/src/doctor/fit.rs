//! How a schedule would have done with the pings that came: false alarms, lateness, and when a failure is told.

use std::cell::RefCell;

use super::course::{Step, median, quantile};
use crate::expression::Expression;
use crate::wall::WallTime;
use crate::zone::Zone;

/// What a schedule would have said to each step.
pub(super) struct Fit {
    /// When each was due, and when it came, both since the end before.
    steps: Vec<(i64, i64)>,
    grace: i64,
}

impl Fit {
    pub(super) fn of_period(steps: &[Step], period: i64, grace: i64) -> Self {
        Self { steps: steps.iter().map(|step| (period, step.end - step.before)).collect(), grace }
    }

    /// `None` if the schedule ended before the last step.
    pub(super) fn of_slots(steps: &[Step], slots: &Slots<'_>, grace: i64) -> Option<Self> {
        let steps = steps.iter().map(|step| {
            let due = slots.after(step.before)?;
            Some((due - step.before, step.end - step.before))
        });
        Some(Self { steps: steps.collect::<Option<_>>()?, grace })
    }

    pub(super) fn with_grace(&self, grace: i64) -> Self {
        Self { steps: self.steps.clone(), grace }
    }

    /// Counts the times at which an alarm would have been given although a ping came.
    pub(super) fn alarms(&self) -> usize {
        self.steps.iter().filter(|(due, came)| due.saturating_add(self.grace) < *came).count()
    }

    /// Returns how much later this schedule tells of a failure than another.
    pub(super) fn lost_to(&self, other: &Self) -> i64 {
        let tells = |fit: &Self, due: i64| due.saturating_add(fit.grace);
        let both = self.steps.iter().zip(&other.steps);
        median(both.map(|((own, _), (others, _))| tells(self, *own) - tells(other, *others)).collect())
    }

    /// Returns how late all but the strangest were that were less late than `most`.
    pub(super) fn lateness(&self, most: i64) -> i64 {
        let late = self.steps.iter().map(|(due, came)| came - due).filter(|late| *late <= most);
        quantile(late.collect(), 980).max(0)
    }

    /// Returns how long is waited from one ping to the alarm for the next, as a rule.
    pub(super) fn patience(&self) -> i64 {
        median(self.steps.iter().map(|(due, _)| due.saturating_add(self.grace)).collect())
    }
}

/// The times of a schedule by the clock of one zone.
pub(super) struct Slots<'a> {
    expression: &'a Expression,
    zone: &'a Zone,
    /// Those around where it was asked last.
    known: RefCell<Option<(i64, i64)>>,
}

impl<'a> Slots<'a> {
    pub(super) fn new(expression: &'a Expression, zone: &'a Zone) -> Self {
        Self { expression, zone, known: RefCell::new(None) }
    }

    /// Returns the first time after an instant, in microseconds.
    pub(super) fn after(&self, instant: i64) -> Option<i64> {
        let known = *self.known.borrow();
        if let Some((from, next)) = known
            && (from..next).contains(&instant)
        {
            return Some(next);
        }
        let next = self.expression.next_after(WallTime::from_micros(instant), self.zone)?.as_micros();
        *self.known.borrow_mut() = Some((instant, next));
        Some(next)
    }

    /// Returns the usual distance from one time to the next, as seen from each step.
    pub(super) fn distance(&self, steps: &[Step]) -> Option<i64> {
        let distances = steps.iter().map(|step| {
            let first = self.after(step.before)?;
            Some(self.after(first)? - first)
        });
        Some(median(distances.collect::<Option<_>>()?))
    }
}

//! Learning: the schedule by a clock that pings keep to, told from the pings alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::course::{Step, misses_max};
use super::fit::{Fit, Slots};
use super::{DAY, HOUR, MINUTE, Pace, Patient, calendar, rounding};
use crate::expression::civil::{DAY_SECONDS, Date};
use crate::managed::Calendar;
use crate::wall::WallTime;

/// No more steps than these, the latest, are compared with a schedule by the clock.
pub(super) const STEPS_MAX: usize = 300;

/// Seconds in which a schedule shows on which days of the week it comes.
const WEEKS: i64 = 14 * DAY_SECONDS;

/// On fewer days no hour is left out.
const DAYS_MIN: usize = 3;

/// A patience that is shorter cannot be asked for.
pub(super) const GRACE_MIN: i64 = MINUTE;

/// A schedule that was learned.
pub(super) struct Learned {
    pub(super) calendar: Arc<Calendar>,
    /// What it would have said, with a grace that is right for it.
    pub(super) fit: Fit,
    /// That grace in microseconds.
    pub(super) grace: i64,
    /// It leaves out days of the week or hours of the day.
    pub(super) has_pauses: bool,
}

/// Learns a schedule by the clock; `None` if pings keep to none that can be written.
///
/// The zone of the schedule that is asked for goes before those that are likely, if it is as good.
pub(super) fn learn(patient: &Patient<'_>, asked: Option<&Calendar>) -> Option<Learned> {
    let steps = latest(&patient.course.steps);
    let asked = asked.map(|calendar| &*calendar.zone_name);
    let mut best: Option<(usize, Learned)> = None;
    for zone in asked.into_iter().chain(patient.places.near.iter().copied()) {
        let Some((alarms, learned)) = learn_in(zone, steps, patient) else { continue };
        if best.as_ref().is_none_or(|(least, _)| alarms < *least) {
            best = Some((alarms, learned));
        }
        if alarms == 0 {
            break;
        }
    }
    best.map(|(_, learned)| learned)
}

/// Returns the latest of the steps, as many as are worth comparing.
pub(super) fn latest(steps: &[Step]) -> &[Step] {
    &steps[steps.len().saturating_sub(STEPS_MAX)..]
}

fn learn_in(zone_name: &str, steps: &[Step], patient: &Patient<'_>) -> Option<(usize, Learned)> {
    let zone = (patient.places.look_up)(crate::zone::canonical(zone_name)?)?;
    let local = |micros: i64| {
        let at = WallTime::from_micros(micros);
        at.as_seconds() + zone.offset_at(at)
    };
    let begins: Vec<i64> = steps.iter().map(|step| local(step.begin)).collect();
    let grid = Grid::of(&begins, patient)?;
    let slots: Vec<i64> = begins.iter().filter_map(|begin| grid.slot(*begin)).collect();
    let days = Weekdays::of(&slots);
    let (text, unit) = (grid.text(&slots, &days)?, grid.unit);
    let calendar = calendar(&text, zone_name, patient.places)?;
    let slots = Slots::new(&calendar.expression, &calendar.zone);
    let distance = slots.distance(steps)?;
    let bare = Fit::of_slots(steps, &slots, 0)?;
    let grace = rounding::up((2 * bare.lateness(distance / 2)).max(GRACE_MIN));
    let fit = bare.with_grace(grace);
    let alarms = fit.alarms();
    let has_pauses = text.split(' ').skip(1).any(|part| part != "*" && !part.contains('/'))
        && unit < DAY_SECONDS
        || !text.ends_with('*');
    let is_right = alarms <= misses_max(steps.len()) && grace <= distance;
    is_right.then_some((alarms, Learned { calendar, fit, grace, has_pauses }))
}

/// The even grid of times that begins keep to, in seconds of a clock on the wall.
struct Grid {
    /// From one to the next: minutes that an hour is made of, an hour, or a day.
    unit: i64,
    /// The first of them after midnight.
    first: i64,
    /// How late begins are at most to be counted.
    width: i64,
}

impl Grid {
    fn of(begins: &[i64], patient: &Patient<'_>) -> Option<Self> {
        let period = match patient.pace {
            Pace::Even => patient.period,
            Pace::Rounds(count) if (DAY * 97 / 100..DAY * 8).contains(&patient.period) => {
                patient.period / i64::try_from(count).ok()?
            }
            Pace::Rounds(_) | Pace::Irregular => return None,
        };
        let unit = match period {
            short if short < 55 * MINUTE => {
                let minutes = (short + MINUTE / 2) / MINUTE;
                let is_whole = 0 < minutes && 60 % minutes == 0;
                let is_near = (short - minutes * MINUTE).abs() * 100 <= short * 3;
                Some(minutes * 60).filter(|_| is_whole && is_near)?
            }
            middling if middling < 20 * HOUR => 3_600,
            _ => DAY_SECONDS,
        };
        let width = (unit / 4).max(30);
        let mut rests: Vec<i64> = begins.iter().map(|begin| begin.rem_euclid(unit)).collect();
        rests.sort_unstable();
        let first = densest(&rests, unit, width)?;
        let minute = first / 60;
        // A job that begins on a five is asked for on a five, though its ping comes a little later.
        let minute = if 3_600 <= unit && minute % 5 <= 2 { minute - minute % 5 } else { minute };
        Some(Self { unit, first: minute * 60, width: width + 180 })
    }

    /// Returns the time of the grid that a begin belongs to, if it comes soon after one.
    fn slot(&self, begin: i64) -> Option<i64> {
        let late = (begin - self.first).rem_euclid(self.unit);
        (late <= self.width).then_some(begin - late)
    }

    /// Writes the grid down, for the days and hours at which there are pings.
    fn text(&self, slots: &[i64], days: &Weekdays) -> Option<String> {
        let (hour, minute) = (self.first / 3_600, self.first % 3_600 / 60);
        if self.unit == DAY_SECONDS {
            if let Some(day) = day_of_month(slots) {
                return Some(format!("{minute} {hour} {day} * *"));
            }
            return Some(format!("{minute} {hour} * * {}", days.text()?));
        }
        let minutes = match self.unit / 60 {
            1 => "*".to_owned(),
            60 => minute.to_string(),
            step if minute == 0 => format!("*/{step}"),
            step => format!("{minute}-59/{step}"),
        };
        Some(format!("{minutes} {} * * {}", hours(slots)?, days.text()?))
    }
}

/// Finds the beginning of the stretch of this width that holds nearly all, on a dial of `unit` seconds.
fn densest(rests: &[i64], unit: i64, width: i64) -> Option<i64> {
    let held = |from: i64| rests.iter().filter(|rest| (*rest - from).rem_euclid(unit) <= width).count();
    let mut candidates: Vec<i64> = rests.iter().map(|rest| rest / 60 * 60).collect();
    candidates.dedup();
    let most = candidates.iter().map(|from| held(*from)).max()?;
    if most * 100 < rests.len() * 85 {
        return None;
    }
    // Of those that hold as many, the one behind the emptiest part of the dial: there the stretch really begins.
    let emptiness = |from: &i64| {
        let before = rests.iter().map(|rest| (from - rest - 1).rem_euclid(unit)).min().unwrap_or(0);
        (held(*from), before)
    };
    candidates.into_iter().filter(|from| most * 97 <= held(*from) * 100).max_by_key(|from| emptiness(from).1)
}

/// On which days of the week pings come.
struct Weekdays {
    /// Of each, from Sunday: on how many days there were pings, and how many there were.
    counts: [(u32, u32); 7],
    is_long_enough: bool,
}

impl Weekdays {
    fn of(slots: &[i64]) -> Self {
        let days: BTreeSet<i64> = slots.iter().map(|slot| slot.div_euclid(DAY_SECONDS)).collect();
        let mut counts = [(0, 0); 7];
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Self { counts, is_long_enough: false };
        };
        for day in *first..=*last {
            let count = &mut counts[usize::from(Date::from_number(day).weekday())];
            count.1 += 1;
            count.0 += u32::from(days.contains(&day));
        }
        Self { counts, is_long_enough: WEEKS <= (last - first + 1) * DAY_SECONDS }
    }

    fn is_on(&self, weekday: usize) -> bool {
        let (with, all) = self.counts[weekday];
        // A day of the week on which now and then nothing was heard is one on which runs were missed.
        all <= 4 * with
    }

    /// Writes them as cron has them; `None` if there is none.
    fn text(&self) -> Option<String> {
        let on: Vec<u32> = (0_u32..7).filter(|day| self.is_on(*day as usize)).collect();
        if !self.is_long_enough || on.len() == 7 { Some("*".to_owned()) } else { list(&on) }
    }
}

/// Returns the day of the month on which all of these lie, if it is one.
fn day_of_month(slots: &[i64]) -> Option<u8> {
    let dates: Vec<Date> = slots.iter().map(|slot| Date::from_number(slot.div_euclid(DAY_SECONDS))).collect();
    let months: BTreeSet<_> = dates.iter().map(|date| (date.year, date.month)).collect();
    let day = dates.first()?.day;
    (4 <= months.len() && dates.iter().all(|date| date.day == day)).then_some(day)
}

/// Writes the hours of the day at which pings come, as cron has them; `None` if there is none.
fn hours(slots: &[i64]) -> Option<String> {
    let mut days_of: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for slot in slots {
        let hour = slot.rem_euclid(DAY_SECONDS) / 3_600;
        days_of.entry(hour).or_default().insert(slot.div_euclid(DAY_SECONDS));
    }
    let most = days_of.values().map(BTreeSet::len).max()?;
    // An hour at which there was now and then a ping is neither on nor off: as one that is on it has to fit.
    let is_on = |days: &BTreeSet<i64>| most < 8 * days.len();
    let hours =
        days_of.iter().filter(|(_, days)| is_on(days)).filter_map(|(hour, _)| u32::try_from(*hour).ok());
    let hours: Vec<u32> = hours.collect();
    if hours.len() == 24 || most < DAYS_MIN {
        Some("*".to_owned())
    } else {
        step(&hours).or_else(|| list(&hours))
    }
}

/// Writes numbers that go round the day evenly as a step.
fn step(hours: &[u32]) -> Option<String> {
    let [first, second, ..] = hours else { return None };
    let step = second - first;
    let is_even = hours.windows(2).all(|pair| pair[1] - pair[0] == step);
    let count = u32::try_from(hours.len()).ok()?;
    (is_even && 1 < step && step * count == 24).then(|| match first {
        0 => format!("*/{step}"),
        first => format!("{first}-23/{step}"),
    })
}

/// Writes numbers with ranges where they follow each other; `None` if there is none.
fn list(numbers: &[u32]) -> Option<String> {
    let mut parts = Vec::new();
    for run in numbers.chunk_by(|one, next| one + 1 == *next) {
        match run {
            [first, _, .., last] => parts.push(format!("{first}-{last}")),
            few => parts.extend(few.iter().map(u32::to_string)),
        }
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_cron() {
        assert_eq!(list(&[1, 2, 3, 4, 5]).unwrap(), "1-5");
        assert_eq!(list(&[0, 6]).unwrap(), "0,6");
        assert_eq!(list(&[1, 2, 5, 6, 7]).unwrap(), "1,2,5-7");
        assert_eq!(list(&[]), None);
        assert_eq!(step(&[0, 6, 12, 18]).unwrap(), "*/6");
        assert_eq!(step(&[2, 14]).unwrap(), "2-23/12");
        assert_eq!(step(&[8, 10, 12]), None);
    }
}

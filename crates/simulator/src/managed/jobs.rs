//! False jobs: what cron jobs and backups say, well or ill, side by side, hung or dead.

use std::collections::BTreeMap;

use domain::ping::Signal;

use super::contract::{Asked, Period};
use super::slots::Slots;
use crate::dice::Dice;
use crate::weather::{MINUTE, SECOND};

use domain::time::Span;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) signal: Signal,
    pub(crate) rid: Option<u32>,
}

/// One job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    habit: Habit,
    begins_at: i64,
    /// How runs that go on will end, by when.
    ends: BTreeMap<(i64, u32), Said>,
    runs: u32,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
#[derive(Clone, Debug)]
struct Habit {
    /// It says when it begins.
    starts: bool,
    /// It gives its runs ids.
    has_rids: bool,
    /// Some of its ends name no run, or another.
    mixes_rids: bool,
    /// A run may begin while another goes on.
    overlaps: bool,
    hangs: f64,
    fails: f64,
    chats: f64,
    /// It stays away for some periods.
    faints: f64,
    /// How long a run takes, in thousandths of its limit.
    run: (i64, i64),
    /// The distance of its runs, in thousandths of the period.
    pace: (i64, i64),
}

/// Chooses what is asked of a check.
pub(crate) fn choose_asked(shortest: i64, dice: &mut Dice) -> Asked {
    let period = if dice.chance(0.6) {
        Period::Timeout(Span::from_seconds(dice.spread(shortest, 60 * shortest)))
    } else {
        Period::Schedule(Slots::choose(dice))
    };
    Asked {
        period,
        grace: Span::from_seconds(dice.spread(shortest, 20 * shortest)),
        max_runtime: dice.chance(0.3).then(|| Span::from_seconds(dice.spread(shortest, 60 * shortest))),
        manual_resume: dice.chance(0.3),
    }
}

impl Asked {
    /// Returns about how far two runs are apart, in microseconds.
    fn period_micros(&self) -> i64 {
        match &self.period {
            Period::Timeout(timeout) => timeout.as_micros(),
            Period::Schedule(_) => 5 * MINUTE,
        }
    }

    fn limit_micros(&self) -> i64 {
        self.max_runtime.unwrap_or(self.grace).as_micros()
    }
}

impl Job {
    /// Chooses a job that begins after `now`.
    pub(crate) fn choose(asked: &Asked, now: i64, dice: &mut Dice) -> Self {
        let often = |dice: &mut Dice| if dice.chance(0.5) { dice.unit() * 0.1 } else { 0.0 };
        let habit = Habit {
            starts: dice.chance(0.7),
            has_rids: dice.chance(0.6),
            mixes_rids: dice.chance(0.3),
            overlaps: dice.chance(0.4),
            hangs: often(dice),
            fails: often(dice),
            chats: often(dice),
            faints: often(dice),
            run: (dice.between(1, 300), dice.between(300, 1_100)),
            pace: (dice.between(300, 900), dice.between(900, 1_050)),
        };
        let begins_at = now + dice.spread(SECOND, asked.period_micros());
        Self { habit, begins_at, ends: BTreeMap::new(), runs: 0 }
    }

    /// Returns when it speaks next.
    pub(crate) fn speaks_at(&self) -> i64 {
        self.ends.first_key_value().map_or(self.begins_at, |((at, _), _)| self.begins_at.min(*at))
    }

    /// Speaks; `wall_offset` is what its clock shows more than `now`.
    pub(crate) fn speak(&mut self, now: i64, wall_offset: i64, asked: &Asked, dice: &mut Dice) -> Said {
        if let Some(end) = self.ends.first_entry().filter(|end| end.key().0 <= now) {
            return end.remove();
        }
        if dice.chance(self.habit.chats) {
            self.begins_at = now + dice.spread(SECOND, asked.period_micros());
            return Said { signal: *dice.pick(&[Signal::Log, Signal::Ignored]), rid: None };
        }
        self.runs += 1;
        let rid = self.habit.has_rids.then_some(self.runs);
        let mut free_at = now;
        let end = Said { signal: self.ending(dice), rid: self.rid_of_end(rid, dice) };
        if self.habit.starts && !dice.chance(self.habit.hangs) {
            let share = dice.between(self.habit.run.0, self.habit.run.1);
            let takes = (asked.limit_micros() / 1_000 * share).max(1);
            self.ends.insert((now + takes, self.runs), end);
            free_at = now + takes;
        }
        self.begins_at = self.next_beginning(now, wall_offset, asked, dice);
        if !self.habit.overlaps {
            self.begins_at = self.begins_at.max(free_at + 1);
        }
        if self.habit.starts { Said { signal: Signal::Start, rid } } else { end }
    }

    fn ending(&self, dice: &mut Dice) -> Signal {
        if dice.chance(self.habit.fails) { Signal::Fail } else { Signal::Success }
    }

    fn rid_of_end(&self, rid: Option<u32>, dice: &mut Dice) -> Option<u32> {
        if !self.habit.mixes_rids || dice.chance(0.7) {
            return rid;
        }
        *dice.pick(&[None, Some(self.runs + 1_000), Some(self.runs.saturating_sub(1))])
    }

    fn next_beginning(&self, now: i64, wall_offset: i64, asked: &Asked, dice: &mut Dice) -> i64 {
        let faint = if dice.chance(self.habit.faints) { dice.between(1, 6) } else { 0 };
        match &asked.period {
            Period::Timeout(_) => {
                let share = dice.between(self.habit.pace.0, self.habit.pace.1) + 1_000 * faint;
                now + (asked.period_micros() / 1_000 * share).max(1)
            }
            Period::Schedule(slots) => {
                let mut slot = slots.next_after(now + wall_offset);
                for _ in 0..faint {
                    slot = slots.next_after(slot);
                }
                // A machine is a little slow, and its clock may be a little fast.
                let delay = dice.between(-SECOND, asked.grace.as_micros() + SECOND / 10);
                (slot - wall_offset + delay).max(now + 1)
            }
        }
    }
}

//! False clients: what devices and jobs do, healthy or not, and in the last instants around a deadline.

use crate::dice::Dice;
use crate::history::Check;
use crate::weather::{MILLISECOND, SECOND, Weather};

/// One device or job.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) check: Check,
    habit: Habit,
    /// It tries again soon after a ping that failed.
    retries: bool,
    /// When it was last answered 200, by the true time.
    pub(crate) answered_at: Option<i64>,
    /// Pings it sends before it falls silent for a while.
    left: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// Every so often, in thousandths of `max_sleep`, with so much jitter.
    Steady { share: i64, jitter: i64 },
    /// A few pings, then silence for some `max_sleep`s.
    Flapping,
    /// Once it falls silent, it stays so.
    Dying,
    /// In the last instants before a deadline, and the first after it.
    OnEdge,
    /// As often as it can, and at once when the listener is back.
    Thundering,
}

impl Client {
    /// Chooses what a check's client is like.
    #[must_use]
    pub(crate) fn choose(check: Check, weather: &Weather, dice: &mut Dice) -> Self {
        let habit = match if weather.falls_silent { dice.between(4, 6) } else { dice.between(0, 9) } {
            0..=3 => Habit::Steady { share: dice.between(200, 990), jitter: dice.between(0, 300) },
            4 | 5 => Habit::Flapping,
            6 => Habit::Dying,
            7 | 8 => Habit::OnEdge,
            _ => Habit::Thundering,
        };
        Self { check, habit, retries: dice.chance(0.5), answered_at: None, left: dice.between(1, 60) }
    }

    /// Returns when it pings next by the true time, after a try at `now`, or `None` if never.
    pub(crate) fn next_try(
        &mut self,
        now: i64,
        went_well: bool,
        max_sleep: i64,
        dice: &mut Dice,
    ) -> Option<i64> {
        if !went_well && self.retries {
            return Some(now + dice.spread(200 * MILLISECOND, (max_sleep / 8).max(SECOND)));
        }
        let steady = |share: i64| max_sleep / 1_000 * share;
        let length = match self.habit {
            Habit::Steady { share, jitter } => {
                steady(share) + dice.between(-jitter, jitter) * (max_sleep / 10_000)
            }
            Habit::Flapping => {
                self.left -= 1;
                if 0 < self.left {
                    steady(dice.between(100, 900))
                } else {
                    self.left = dice.between(1, 12);
                    steady(dice.between(1_000, 9_000))
                }
            }
            Habit::Dying => {
                self.left -= 1;
                if self.left <= 0 {
                    return None;
                }
                steady(dice.between(500, 950))
            }
            Habit::OnEdge if !went_well => steady(dice.between(100, 900)),
            Habit::OnEdge => {
                let margin = dice.spread(1, 400 * MILLISECOND) * *dice.pick(&[-1, -1, -1, 1]);
                let base = self.answered_at.unwrap_or(now);
                return Some((base + max_sleep + margin).max(now + MILLISECOND));
            }
            Habit::Thundering => steady(dice.between(100, 300)),
        };
        Some(now + length.max(MILLISECOND))
    }

    /// Tells whether it pings at once when the listener is back.
    #[must_use]
    pub(crate) fn thunders(&self) -> bool {
        self.habit == Habit::Thundering
    }
}

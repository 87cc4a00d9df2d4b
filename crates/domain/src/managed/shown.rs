//! What a reader sees of a managed check: its state, with what the clock adds to it.

use super::{Managed, Shown, State, World};
use crate::time::Timestamp;

impl Managed {
    /// Returns what a reader sees at `now`; the first version of the API, `is_v1`, also says that a run has begun.
    #[must_use]
    pub fn shown(&self, world: World<'_>, now: Timestamp, is_v1: bool) -> Shown {
        if self.has_run_out_of_time(world, now) {
            return Shown::Down;
        }
        if self.is_started() && is_v1 {
            return Shown::Started;
        }
        match self.state {
            State::New => Shown::New,
            State::Down(_) => Shown::Down,
            State::Paused => Shown::Paused,
            State::Up => match self.expected(world, now) {
                Some(expected) if expected.deadline.at <= now => Shown::Down,
                Some(expected) if expected.base <= now => Shown::Grace,
                Some(_) | None => Shown::Up,
            },
        }
    }

    fn has_run_out_of_time(&self, world: World<'_>, now: Timestamp) -> bool {
        self.open_runs().any(|run| self.limit_of(run).at <= now && !self.is_excused(run, world, now))
    }
}

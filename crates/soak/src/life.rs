//! When each check pings: the living in turns, the mortal by a life of their own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::plan::{MORTALS, Plan};
use crate::random::Random;

/// Tells whose turn it is.
pub struct Lives {
    plan: Plan,
    random: Random,
    next_living: usize,
    /// When each mortal check pings next.
    due: BinaryHeap<Reverse<(Duration, usize)>>,
    /// When it dies.
    dies_at: Vec<Duration>,
}

impl Lives {
    pub fn new(plan: &Plan) -> Self {
        let mut random = Random::new(1);
        let (least, most) = plan.life();
        let dies_at = (0..MORTALS).map(|_| random.between(least, most)).collect();
        let due = (0..MORTALS).map(|mortal| Reverse((Duration::ZERO, mortal))).collect();
        Self { plan: plan.clone(), random, next_living: 0, due, dies_at }
    }

    /// Returns the check that uses a chance to ping at `now`.
    pub fn next(&mut self, now: Duration) -> usize {
        while let Some(Reverse((at, mortal))) = self.due.peek().copied().filter(|Reverse((at, _))| *at <= now)
        {
            self.due.pop();
            let check = self.plan.living() + mortal;
            if now < self.dies_at[mortal] {
                self.due.push(Reverse((at.max(now) + self.plan.max_sleep(check) / 4, mortal)));
                return check;
            }
            self.bury(mortal, now);
        }
        self.next_living = (self.next_living + 1) % self.plan.living();
        self.next_living
    }

    /// Lets a check be silent for a while, and then live again.
    fn bury(&mut self, mortal: usize, now: Duration) {
        let (least, most) = self.plan.death();
        let rises_at = now + self.random.between(least, most);
        let (least, most) = self.plan.life();
        self.dies_at[mortal] = rises_at + self.random.between(least, most);
        self.due.push(Reverse((rises_at, mortal)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_ping_in_turns_and_the_mortal_die() {
        let plan = Plan::parse(&["--minutes", "1"]).unwrap();
        let mut lives = Lives::new(&plan);
        let mut last = vec![Duration::ZERO; plan.checks];
        let mut longest = last.clone();
        for slot in 0..260_000_u32 {
            let now = Duration::from_secs(1) * slot / 2_000;
            let check = lives.next(now);
            longest[check] = longest[check].max(now.saturating_sub(last[check]));
            last[check] = now;
        }
        assert!(longest[..plan.living()].iter().all(|silence| *silence < Duration::from_secs(7)));
        assert!(longest[plan.living()..].iter().all(|silence| Duration::from_secs(55) < *silence));
    }
}

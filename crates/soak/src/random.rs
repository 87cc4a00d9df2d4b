//! Marsaglia's xorshift: good enough to spread faults, and the same in every run.

use std::time::Duration;

/// Draws numbers that look random.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins a row of numbers; each `seed` has its own.
    pub fn new(seed: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ (seed + 1).wrapping_mul(0xD134_2543_DE82_EF95))
    }

    /// Draws a number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit
    }

    /// Draws a length from `least` up to `most`, to the millisecond.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let room = usize::try_from(most.saturating_sub(least).as_millis()).unwrap();
        least + Duration::from_millis(u64::try_from(self.below(room + 1)).unwrap())
    }
}

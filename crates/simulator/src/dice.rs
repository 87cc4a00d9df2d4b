//! Chance that repeats itself: the same seed throws the same numbers, on every machine.

/// A source of numbers that depend on nothing but its seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Begins with a seed.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x5DEE_CE66_D1CE_CAFE)
    }

    /// Throws 64 bits: the generator of Steele, Lea and Flood.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Makes dice of their own for a part of the world, so that a throw more there changes nothing elsewhere.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.bits())
    }

    /// Throws a number from `0.0..1.0`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what the number type holds")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Throws whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Throws a number of `least..=most`.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let choices = most.abs_diff(least).saturating_add(1);
        least.saturating_add_unsigned(self.bits() % choices)
    }

    /// Throws a number of `least..=most`, small ones as likely as large ones ten times their size.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the lengths of a simulation are far below 2^52 microseconds"
    )]
    pub(crate) fn spread(&mut self, least: i64, most: i64) -> i64 {
        let (low, high) = ((least.max(1) as f64).ln(), (most.max(1) as f64).ln());
        ((low + self.unit() * (high - low)).exp() as i64).clamp(least, most)
    }

    /// Throws how long it is until something happens that happens every `mean` on average.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the lengths of a simulation are far below 2^52 microseconds"
    )]
    pub(crate) fn wait(&mut self, mean: i64) -> i64 {
        1 + (-(1.0 - self.unit()).ln() * mean as f64) as i64
    }

    /// Picks one.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let place = self.bits() % u64::try_from(choices.len()).expect("a list fits memory");
        &choices[usize::try_from(place).expect("less than the length")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_stays_in_its_bounds() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        for _ in 0..1_000 {
            assert_eq!(one.bits(), other.bits());
            assert!((-3..=5).contains(&one.between(-3, 5)));
            assert!((10..=1_000_000).contains(&one.spread(10, 1_000_000)));
            assert!(0 < one.wait(100));
            other = one.clone();
        }
    }
}

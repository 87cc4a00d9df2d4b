//! Chance that can be had again: the same seed makes the same trial.

/// Draws numbers, by the method called `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let place = self.below(u64::try_from(choices.len()).unwrap());
        &choices[usize::try_from(place).unwrap()]
    }

    /// Draws so many digits, at most 16, of those that a UUID has.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        format!("{:016x}", self.next())[16 - digits..].to_owned()
    }

    /// Draws a number from 1 up to `most`, small ones as often as large ones.
    pub(crate) fn count(&mut self, most: u64) -> u64 {
        let doublings = u64::from(most.ilog2()) + 1;
        let end = 1 << (self.below(doublings) + 1);
        1 + self.below(end.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_numbers() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..100).map(|_| dice.count(300)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|&count| (1..=300).contains(&count)));
    }
}

//! The one place that draws random numbers.

use std::sync::{Arc, Mutex, PoisonError};

/// A source of random bytes, handed in so that a simulation can repeat itself.
#[derive(Clone)]
pub struct Random(Arc<Draw>);

/// Fills its argument with random bytes.
type Draw = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// Draws from the operating system.
    ///
    /// # Panics
    ///
    /// When it has none to give; a token made without randomness would be worse than no server.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn from_system() -> Self {
        Self(Arc::new(|bytes| getrandom::fill(bytes).expect("the operating system gives random bytes")))
    }

    /// Repeats the same numbers for the same seed: for simulations, never for tokens.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let state = Mutex::new(seed);
        Self(Arc::new(move |bytes| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            for chunk in bytes.chunks_mut(8) {
                let number = split_mix(&mut state).to_le_bytes();
                chunk.copy_from_slice(&number[..chunk.len()]);
            }
        }))
    }

    /// Draws `N` bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// Draws a number from `0.0..1.0`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what the number type holds")]
    pub fn unit(&self) -> f64 {
        (u64::from_le_bytes(self.bytes()) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Steps the generator of Steele, Lea and Flood, whose constants these are.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_system_does_not() {
        assert_eq!(Random::from_seed(7).bytes::<20>(), Random::from_seed(7).bytes::<20>());
        assert_ne!(Random::from_system().bytes::<20>(), Random::from_system().bytes::<20>());
    }

    #[test]
    fn a_unit_lies_between_nought_and_one() {
        let random = Random::from_seed(1);
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&random.unit()));
        }
    }
}

//! Sealing: UUIDs for what is only numbered, which nobody can guess and which need not be remembered.
//!
//! A number is mixed with the secret of the data folder into the 122 free bits of a random UUID, and can be had back
//! from them. All but 32 of the bits have to come back as zero, so that no other UUID is taken for a sealed one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Rounds of mixing: four make a permutation that cannot be told from a random one.
const ROUNDS: u8 = 4;

/// Bits of a half of what is free in a UUID.
const HALF_BITS: u32 = 61;

const HALF: u128 = (1 << HALF_BITS) - 1;

/// Free bits of a UUID behind its variant.
const LAST_BITS: u32 = 62;

/// Free bits of a UUID between its version and its variant.
const MIDDLE_BITS: u32 = 12;

const LAST: u128 = (1 << LAST_BITS) - 1;

const MIDDLE: u128 = (1 << MIDDLE_BITS) - 1;

/// What a sealed UUID stands for: the same number is another UUID for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Sealed {
    /// A declared check.
    Check = 1,
    /// The badge of a declared check.
    Badge = 2,
    /// The channel by which mails go out.
    Channel = 3,
}

/// Seals numbers into UUIDs.
pub(in crate::store) struct Sealer(Hmac<Sha256>);

impl Sealer {
    pub(in crate::store) fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// Returns the UUID that stands for a number.
    pub(in crate::store) fn seal(&self, what: Sealed, number: u32) -> Uuid {
        let (mut left, mut right) = (0, u128::from(number));
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mixed(what, round, right));
        }
        with_free_bits(left << HALF_BITS | right)
    }

    /// Returns the number that a UUID stands for, or `None` if it is none of its kind.
    pub(in crate::store) fn unseal(&self, what: Sealed, uuid: Uuid) -> Option<u32> {
        let free = free_bits(uuid)?;
        let (mut left, mut right) = (free >> HALF_BITS, free & HALF);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mixed(what, round, left), left);
        }
        u32::try_from(left << HALF_BITS | right).ok()
    }

    fn mixed(&self, what: Sealed, round: u8, half: u128) -> u128 {
        let mut mac = self.0.clone();
        mac.update(&[b's', what as u8, round]);
        mac.update(&half.to_be_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(8).fold(0, |bits, byte| bits << 8 | u128::from(*byte)) & HALF
    }
}

/// Returns the bits of a random UUID that are random, or `None` if it is no random one.
fn free_bits(uuid: Uuid) -> Option<u128> {
    let bits = uuid.as_u128();
    let free = bits >> 80 << (MIDDLE_BITS + LAST_BITS) | (bits >> 64 & MIDDLE) << LAST_BITS | bits & LAST;
    (with_free_bits(free) == uuid).then_some(free)
}

fn with_free_bits(free: u128) -> Uuid {
    const VERSION: u128 = 4 << 76;
    const VARIANT: u128 = 2 << LAST_BITS;
    let middle = free >> LAST_BITS & MIDDLE;
    Uuid::from_u128(free >> (MIDDLE_BITS + LAST_BITS) << 80 | VERSION | middle << 64 | VARIANT | free & LAST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_sealed_comes_back_and_only_as_what_it_is(number: u32, secret: [u8; 32]) {
            let sealer = Sealer::new(&secret);
            let uuid = sealer.seal(Sealed::Check, number);
            prop_assert_eq!(uuid.get_version_num(), 4);
            prop_assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
            prop_assert_eq!(sealer.unseal(Sealed::Check, uuid), Some(number));
            prop_assert_eq!(sealer.unseal(Sealed::Badge, uuid), None);
            prop_assert_eq!(Sealer::new(&[9; 32]).unseal(Sealed::Check, uuid), None);
        }

        #[test]
        fn no_other_uuid_is_taken_for_a_sealed_one(bits: u128) {
            let sealer = Sealer::new(&[7; 32]);
            prop_assert_eq!(sealer.unseal(Sealed::Check, Uuid::from_u128(bits)), None);
            let random = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
            prop_assert_eq!(sealer.unseal(Sealed::Check, random), None);
        }
    }
}

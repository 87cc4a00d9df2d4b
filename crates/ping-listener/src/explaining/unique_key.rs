//! Unique keys: what names a check to those who may not ping it.

use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};
use uuid::Uuid;

/// Signs of a unique key.
const SIGNS: usize = 40;

/// Digits of a UUID from which its unique key is made.
const DIGITS: usize = 16;

/// Tells whether a text can be a unique key.
#[must_use]
pub fn is_unique_key(text: &str) -> bool {
    text.len() == SIGNS && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns the unique key of a check: the SHA-1 of the first half of its UUID, as Healthchecks has it.
#[must_use]
pub fn unique_key(uuid: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    let digits = &uuid.simple().encode_lower(&mut buffer)[..DIGITS];
    let mut key = String::with_capacity(SIGNS);
    for byte in Sha1::digest(digits) {
        write!(key, "{byte:02x}").expect("a string takes any text");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_key_is_made_of_the_first_half_of_a_uuid() {
        let uuid = Uuid::from_u128(0x7c1d_4be0_52f3_4a86_9b0e_d3a6_f8e2_1c55);
        assert_eq!(unique_key(uuid), "bec4697107d577005e62e96d51b8c571b42bc05c");
        assert!(is_unique_key(&unique_key(uuid)));
        assert!(!is_unique_key("bec4697107d577005e62e96d51b8c571b42bc05"));
    }
}

//! Numbers of variable length, as the ping log and the history write them: small numbers in few bytes.

/// Appends `value`, seven bits a byte, least significant first.
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while 0x80 <= value {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends a number that may be negative.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, zigzag(value));
}

/// Takes a number off the front of `input`, or returns `None` if it is cut off or too long.
pub fn take(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes a number that may be negative.
pub fn take_signed(input: &mut &[u8]) -> Option<i64> {
    take(input).map(unzigzag)
}

/// Takes as many bytes as the number before them says, or returns `None` if there are less.
pub fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

/// Maps 0, -1, 1, -2, … to 0, 1, 2, 3, …, so that numbers near nought stay short whatever their sign.
#[expect(clippy::cast_sign_loss, reason = "the bits are meant, not the number")]
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Undoes [`zigzag`].
#[expect(clippy::cast_possible_wrap, reason = "the bits are meant, not the number")]
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(values: Vec<i64>) {
            let mut bytes = Vec::new();
            for &value in &values {
                put_signed(&mut bytes, value);
            }
            let mut input = &bytes[..];
            for &value in &values {
                prop_assert_eq!(take_signed(&mut input), Some(value));
            }
            prop_assert!(input.is_empty());
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let mut input = &bytes[..];
            while take(&mut input).is_some() {}
        }
    }
}

//! The history's format: the pings of one check in one hour, a few bytes each.
//!
//! Each ping is the distance to the one before, the first to the hour's beginning, in microseconds of wall-clock time;
//! it may be negative where the wall clock was set back. The lowest bit is kept for details of later kinds of pings.

use super::varint;

/// Microseconds of an hour.
pub const HOUR_MICROS: i64 = 3_600_000_000;

/// Returns the hour that an instant falls into, counted from the Unix epoch.
#[must_use]
pub fn hour_of(wall_micros: i64) -> i64 {
    wall_micros.div_euclid(HOUR_MICROS)
}

/// No wall clock shows an instant further from the Unix epoch, so that one is damage: 36,000 years. Distances of those
/// within it have room for the bit that is kept.
const WALL_MICROS_MAX: i64 = 1 << 60;

/// Appends pings to the payload of their hour, which may be empty; what is damaged at its end goes.
pub fn append(payload: &mut Vec<u8>, hour: i64, pings_wall_micros: &[i64]) {
    let mut last = hour * HOUR_MICROS;
    let whole = read(payload, hour, |wall_micros| last = wall_micros);
    payload.truncate(whole);
    for &wall_micros in pings_wall_micros {
        varint::put(payload, varint::zigzag(wall_micros - last) << 1);
        last = wall_micros;
    }
}

/// Calls `each` with the wall-clock time of every ping of an hour; stops where the payload is damaged, and returns how
/// many bytes were whole.
pub fn read(payload: &[u8], hour: i64, mut each: impl FnMut(i64)) -> usize {
    let mut input = payload;
    let mut wall_micros = hour * HOUR_MICROS;
    let mut whole = 0;
    while let Some(value) = varint::take(&mut input) {
        wall_micros += varint::unzigzag(value >> 1);
        if WALL_MICROS_MAX < wall_micros.saturating_abs() {
            break;
        }
        each(wall_micros);
        whole = payload.len() - input.len();
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_of_an_hour_read_back_across_appends() {
        let hour = 500_000;
        let start = hour * HOUR_MICROS;
        let pings = [start + 5, start + 60_000_005, start + 30, start + 3_599_999_999];
        let mut payload = Vec::new();
        append(&mut payload, hour, &pings[..2]);
        append(&mut payload, hour, &pings[2..]);
        let mut read_back = Vec::new();
        read(&payload, hour, |wall_micros| read_back.push(wall_micros));
        assert_eq!(read_back, pings);
    }

    #[test]
    fn pings_are_appended_to_what_a_damaged_hour_has_left() {
        let mut payload = Vec::new();
        append(&mut payload, 0, &[5, 60_000_005]);
        for damage in [&[0xFF; 9][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], &[0x80]] {
            let mut damaged = [&payload[..], damage].concat();
            append(&mut damaged, 0, &[120_000_005]);
            let mut read_back = Vec::new();
            assert_eq!(read(&damaged, 0, |wall_micros| read_back.push(wall_micros)), damaged.len());
            assert_eq!(read_back, [5, 60_000_005, 120_000_005], "{damage:?}");
        }
    }

    #[test]
    fn a_ping_each_minute_takes_four_bytes() {
        let pings: Vec<_> = (0..60).map(|minute| minute * 60_001_234).collect();
        let mut payload = Vec::new();
        append(&mut payload, 0, &pings);
        assert!(payload.len() <= 60 * 4);
    }
}

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

/// Appends pings to the payload of their hour, which may be empty.
pub fn append(payload: &mut Vec<u8>, hour: i64, pings_wall_micros: &[i64]) {
    let mut last = hour * HOUR_MICROS;
    read(payload, hour, |wall_micros| last = wall_micros);
    for &wall_micros in pings_wall_micros {
        varint::put(payload, varint::zigzag(wall_micros - last) << 1);
        last = wall_micros;
    }
}

/// Calls `each` with the wall-clock time of every ping of an hour; stops where the payload is damaged.
pub fn read(payload: &[u8], hour: i64, mut each: impl FnMut(i64)) {
    let mut input = payload;
    let mut wall_micros = hour * HOUR_MICROS;
    while let Some(value) = varint::take(&mut input) {
        wall_micros = wall_micros.saturating_add(varint::unzigzag(value >> 1));
        each(wall_micros);
    }
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
    fn a_ping_each_minute_takes_four_bytes() {
        let pings: Vec<_> = (0..60).map(|minute| minute * 60_001_234).collect();
        let mut payload = Vec::new();
        append(&mut payload, 0, &pings);
        assert!(payload.len() <= 60 * 4);
    }
}

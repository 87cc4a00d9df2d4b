//! Lengths that a person would have written.

use super::{DAY, HOUR, MINUTE, SECOND};

/// The lengths that people write, but for whole days.
const WRITTEN: &[i64] = &[
    SECOND,
    2 * SECOND,
    3 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    20 * SECOND,
    30 * SECOND,
    45 * SECOND,
    MINUTE,
    90 * SECOND,
    2 * MINUTE,
    3 * MINUTE,
    4 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    45 * MINUTE,
    HOUR,
    90 * MINUTE,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    5 * HOUR,
    6 * HOUR,
    8 * HOUR,
    10 * HOUR,
    12 * HOUR,
    18 * HOUR,
    DAY,
    36 * HOUR,
];

/// Returns the shortest length that people write and that is not shorter.
pub(super) fn up(micros: i64) -> i64 {
    let written = WRITTEN.iter().copied().find(|written| micros <= *written);
    written.unwrap_or_else(|| micros.saturating_add(DAY - 1) / DAY * DAY)
}

/// Returns a length that is no shorter, and easy to say.
pub(super) fn whole(micros: i64) -> i64 {
    let unit = match micros {
        short if short <= MINUTE => SECOND,
        short if short <= 10 * MINUTE => 10 * SECOND,
        middling if middling <= HOUR => MINUTE,
        _ => 5 * MINUTE,
    };
    micros.saturating_add(unit - 1) / unit * unit
}

/// Returns the length that is meant by one that was measured: a whole number of its unit if one is near.
pub(super) fn nearest(micros: i64) -> i64 {
    let is_near = |whole: i64| 0 < whole && (micros - whole).abs() * 100 <= whole * 3;
    for unit in [DAY, HOUR, 5 * MINUTE, MINUTE, 5 * SECOND, SECOND] {
        let whole = (micros + unit / 2) / unit * unit;
        if is_near(whole) {
            return whole;
        }
    }
    micros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_rounded_as_people_write_it() {
        let rows = [(80, 90), (1, 1), (61, 90), (3_601, 5_400), (86_401, 129_600), (200_000, 259_200)];
        for (seconds, written) in rows {
            assert_eq!(up(seconds * SECOND), written * SECOND, "{seconds}");
        }
        for (seconds, said) in [(14, 14), (107, 110), (1_050, 1_080), (86_520, 86_700)] {
            assert_eq!(whole(seconds * SECOND), said * SECOND, "{seconds}");
        }
        let rows =
            [(301, 300), (302, 300), (86_411, 86_400), (59, 60), (100, 100), (5_100, 5_100), (3_590, 3_600)];
        for (seconds, meant) in rows {
            assert_eq!(nearest(seconds * SECOND), meant * SECOND, "{seconds}");
        }
    }
}

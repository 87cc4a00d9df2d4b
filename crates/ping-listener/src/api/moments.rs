//! Times as clients read them: in UTC, cut to the second or with its fraction.

use std::fmt::Write as _;

use jiff::Timestamp;

/// Writes an instant without its fraction: `2026-05-13T10:07:30+00:00`.
pub(super) fn to_the_second(at: Timestamp) -> String {
    let mut text = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    text.push_str("+00:00");
    text
}

/// Writes an instant with its microseconds, which are left out when there are none.
pub(super) fn exactly(at: Timestamp) -> String {
    let mut text = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let micros = at.as_microsecond().rem_euclid(1_000_000);
    if micros != 0 {
        write!(text, ".{micros:06}").expect("a string takes any text");
    }
    text.push_str("+00:00");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_cut_or_written_in_six_digits() {
        let at: Timestamp = "2026-05-13T10:07:30.123456Z".parse().unwrap();
        assert_eq!(to_the_second(at), "2026-05-13T10:07:30+00:00");
        assert_eq!(exactly(at), "2026-05-13T10:07:30.123456+00:00");
        let whole: Timestamp = "2026-05-13T10:07:30Z".parse().unwrap();
        assert_eq!(exactly(whole), "2026-05-13T10:07:30+00:00");
        let small: Timestamp = "2026-05-13T10:07:30.000007Z".parse().unwrap();
        assert_eq!(exactly(small), "2026-05-13T10:07:30.000007+00:00");
    }
}

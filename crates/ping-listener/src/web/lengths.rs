//! Lengths of time as people write them: `5 min`, `1 h 30 min`, `20m`.

/// Every unit with the names it goes by, the longest first.
const UNITS: [(u64, &str, &[&str]); 5] = [
    (604_800, "week", &["w", "week", "weeks"]),
    (86_400, "d", &["d", "day", "days"]),
    (3_600, "h", &["h", "hour", "hours"]),
    (60, "min", &["m", "min", "minute", "minutes"]),
    (1, "s", &["s", "sec", "second", "seconds"]),
];

/// The unit that a length is written in when it is several weeks long, so that months are counted in days.
const LARGEST_WRITTEN: usize = 1;

/// Reads a length in seconds; each number needs its unit. `None` if it is none, or too long to be counted.
pub(super) fn read(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut seconds: Option<u64> = None;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|sign: char| sign.is_ascii_digit()).len();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.len() - rest.trim_start_matches(char::is_alphabetic).len();
        let name = rest[..letters].to_lowercase();
        let (unit, ..) = UNITS.iter().find(|(_, _, names)| names.contains(&name.as_str()))?;
        seconds = Some(seconds.unwrap_or(0).checked_add(number.checked_mul(*unit)?)?);
        rest = rest[letters..].trim_start_matches([' ', ',']);
    }
    seconds
}

/// Writes a length so that it can be read again, to the second.
pub(super) fn write(seconds: u64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, name, _) in &UNITS[LARGEST_WRITTEN..] {
        if *unit <= rest {
            parts.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("5 min", 300),
            ("1 h 30 min", 5_400),
            ("1h30m", 5_400),
            (" 20M ", 1_200),
            ("1 day, 2 hours", 93_600),
            ("2 weeks", 1_209_600),
            ("0 s", 0),
        ] {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
        for text in
            ["", "5", "min", "5 lightyears", "-5 min", "1.5 h", "5 min later", "99999999999999999999 s"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("9999999999999999999 weeks"), None);
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        for seconds in [0, 1, 59, 60, 3_661, 86_400, 31_536_000, 90_061] {
            assert_eq!(read(&write(seconds)), Some(seconds), "{}", write(seconds));
        }
        assert_eq!(write(5_400), "1 h 30 min");
    }
}

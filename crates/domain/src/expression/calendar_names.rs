//! The words of OnCalendar expressions: days of the week, and shorthands for whole schedules.

/// From Monday; the first three letters are enough.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const SHORTHANDS: [(&str, &str); 9] = [
    ("minutely", "*:*"),
    ("hourly", "*:0"),
    ("daily", "0:0"),
    ("weekly", "Mon"),
    ("monthly", "*-1"),
    ("quarterly", "1,4,7,10-1"),
    ("semiannually", "1,7-1"),
    ("yearly", "1-1"),
    ("annually", "1-1"),
];

/// Returns 1 for Monday to 7 for Sunday; `None` if it is no name of a day.
pub(super) fn weekday(word: &str) -> Option<u32> {
    (1..).zip(WEEKDAYS).find_map(|(number, name)| {
        let is_it = word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3]);
        is_it.then_some(number)
    })
}

/// Returns what a shorthand stands for.
pub(super) fn shorthand(word: &str) -> Option<&'static str> {
    SHORTHANDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, meaning)| *meaning)
}

//! Reads what a form asks of a check, with the same limits as the API; each mistake is told beside its field.

use domain::expression::Expression;
use domain::managed::limits::{self, SECONDS_MAX, SECONDS_MIN, TAGS_MAX, TEXT_MAX};

use super::filled::Filled;
use super::{lengths, words};
use crate::store::managed::settings::Edit;
use crate::zones;

/// Reads the name, which has to be there.
pub(super) fn name(filled: &mut Filled) -> Option<String> {
    let name = filled.value("name").trim().to_owned();
    if name.is_empty() {
        filled.refuse("name", words::asked::NO_NAME);
    }
    line(filled, "name", &name, TEXT_MAX);
    filled.error("name").is_none().then_some(name)
}

/// Reads the tags, each once.
pub(super) fn tags(filled: &mut Filled) -> Option<String> {
    let mut tags: Vec<&str> = Vec::new();
    for tag in filled.value("tags").split_whitespace() {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let tags = tags.join(" ");
    line(filled, "tags", &tags, TAGS_MAX);
    filled.error("tags").is_none().then_some(tags)
}

/// Reads when pings are expected: by `period`, or by `schedule` and `tz`, as `kind` says, and `grace`.
pub(super) fn times(filled: &mut Filled) -> Edit {
    let mut edit = Edit { grace: seconds(filled, "grace", 0), ..Edit::default() };
    if filled.value("kind") == "schedule" {
        edit.schedule = schedule(filled);
        edit.tz = zone(filled);
    } else {
        edit.timeout = seconds(filled, "period", SECONDS_MIN);
    }
    edit
}

/// Reads a length of at least so many seconds.
pub(super) fn seconds(filled: &mut Filled, field: &'static str, least: u64) -> Option<u64> {
    let text = filled.value(field).trim().to_owned();
    match lengths::read(&text) {
        Some(seconds) if (least..=SECONDS_MAX).contains(&seconds) => Some(seconds),
        Some(_) => {
            let (least, most) = (lengths::write(least), lengths::write(SECONDS_MAX));
            filled.refuse(field, words::asked::out_of_range(&least, &most, &text));
            None
        }
        None => {
            filled.refuse(field, words::asked::no_length(&text));
            None
        }
    }
}

fn schedule(filled: &mut Filled) -> Option<String> {
    let schedule = filled.value("schedule").trim().to_owned();
    if schedule.is_empty() {
        filled.refuse("schedule", words::asked::NO_SCHEDULE);
    } else if let Err(mistake) = Expression::parse(&schedule, &|name| zones::look_up(name)) {
        filled.refuse("schedule", words::asked::no_schedule(&mistake));
    }
    fits(filled, "schedule", &schedule, TEXT_MAX);
    filled.error("schedule").is_none().then_some(schedule)
}

fn zone(filled: &mut Filled) -> Option<String> {
    let name = filled.value("tz").trim().to_owned();
    let known = domain::zone::canonical(&name);
    if known.is_none() {
        filled.refuse("tz", words::asked::no_zone(&name));
    }
    known.map(str::to_owned)
}

/// Notes if a text is more than one line, has signs that nobody can see, or more signs than fit.
pub(super) fn line(filled: &mut Filled, field: &'static str, text: &str, most: usize) {
    if text.contains(char::is_control) {
        filled.refuse(field, words::asked::NO_LINE);
    }
    fits(filled, field, text, most);
}

/// Notes if a text has more signs than fit.
fn fits(filled: &mut Filled, field: &'static str, text: &str, most: usize) {
    if !limits::fits(text, most) {
        filled.refuse(field, words::asked::too_long(most, text.chars().count()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pairs: &[(&str, &str)]) -> Filled {
        Filled::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_right_form_asks_for_what_it_says() {
        let mut form =
            filled(&[("name", " Pump "), ("tags", "a  b a"), ("period", "5 min"), ("grace", "0 s")]);
        assert_eq!(name(&mut form).as_deref(), Some("Pump"));
        assert_eq!(tags(&mut form).as_deref(), Some("a b"));
        assert_eq!(times(&mut form), Edit { timeout: Some(300), grace: Some(0), ..Edit::default() });
        assert!(form.is_right());
        let mut form = filled(&[
            ("kind", "schedule"),
            ("schedule", "0 3 * * *"),
            ("tz", "Europe/Kiev"),
            ("period", "nonsense"),
            ("grace", "1 h"),
        ]);
        let asked = times(&mut form);
        assert!(form.is_right(), "what is not chosen is not looked at");
        assert_eq!((asked.tz.as_deref(), asked.timeout), (Some("Europe/Kyiv"), None));
    }

    #[test]
    fn each_mistake_says_what_was_expected_and_found() {
        let long = "x".repeat(101);
        for (field, value, told) in [
            ("name", "", "Give it a name."),
            ("name", long.as_str(), "100 characters, and has 101"),
            ("name", "a\r\nBcc: x@evil.example", "one line"),
            ("period", "5", "“5” is none"),
            ("period", "0 s", "1 s to 365 d, and is 0 s"),
            ("period", "53 weeks", "365 d, and is 53 weeks"),
            ("grace", "", "like 5 min"),
        ] {
            let mut form = filled(&[(field, value)]);
            name(&mut form);
            times(&mut form);
            assert!(form.error(field).is_some_and(|error| error.contains(told)), "{field}: {form:?}");
        }
        for (field, value, told) in [
            ("schedule", "", "0 3 * * *"),
            ("schedule", "61 * * * *", "expected"),
            ("tz", "Mars", "“Mars” is none"),
        ] {
            let mut form = filled(&[("kind", "schedule"), (field, value)]);
            times(&mut form);
            assert!(form.error(field).is_some_and(|error| error.contains(told)), "{field}: {form:?}");
        }
    }
}

//! The history of what is asked of a check.

pub(crate) const TITLE: &str = "Changes";
pub(crate) const EMPTY: &str = "Nothing has been changed.";
pub(crate) const HINT: &str = "The latest 200 changes are kept.";
pub(crate) const DECLARED: &str =
    "What is asked of a declared check stands in the config; changes of that are not listed here.";
pub(crate) const BECAME: &str = "became";

pub(crate) const MADE: &str = "Made";
pub(crate) const EDITED: &str = "Edited";
pub(crate) const PAUSED: &str = "Paused";
pub(crate) const RESUMED: &str = "Resumed";
pub(crate) const SNOOZE_ENDED: &str = "Not snoozed any more";

pub(crate) const PERSON: &str = "by somebody who was signed in";
pub(crate) const IMPORT: &str = "by an import";
pub(crate) const PING: &str = "by its first ping";

const NOTHING: &str = "nothing";
const ON: &str = "on";
const OFF: &str = "off";

pub(crate) fn title(name: &str) -> String {
    format!("Changes of {name}")
}

pub(crate) fn snoozed(until: &str) -> String {
    format!("Snoozed until {until}")
}

pub(crate) fn key(prefix: &str) -> String {
    format!("over the API, with the key {prefix}…")
}

/// What people call a setting.
pub(crate) fn field(field: &str) -> &'static str {
    match field {
        "name" => "Name",
        "slug" => "Slug",
        "tags" => "Tags",
        "desc" => "Description",
        "kind" => "Expected",
        "timeout" => "Period",
        "grace" => "Grace",
        "schedule" => "Schedule",
        "tz" => "Time zone",
        "max_runtime" => "Longest run",
        "is_post_only" => "Only POST counts",
        "manual_resume" => "A pause ends only by hand",
        "filter_subject" => "Keywords in subjects of mails",
        "filter_body" => "Keywords in bodies of mails",
        "filter_http_body" => "Keywords in bodies of pings",
        "filter_default_fail" => "Without a keyword it is a failure",
        "start_kw" => "Keywords of a start",
        "success_kw" => "Keywords of a success",
        "failure_kw" => "Keywords of a failure",
        "is_told" => "Mails about it",
        _ => "Something else",
    }
}

/// What a setting says, in people's words.
pub(crate) fn value(field: &str, value: &str) -> String {
    let word = match (field, value) {
        (_, "") => NOTHING,
        ("kind", "simple") => "in a period",
        ("kind", "cron") => "by a cron expression",
        ("kind", "oncalendar") => "by an OnCalendar expression",
        ("timeout" | "grace" | "max_runtime", seconds) => {
            return seconds.parse().map_or_else(|_| value.to_owned(), super::super::lengths::write);
        }
        (
            "name" | "slug" | "tags" | "desc" | "schedule" | "tz" | "start_kw" | "success_kw" | "failure_kw",
            text,
        ) => text,
        (_, "true") => ON,
        (_, "false") => OFF,
        (_, text) => text,
    };
    word.to_owned()
}

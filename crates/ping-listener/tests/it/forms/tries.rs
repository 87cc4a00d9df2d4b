//! What people get wrong in forms, and what they are told.

/// What comes of a form.
pub(super) enum Comes {
    /// The form again, with these words beside this field.
    Told(&'static str, &'static str),
    /// A page with these words.
    Says(&'static str),
    /// Another page, which says these words.
    Leads(&'static str),
    /// No page, and this status.
    Refused(u16),
}

use Comes::{Leads, Refused, Says, Told};

/// A form, what is put into which fields, and what comes of it; `x*7` stands for seven of that sign.
pub(super) type Try = (&'static str, &'static [(&'static str, &'static str)], Comes);

const NEW: &str = "/checks/new POST /checks/new";
const EDIT: &str = "/checks/{uuid}/edit POST /checks/{uuid}/edit";
const LOOK: &str = "/checks/{uuid}/edit POST /checks/{uuid}/edit preview=1";
const SETUP: &str = "/status/setup POST /status/setup";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
pub(super) const GONE: &str = "There is no such check";
const NOTHING: &str = "Nothing was changed: no check was chosen that this can be done to.";

pub(super) const TRIES: &[Try] = &[
    ("* POST /sign-in", &[("password", "")], Told("password", "password")),
    ("* POST /sign-in", &[("password", "x*1000")], Told("password", "password")),
    ("* POST /sign-in", &[("password", "x*1025")], Refused(413)),
    ("* POST /sign-in by link", &[("token", "x")], Says("link")),
    ("/ GET /", &[("q", "nobody")], Says("No check is like that.")),
    ("/ GET /", &[("q", "")], Says("export")),
    ("/ GET / testing=on", &[("q", "x*5000")], Says("No check is like that.")),
    ("/ GET / testing=off", &[("q", "%00")], Says("No check is like that.")),
    ("/ POST /checks/bulk do=tag", &[("tag", "")], Told("tag", "Write one tag, without spaces.")),
    ("/ POST /checks/bulk do=tag", &[("tag", "two words")], Told("tag", "without spaces")),
    ("/ POST /checks/bulk do=tag", &[("tag", "x*501")], Told("tag", "Write one tag")),
    ("/ POST /checks/bulk do=tag", &[("tag", "right")], Leads(NOTHING)),
    ("/ POST /checks/bulk do=untag", &[("tag", " ")], Told("tag", "Write one tag")),
    ("/ POST /checks/bulk do=untag", &[("tag", "a\0b")], Told("tag", "Write one tag")),
    ("/ POST /checks/bulk do=snooze", &[("for", "31d")], Told("for", "at most 30 days")),
    ("/ POST /checks/bulk do=snooze", &[("for", "0s")], Told("for", "at most 30 days")),
    ("/ POST /checks/bulk do=snooze", &[("for", "NaN")], Told("for", "at most 30 days")),
    ("/ POST /checks/bulk do=snooze", &[], Leads(NOTHING)),
    ("/ POST /checks/bulk do=wake", &[], Leads(NOTHING)),
    ("/ POST /checks/bulk do=pause", &[], Leads(NOTHING)),
    ("/ POST /checks/bulk do=resume", &[("check", NOBODY)], Leads(NOTHING)),
    ("/ POST /checks/bulk do=delete", &[("check", "../etc")], Leads(NOTHING)),
    ("/ POST /checks/bulk one=pause", &[("one", "pause nobody")], Leads(NOTHING)),
    (
        "/ POST /checks/bulk one=resume",
        &[("one", "resume 00000000-0000-4000-8000-000000000000")],
        Leads(NOTHING),
    ),
    ("/ POST /checks/bulk one=snooze", &[("one", "snooze:1e308h x")], Told("for", "at most 30 days")),
    ("/ POST /checks/bulk one=wake", &[("one", "wake")], Leads(NOTHING)),
    ("/ POST /checks/bulk one=delete", &[("one", "delete 🐈")], Leads(NOTHING)),
    ("/checks/bulk POST /checks/bulk do=delete", &[("check", NOBODY)], Leads(GONE)),
    ("/checks/bulk POST /checks/bulk do=delete", &[("check", "")], Leads(NOTHING)),
    ("/checks/{uuid} POST /checks/bulk one=snooze", &[("for", "-1 h")], Says("at most 30 days")),
    ("/checks/{uuid} POST /checks/bulk one=wake", &[("one", "wake x")], Leads(NOTHING)),
    ("/checks/{uuid} POST /checks/bulk one=pause", &[("one", "explode x")], Leads(NOTHING)),
    ("/checks/{uuid} POST /checks/bulk one=resume", &[("one", "resume x")], Leads(NOTHING)),
    ("/checks/{uuid} POST /checks/bulk one=delete", &[("one", "delete x")], Leads(NOTHING)),
    (
        "/checks/{uuid} POST /checks/{uuid}/doctor",
        &[("fault", "x")],
        Leads("is not the one any more that you read"),
    ),
    ("/checks/{uuid} POST /checks/{uuid}/doctor", &[("proposal", "")], Leads("Nothing was changed")),
    ("/ POST /testing/ping one=ping", &[("one", "ping nobody")], Refused(404)),
    ("/badges GET /badges", &[("check", "nobody")], Told("check", "No check")),
    ("/checks/{uuid}/log GET /checks/{uuid}/log", &[("show", "nonsense")], Says("Show only")),
    (
        "/settings POST /settings/keys",
        &[("opens", "all")],
        Told("opens", "Choose one of the three kinds of keys."),
    ),
    ("/settings POST /settings/keys", &[("opens", "")], Told("opens", "Choose one")),
    (SETUP, &[("title", "")], Told("title", "title")),
    (SETUP, &[("title", "x*1000")], Told("title", "at most 100 characters, found 1000")),
    (SETUP, &[("title", "a\0b")], Told("title", "one line")),
    (SETUP, &[("checks", "pump\nnobody 🐈")], Told("checks", "“nobody 🐈”")),
    (SETUP, &[("more", "nobody")], Told("more", "“nobody”")),
    (SETUP, &[("on", "yes"), ("checks", "")], Told("checks", "")),
    (NEW, &[("name", "")], Told("name", "Give it a name.")),
    (NEW, &[("name", "x*101")], Told("name", "may have 100 characters, and has 101")),
    (NEW, &[("name", "🐈*101")], Told("name", "may have 100 characters, and has 101")),
    (NEW, &[("name", "a\u{1b}[2J")], Told("name", "one line")),
    (NEW, &[("name", "n"), ("tags", "x*501")], Told("tags", "may have 500 characters")),
    (NEW, &[("name", "n"), ("tags", "a\0b")], Told("tags", "one line")),
    (NEW, &[("name", "n"), ("period", "")], Told("period", "like 5 min")),
    (NEW, &[("name", "n"), ("period", "0 s")], Told("period", "1 s to 365 d, and is 0 s")),
    (NEW, &[("name", "n"), ("period", "-5 min")], Told("period", "“-5 min” is none")),
    (NEW, &[("name", "n"), ("period", "NaN")], Told("period", "“NaN” is none")),
    (NEW, &[("name", "n"), ("period", "1e308")], Told("period", "“1e308” is none")),
    (NEW, &[("name", "n"), ("period", "🐈")], Told("period", "“🐈” is none")),
    (NEW, &[("name", "n"), ("period", "366 d")], Told("period", "1 s to 365 d, and is 366 d")),
    (NEW, &[("name", "n"), ("grace", "soon")], Told("grace", "“soon” is none")),
    (NEW, &[("name", "n"), ("grace", "99999999999999999999 s")], Told("grace", "is none")),
    (NEW, &[("name", "n"), ("kind", "schedule"), ("schedule", "")], Told("schedule", "like 0 3 * * *")),
    (
        NEW,
        &[("name", "n"), ("kind", "schedule"), ("schedule", "61 * * * *")],
        Told("schedule", "found \"61\""),
    ),
    (NEW, &[("name", "n"), ("kind", "schedule"), ("schedule", "* * *")], Told("schedule", "cannot be read")),
    (
        NEW,
        &[("name", "n"), ("kind", "schedule"), ("schedule", "0 3 * * *"), ("tz", "Mars/North")],
        Told("tz", "“Mars/North” is none"),
    ),
    (
        NEW,
        &[("name", "n"), ("kind", "schedule"), ("schedule", "0 3 * * *"), ("tz", "")],
        Told("tz", "is none"),
    ),
    (EDIT, &[("name", " ")], Told("name", "Give it a name.")),
    (EDIT, &[("name", "x*101")], Told("name", "has 101")),
    (EDIT, &[("slug", "Not a slug")], Told("slug", "small letters, digits")),
    (EDIT, &[("slug", "x*101")], Told("slug", "has 101")),
    (EDIT, &[("tags", "x*501")], Told("tags", "has 501")),
    (EDIT, &[("period", "-1")], Told("period", "“-1” is none")),
    (EDIT, &[("period", "53 weeks")], Told("period", "365 d, and is 53 weeks")),
    (EDIT, &[("grace", "")], Told("grace", "like 5 min")),
    (EDIT, &[("max_runtime", "0 s")], Told("max_runtime", "1 s to 365 d")),
    (EDIT, &[("max_runtime", "Infinity")], Told("max_runtime", "“Infinity” is none")),
    (EDIT, &[("kind", "schedule"), ("schedule", "Mon..Fry 08:00")], Told("schedule", "cannot be read")),
    (EDIT, &[("kind", "schedule"), ("schedule", "x*101")], Told("schedule", "cannot be read")),
    (EDIT, &[("kind", "schedule"), ("tz", "Europe/Atlantis")], Told("tz", "“Europe/Atlantis” is none")),
    (EDIT, &[("failure_kw", "x*201")], Told("failure_kw", "has 201")),
    (EDIT, &[("success_kw", "a\0b")], Told("success_kw", "one line")),
    (EDIT, &[("start_kw", "🐈*201")], Told("start_kw", "has 201")),
    (EDIT, &[("desc", "x*70000")], Refused(413)),
    (LOOK, &[("period", "soon")], Told("period", "“soon” is none")),
];

/// Forms in which there is nothing to fill in.
pub(super) const EMPTY: [&str; 4] = [
    "* POST /sign-out",
    "* POST /sign-out/everywhere",
    "/ POST /checks/new first=yes",
    "/mails POST /mails/again",
];

/// Forms that name what they are about in their address alone.
pub(super) const ADDRESSED: [&str; 2] =
    ["/mails POST /mails/{n}/again", "/settings/keys/{n}/revoke POST /settings/keys/{n}/revoke"];

/// What nobody expects in a field.
pub(super) const GARBAGE: [&str; 30] = [
    "",
    " ",
    "0",
    "0 s",
    "-1",
    "-5 min",
    "NaN",
    "1e308",
    "soon",
    "🐈",
    "61 * * * *",
    "@reboot",
    "Mars/North",
    "../../etc/passwd",
    "a,b",
    "two words",
    "x*501",
    "x*5000",
    "31d",
    "99999999999999999999 s",
    "a\0b",
    "a\nBcc: x@evil.example",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "{{7*7}}",
    "javascript:alert(1)",
    "\u{202e}gnp.exe",
    "%ff%00",
    "' OR 1=1 --",
    NOBODY,
];

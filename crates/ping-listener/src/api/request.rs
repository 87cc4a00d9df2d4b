//! What a client asks of a check when it creates or changes one: read member by member, the first mistake told.

use domain::expression::Expression;
use domain::managed::limits::{KEYWORDS_MAX, SECONDS_MIN, TAGS_MAX, TEXT_MAX, is_slug};
use schemars::JsonSchema;

use super::fault::Fault;
use super::members::Members;
use super::never_null;
use crate::store::managed::settings::RunLimit;
use crate::zones;

/// What may be asked of a check. Whatever is not named stays as it is; other members are ignored.
#[derive(Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "CheckRequest", transform = never_null::but_max_runtime)]
#[schemars(extend("examples" = [
    {"name": "Nightly export", "slug": "nightly-export", "schedule": "0 2 * * *", "tz": "Europe/Kyiv",
     "grace": 900, "channels": "*", "unique": ["slug"]},
    {"name": "Pump", "timeout": 60, "grace": 5},
]))]
pub struct Request {
    /// Who is told: `*` for every channel, nothing for none, or names and ids with commas between them.
    #[schemars(extend("format" = "channels"))]
    pub channels: Option<String>,
    /// A description.
    pub desc: Option<String>,
    /// Words with commas between them; one of them in a body means a failure.
    #[schemars(length(max = 200))]
    pub failure_kw: Option<String>,
    /// Look for the words in the subjects of e-mails.
    pub filter_subject: Option<bool>,
    /// Look for the words in the bodies of e-mails.
    pub filter_body: Option<bool>,
    /// Look for the words in the bodies of pings.
    pub filter_http_body: Option<bool>,
    /// What has none of the words is a failure, and not ignored.
    pub filter_default_fail: Option<bool>,
    /// Seconds that a ping may be late.
    #[schemars(range(min = 0, max = 31_536_000))]
    pub grace: Option<u64>,
    /// A paused check stays paused until it is resumed, whoever pings.
    pub manual_resume: Option<bool>,
    /// Our own: seconds that a run may take; null takes the limit away, and `grace` counts.
    #[schemars(with = "Option<u64>", range(min = 1, max = 31_536_000))]
    pub max_runtime: Option<RunLimit>,
    /// Which methods count as pings: all, or only POST.
    #[schemars(extend("enum" = ["", "POST"]))]
    pub methods: Option<String>,
    /// What people call it. In versions 1 and 2 it makes the slug too.
    #[schemars(length(max = 100))]
    pub name: Option<String>,
    /// A cron or OnCalendar expression; makes the check one that goes by the clock.
    #[schemars(length(max = 100), extend("format" = "schedule"))]
    pub schedule: Option<String>,
    /// What its ping address may be called.
    #[schemars(length(max = 100), regex(pattern = r"^[a-z0-9_-]*$"))]
    pub slug: Option<String>,
    /// As `failure_kw`, for a start.
    #[schemars(length(max = 200))]
    pub start_kw: Option<String>,
    /// The old name of `success_kw`, which also switches `filter_subject`.
    #[schemars(length(max = 200))]
    pub subject: Option<String>,
    /// The old name of `failure_kw`, which also switches `filter_subject`.
    #[schemars(length(max = 200))]
    pub subject_fail: Option<String>,
    /// As `failure_kw`, for a success.
    #[schemars(length(max = 200))]
    pub success_kw: Option<String>,
    /// Words with spaces between them.
    #[schemars(length(max = 500))]
    pub tags: Option<String>,
    /// Seconds between two pings; makes the check one that goes by periods.
    #[schemars(range(min = 1, max = 31_536_000))]
    pub timeout: Option<u64>,
    /// The time zone of the schedule, by its IANA name.
    #[schemars(extend("format" = "time-zone"))]
    pub tz: Option<String>,
    /// A check that has the same in all of these members is changed, and none created.
    pub unique: Option<Vec<Unique>>,
}

/// By what a check is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Unique {
    /// The same name.
    Name,
    /// The same slug.
    Slug,
    /// The same tags, as they are written.
    Tags,
    /// The same period, whether it holds or not.
    Timeout,
    /// The same grace.
    Grace,
}

impl Request {
    /// Reads the members, in the order in which their mistakes are told.
    pub fn read(members: &Members<'_>) -> Result<Self, Fault> {
        Ok(Self {
            channels: members.text("channels", usize::MAX)?,
            desc: members.text("desc", usize::MAX)?,
            failure_kw: members.text("failure_kw", KEYWORDS_MAX)?,
            filter_subject: members.boolean("filter_subject")?,
            filter_body: members.boolean("filter_body")?,
            filter_http_body: members.boolean("filter_http_body")?,
            filter_default_fail: members.boolean("filter_default_fail")?,
            grace: members.seconds("grace", 0)?,
            manual_resume: members.boolean("manual_resume")?,
            max_runtime: members.run_limit("max_runtime")?,
            methods: methods(members)?,
            name: members.text("name", TEXT_MAX)?,
            schedule: schedule(members)?,
            slug: slug(members)?,
            start_kw: members.text("start_kw", KEYWORDS_MAX)?,
            subject: members.text("subject", KEYWORDS_MAX)?,
            subject_fail: members.text("subject_fail", KEYWORDS_MAX)?,
            success_kw: members.text("success_kw", KEYWORDS_MAX)?,
            tags: members.text("tags", TAGS_MAX)?,
            timeout: members.seconds("timeout", SECONDS_MIN)?,
            tz: zone(members)?,
            unique: unique(members)?,
        })
    }

    /// Tells whether every member that `unique` names is there; else nothing is known again.
    pub(super) fn has_all_of_unique(&self) -> bool {
        self.unique.iter().flatten().all(|member| match member {
            Unique::Name => self.name.is_some(),
            Unique::Slug => self.slug.is_some(),
            Unique::Tags => self.tags.is_some(),
            Unique::Timeout => self.timeout.is_some(),
            Unique::Grace => self.grace.is_some(),
        })
    }
}

fn methods(members: &Members<'_>) -> Result<Option<String>, Fault> {
    match members.plain_text("methods") {
        Some(methods) if methods.is_empty() || methods == "POST" => Ok(Some(methods)),
        None if !members.has("methods") => Ok(None),
        Some(_) | None => Err(Fault::invalid("methods has unexpected value")),
    }
}

fn schedule(members: &Members<'_>) -> Result<Option<String>, Fault> {
    let schedule = members.text("schedule", TEXT_MAX)?;
    let is_wrong = |text: &String| Expression::parse(text, &|name| zones::look_up(name)).is_err();
    if schedule.as_ref().is_some_and(is_wrong) {
        return Err(Fault::invalid("schedule is not a valid cron or OnCalendar expression"));
    }
    Ok(schedule)
}

fn slug(members: &Members<'_>) -> Result<Option<String>, Fault> {
    let slug = members.text("slug", TEXT_MAX)?;
    if slug.as_ref().is_some_and(|slug| !is_slug(slug)) {
        return Err(Fault::invalid("slug does not match pattern"));
    }
    Ok(slug)
}

fn zone(members: &Members<'_>) -> Result<Option<String>, Fault> {
    let Some(name) = members.text("tz", usize::MAX)? else { return Ok(None) };
    match domain::zone::canonical(&name) {
        Some(kept) => Ok(Some(kept.to_owned())),
        None => Err(Fault::invalid("tz is not a valid timezone")),
    }
}

fn unique(members: &Members<'_>) -> Result<Option<Vec<Unique>>, Fault> {
    let Some(items) = members.list("unique")? else { return Ok(None) };
    let known = |item: Option<String>| match item.as_deref() {
        Some("name") => Some(Unique::Name),
        Some("slug") => Some(Unique::Slug),
        Some("tags") => Some(Unique::Tags),
        Some("timeout") => Some(Unique::Timeout),
        Some("grace") => Some(Unique::Grace),
        Some(_) | None => None,
    };
    let unique: Option<Vec<_>> = items.into_iter().map(known).collect();
    unique.map(Some).ok_or_else(|| Fault::invalid("an item in 'unique' has unexpected value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Request, Fault> {
        Request::read(&Members::parse(body.as_bytes())?)
    }

    fn refused(body: &str) -> String {
        match read(body) {
            Err(Fault::Wrong(why)) => why.replace("json validation error: ", ""),
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn each_member_tells_its_own_mistake() {
        let long = |signs: usize| format!("\"{}\"", "ž".repeat(signs));
        for (member, value, why) in [
            ("name", "1", "name is not a string"),
            ("name", &long(101), "name is too long"),
            ("slug", "null", "slug is not a string"),
            ("slug", &long(101), "slug is too long"),
            ("slug", "\"A\"", "slug does not match pattern"),
            ("slug", "\"a b\"", "slug does not match pattern"),
            ("tags", "[]", "tags is not a string"),
            ("tags", &long(501), "tags is too long"),
            ("desc", "{}", "desc is not a string"),
            ("channels", "false", "channels is not a string"),
            ("timeout", "\"60\"", "timeout is not a number"),
            ("timeout", "60.0", "timeout is not a number"),
            ("timeout", "1e3", "timeout is not a number"),
            ("timeout", "null", "timeout is not a number"),
            ("timeout", "true", "timeout is too small"),
            ("timeout", "0", "timeout is too small"),
            ("timeout", "-1", "timeout is too small"),
            ("timeout", "31536001", "timeout is too large"),
            ("timeout", "99999999999999999999999999", "timeout is too large"),
            ("grace", "-99999999999999999999999999", "grace is too small"),
            ("grace", "false", "grace is too small"),
            ("max_runtime", "0", "max_runtime is too small"),
            ("max_runtime", "\"\"", "max_runtime is not a number"),
            ("schedule", "5", "schedule is not a string"),
            ("schedule", &long(101), "schedule is too long"),
            ("schedule", "\"\"", "schedule is not a valid cron or OnCalendar expression"),
            ("schedule", "\"0 0 30 2 *\"", "schedule is not a valid cron or OnCalendar expression"),
            ("tz", "7", "tz is not a string"),
            ("tz", "\"\"", "tz is not a valid timezone"),
            ("tz", "\"europe/riga\"", "tz is not a valid timezone"),
            ("manual_resume", "1", "manual_resume is not a boolean"),
            ("filter_subject", "\"true\"", "filter_subject is not a boolean"),
            ("filter_default_fail", "null", "filter_default_fail is not a boolean"),
            ("methods", "\"GET\"", "methods has unexpected value"),
            ("methods", "null", "methods has unexpected value"),
            ("start_kw", &long(201), "start_kw is too long"),
            ("subject", "1", "subject is not a string"),
            ("subject_fail", &long(201), "subject_fail is too long"),
            ("unique", "\"name\"", "unique is not an array"),
            ("unique", "[\"desc\"]", "an item in 'unique' has unexpected value"),
            ("unique", "[1]", "an item in 'unique' has unexpected value"),
        ] {
            assert_eq!(refused(&format!("{{\"{member}\": {value}}}")), why, "{member}: {value}");
        }
    }

    #[test]
    fn of_many_mistakes_the_first_is_told() {
        let order = [
            "channels",
            "desc",
            "failure_kw",
            "filter_subject",
            "filter_body",
            "filter_http_body",
            "filter_default_fail",
            "grace",
            "manual_resume",
            "max_runtime",
            "methods",
            "name",
            "schedule",
            "slug",
            "start_kw",
            "subject",
            "subject_fail",
            "success_kw",
            "tags",
            "timeout",
            "tz",
            "unique",
        ];
        for first in 0..order.len() {
            let wrong = order[first..].iter().rev().map(|name| format!("\"{name}\": {{}}"));
            let body = format!("{{{}}}", wrong.collect::<Vec<_>>().join(","));
            assert!(refused(&body).starts_with(&format!("{} ", order[first])), "{body}");
        }
    }

    #[test]
    fn what_fits_is_taken_as_it_is() {
        let body = format!(
            r#"{{"name": " {} ", "api_key": 7, "unknown": null, "timeout": 1, "grace": 0, "tags": "{}",
                "tz": "Europe/Kiev", "schedule": " 0 2 * * * ", "max_runtime": null, "unique": []}}"#,
            "ž".repeat(98),
            "t".repeat(500)
        );
        let request = read(&body).unwrap();
        assert_eq!(request.name.unwrap().chars().count(), 100);
        assert_eq!(
            (request.timeout, request.grace, request.max_runtime),
            (Some(1), Some(0), Some(RunLimit::Grace))
        );
        assert_eq!(request.tz.as_deref(), Some("Europe/Kyiv"));
        assert_eq!(request.schedule.as_deref(), Some(" 0 2 * * * "));
        assert_eq!(request.unique, Some(vec![]));
        assert_eq!(read(""), Ok(Request::default()));
        assert_eq!(read("{\"timeout\": 31536000, \"timeout\": 5}").unwrap().timeout, Some(5));
    }

    #[test]
    fn a_body_has_to_be_an_object_of_json() {
        for body in ["{", "no", "{\"a\": }", "\u{feff}{}", "{} {}", " ", "{\"name\": \"\\ud800\"}"] {
            assert_eq!(refused(body), "could not parse request body", "{body}");
        }
        assert!(matches!(Members::parse(b"{\"a\": \"\xff\"}"), Err(fault) if fault == Fault::unreadable()));
        for body in ["null", "[]", " 7 ", "\"{}\""] {
            assert_eq!(refused(body), "value is not an object", "{body}");
        }
        assert_eq!(read(" {} "), Ok(Request::default()));
    }

    #[test]
    fn a_deep_body_is_read_without_harm() {
        let body = format!("{{\"unknown\": {}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
        assert_eq!(read(&body), Ok(Request::default()));
    }
}

//! Healthchecks' checks and channels, read from its API's JSON.

use domain::expression::Expression;
use domain::slug::is_slug;
use domain::zone::canonical;
use serde::Deserialize;
use uuid::Uuid;

use crate::store::managed::settings::{Edit, Settings};
use crate::zones;

/// A check that is to be brought over.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    /// Its UUID there and here.
    pub uuid: Uuid,
    /// What is asked of it.
    pub settings: Settings,
    /// Nobody wants to hear of it at the moment.
    pub is_paused: bool,
    /// The channels by which it is told of there, by their ids.
    pub channels: Vec<String>,
    /// Why it cannot come along, if it cannot.
    pub obstacle: Option<String>,
}

/// A way in which people are told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// What people call it; may be empty.
    pub name: String,
    /// What it is: `email`, `slack` and many more.
    pub kind: String,
}

#[derive(Deserialize)]
struct Channels {
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
struct Checks {
    checks: Vec<Check>,
}

/// A check as their API shows it to a read-write key; what older versions lack has its default.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the wire")]
#[derive(Deserialize)]
struct Check {
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default)]
    ping_url: Option<String>,
    name: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    desc: String,
    #[serde(default)]
    grace: Option<u64>,
    #[serde(default)]
    timeout: Option<u64>,
    #[serde(default)]
    schedule: Option<String>,
    #[serde(default)]
    tz: Option<String>,
    #[serde(default)]
    max_runtime: Option<u64>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    methods: String,
    #[serde(default)]
    manual_resume: bool,
    #[serde(default)]
    filter_subject: bool,
    #[serde(default)]
    filter_body: bool,
    #[serde(default)]
    filter_http_body: bool,
    #[serde(default)]
    filter_default_fail: bool,
    #[serde(default)]
    start_kw: String,
    #[serde(default)]
    success_kw: String,
    #[serde(default)]
    failure_kw: String,
    #[serde(default)]
    channels: String,
}

/// Reads the answer to `GET channels/`. `Err` says what it is not.
pub fn read_channels(text: &str) -> Result<Vec<Channel>, String> {
    let read: Result<Channels, _> = serde_json::from_str(text);
    read.map(|read| read.channels).map_err(|error| format!("the list of channels cannot be read: {error}"))
}

/// Reads the answer to `GET checks/`. `Err` says what it is not.
pub fn read_checks(text: &str) -> Result<Vec<Brought>, String> {
    let read: Checks =
        serde_json::from_str(text).map_err(|error| format!("the list of checks cannot be read: {error}"))?;
    read.checks.into_iter().map(brought).collect()
}

fn brought(check: Check) -> Result<Brought, String> {
    let last = check.ping_url.as_deref().and_then(|url| url.trim_end_matches('/').rsplit('/').next());
    let Some(uuid) = check.uuid.as_deref().or(last).and_then(|text| Uuid::parse_str(text).ok()) else {
        return Err("the list of checks has no UUIDs; give a read-write key".to_owned());
    };
    let channels: Vec<String> =
        check.channels.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let obstacle = obstacle(&check);
    // The zone of a check without a schedule says nothing.
    let zone = check.tz.as_deref().filter(|_| check.schedule.is_some()).and_then(canonical);
    let is_paused = check.status == "paused";
    let edit = Edit {
        name: Some(check.name),
        slug: Some(check.slug),
        tags: Some(check.tags),
        desc: Some(check.desc),
        timeout: check.timeout,
        grace: check.grace,
        schedule: check.schedule,
        tz: zone.map(str::to_owned),
        max_runtime: Some(check.max_runtime.into()),
        is_post_only: Some(check.methods == "POST"),
        manual_resume: Some(check.manual_resume),
        filter_subject: Some(check.filter_subject),
        is_subject_filtered_by_keywords: false,
        filter_body: Some(check.filter_body),
        filter_http_body: Some(check.filter_http_body),
        filter_default_fail: Some(check.filter_default_fail),
        start_kw: Some(check.start_kw),
        success_kw: Some(check.success_kw),
        failure_kw: Some(check.failure_kw),
        // Whoever was told there is told here: a monitor that falls silent by moving is none.
        is_told: Some(!channels.is_empty()),
    };
    let settings = if obstacle.is_some() { named(&edit) } else { edit.apply(&Settings::default()) };
    Ok(Brought { uuid, settings, is_paused, channels, obstacle })
}

/// Returns the settings of a check of which no more than its name is to be said.
fn named(edit: &Edit) -> Settings {
    Settings { name: edit.name.clone().unwrap_or_default(), ..Settings::default() }
}

/// Says why a check cannot be watched here, if it cannot.
fn obstacle(check: &Check) -> Option<String> {
    /// A year, as there.
    const SECONDS_MAX: u64 = 31_536_000;
    let lengths = [check.timeout, check.grace, check.max_runtime];
    if lengths.into_iter().flatten().any(|seconds| SECONDS_MAX < seconds) {
        return Some("its period or grace is longer than a year".to_owned());
    }
    if [check.timeout, check.max_runtime].contains(&Some(0)) {
        return Some("its period, or the limit of its runs, is less than a second".to_owned());
    }
    let long = texts(check).into_iter().find(|(_, text, most)| *most < text.chars().count());
    if let Some((what, _, most)) = long {
        return Some(format!("its {what} is longer than {most} characters"));
    }
    if !is_slug(&check.slug) {
        return Some(format!(
            "its slug {:?} has other signs than small letters, digits, - and _",
            check.slug
        ));
    }
    let schedule = check.schedule.as_deref()?;
    let zone = check.tz.as_deref().unwrap_or("UTC");
    if zones::look_up(zone).is_none() {
        return Some(format!("its time zone {zone:?} is not known here"));
    }
    match Expression::parse(schedule, &|name| zones::look_up(name)) {
        Ok(_) => None,
        Err(mistake) => Some(format!("its schedule {schedule:?} is not understood: {mistake}")),
    }
}

/// Returns the texts that have limits, with these.
fn texts(check: &Check) -> [(&'static str, &str, usize); 7] {
    [
        ("name", &check.name, 100),
        ("slug", &check.slug, 100),
        ("list of tags", &check.tags, 500),
        ("schedule", check.schedule.as_deref().unwrap_or_default(), 100),
        ("list of words for a start", &check.start_kw, 200),
        ("list of words for a success", &check.success_kw, 200),
        ("list of words for a failure", &check.failure_kw, 200),
    ]
}

impl Brought {
    /// Returns its name, or its UUID if it has none.
    #[must_use]
    pub fn shown_name(&self) -> String {
        if self.settings.name.is_empty() { self.uuid.to_string() } else { self.settings.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_of_old_comes_over_by_the_name_that_it_has_today() {
        for (theirs, ours) in [("Europe/Kiev", "Europe/Kyiv"), ("Europe/Riga", "Europe/Riga")] {
            let text = format!(
                r#"{{"checks": [{{"name": "a", "schedule": "0 2 * * *", "tz": "{theirs}",
                     "uuid": "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55"}}]}}"#
            );
            assert_eq!(read_checks(&text).unwrap()[0].settings.tz, ours);
        }
    }

    #[test]
    fn what_no_check_of_ours_may_have_does_not_come_over() {
        let long = "x".repeat(101);
        for (members, word) in [
            (r#""timeout": 0"#.to_owned(), "second"),
            (r#""max_runtime": 0"#.to_owned(), "second"),
            (r#""grace": 31536001"#.to_owned(), "year"),
            (r#""slug": "A b""#.to_owned(), "slug"),
            (format!(r#""slug": "{long}""#), "slug is longer than 100"),
            (format!(r#""schedule": "0 2 * * *{}""#, " ".repeat(92)), "schedule is longer than 100"),
            (format!(r#""failure_kw": "{long}{long}""#), "failure is longer than 200"),
            (r#""schedule": "0 2 * * *", "tz": "Mars/Base""#.to_owned(), "time zone"),
        ] {
            let uuid = "7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";
            let text = format!(r#"{{"checks": [{{"name": "a", "uuid": "{uuid}", {members}}}]}}"#);
            let brought = read_checks(&text).unwrap().remove(0);
            let obstacle = brought.obstacle.unwrap_or_else(|| panic!("{members} comes over"));
            assert!(obstacle.contains(word), "{obstacle}");
            assert_eq!(brought.settings, Settings { name: "a".to_owned(), ..Settings::default() });
        }
    }
}

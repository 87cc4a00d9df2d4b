//! The standing of every check in the text format of Prometheus, for who has a key to read by.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use domain::managed::Shown;
use http::{StatusCode, header};

use super::call::{Call, KEY_SIGNS, opened};
use super::checks::tags_of;
use super::fault::Fault;
use super::operations::Outcome;
use super::subjects::read_uuid;
use super::{Api, answers};
use crate::explaining::unique_key::unique_key;
use crate::keys::Access as Grant;
use crate::store::managed::viewing::View;

/// Checks that are looked at before somebody else gets his turn: less than a millisecond.
const SLICE: usize = 256;

/// Answers to a key in the address.
pub(super) async fn by_key(api: Arc<Api>, call: Call) -> Outcome {
    metrics(&api, &call, call.place("key")).await
}

/// Answers to a key as a bearer token.
pub(super) async fn by_header(api: Arc<Api>, call: Call) -> Outcome {
    let bearer = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) => metrics(&api, &call, key).await,
        None => Ok(answers::empty(StatusCode::UNAUTHORIZED)),
    }
}

async fn metrics(api: &Arc<Api>, call: &Call, key: &str) -> Outcome {
    read_uuid(&call.place("project").to_ascii_lowercase()).ok_or(Fault::Unknown)?;
    if key.chars().count() != KEY_SIGNS {
        return Ok(answers::empty(StatusCode::BAD_REQUEST));
    }
    if opened(api, key).await? != Some(Grant::ReadOnly) {
        return Ok(answers::empty(StatusCode::FORBIDDEN));
    }
    let mut families = Families::default();
    for (number, view) in api.subjects().await?.enumerate() {
        families.add(&view);
        if number % SLICE == SLICE - 1 {
            tokio::task::yield_now().await;
        }
    }
    Ok(answers::of_type(StatusCode::OK, "text/plain", families.text()))
}

/// What is told of the checks, one family of samples after the other.
#[derive(Default)]
struct Families {
    up: String,
    started: String,
    grace: String,
    paused: String,
    tags: BTreeMap<String, bool>,
    total: u64,
    down: u64,
}

impl Families {
    fn add(&mut self, view: &View) {
        let (name, tags) = (escaped(&view.settings.name), escaped(&view.settings.tags));
        let labels =
            format!("{{name=\"{name}\", tags=\"{tags}\", unique_key=\"{}\"}}", unique_key(view.uuid));
        let is_down = view.shown == Shown::Down;
        let samples = [
            (&mut self.up, "hc_check_up", !is_down),
            (&mut self.started, "hc_check_started", view.is_started),
            (&mut self.grace, "hc_check_grace", view.shown == Shown::Grace),
            (&mut self.paused, "hc_check_paused", view.shown == Shown::Paused),
        ];
        for (family, name, holds) in samples {
            writeln!(family, "{name}{labels} {}", u8::from(holds)).expect("a string takes any text");
        }
        for tag in tags_of(&view.settings.tags) {
            *self.tags.entry(tag.to_owned()).or_insert(true) &= !is_down;
        }
        self.total += 1;
        self.down += u64::from(is_down);
    }

    fn text(self) -> String {
        let mut tags = String::new();
        for (tag, is_up) in &self.tags {
            writeln!(tags, "hc_tag_up{{tag=\"{}\"}} {}", escaped(tag), u8::from(*is_up))
                .expect("a string takes any text");
        }
        let families = [
            ("hc_check_up", "Whether the check is up (1 for yes, 0 for no).", self.up),
            ("hc_check_started", "Whether a run of the check has begun (1 for yes, 0 for no).", self.started),
            (
                "hc_check_grace",
                "Whether the check is late, but not too late (1 for yes, 0 for no).",
                self.grace,
            ),
            ("hc_check_paused", "Whether the check is paused (1 for yes, 0 for no).", self.paused),
            ("hc_tag_up", "Whether all checks of the tag are up (1 for yes, 0 for no).", tags),
            ("hc_checks_total", "The number of checks.", format!("hc_checks_total {}\n", self.total)),
            (
                "hc_checks_down_total",
                "The number of checks that are down.",
                format!("hc_checks_down_total {}\n", self.down),
            ),
        ];
        let texts = families
            .map(|(name, about, samples)| format!("# HELP {name} {about}\n# TYPE {name} gauge\n{samples}"));
        texts.join("\n")
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_itself() {
        assert_eq!(escaped("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
    }

    #[test]
    fn families_stand_apart_in_their_order() {
        let text = Families::default().text();
        let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect::<Vec<_>>();
        let names = [
            "hc_check_up",
            "hc_check_started",
            "hc_check_grace",
            "hc_check_paused",
            "hc_tag_up",
            "hc_checks_total",
            "hc_checks_down_total",
        ];
        assert_eq!(families, names.map(|name| format!("{name} gauge")));
        assert!(text.ends_with("\n\n# HELP hc_checks_down_total The number of checks that are down.\n# TYPE hc_checks_down_total gauge\nhc_checks_down_total 0\n"), "{text}");
    }
}

//! Everything that the form of a check asks: read field by field, each mistake beside its field.

use domain::managed::kind::Kind;
use domain::managed::limits::{KEYWORDS_MAX, SECONDS_MIN, TEXT_MAX, is_slug};

use crate::store::managed::settings::{Edit, RunLimit, Settings};
use crate::web::filled::Filled;
use crate::web::{Pairs, asked, lengths, words};

/// Takes the fields of a form. Browsers end lines as mails do.
pub(super) fn taken(typed: Pairs) -> Filled {
    Filled::new(typed.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect())
}

/// Returns what a form shows of the settings that hold.
pub(super) fn filled_in(settings: &Settings) -> Filled {
    let kind = if settings.kind == Kind::Simple { "period" } else { "schedule" };
    let mut typed: Vec<(&str, String)> = vec![
        ("name", settings.name.clone()),
        ("slug", settings.slug.clone()),
        ("tags", settings.tags.clone()),
        ("desc", settings.desc.clone()),
        ("kind", kind.to_owned()),
        ("period", lengths::write(settings.timeout)),
        ("schedule", settings.schedule.clone()),
        ("tz", settings.tz.clone()),
        ("grace", lengths::write(settings.grace)),
        ("max_runtime", settings.max_runtime.map(lengths::write).unwrap_or_default()),
        ("start_kw", settings.start_kw.clone()),
        ("success_kw", settings.success_kw.clone()),
        ("failure_kw", settings.failure_kw.clone()),
    ];
    let switches = [
        ("is_told", settings.is_told),
        ("is_post_only", settings.is_post_only),
        ("manual_resume", settings.manual_resume),
        ("filter_http_body", settings.filter_http_body),
        ("filter_default_fail", settings.filter_default_fail),
    ];
    typed.extend(switches.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| (name, "on".to_owned())));
    Filled::new(typed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Reads everything, and notes what is wrong.
pub(super) fn read(filled: &mut Filled) -> Edit {
    let ticked = |filled: &Filled, name: &str| Some(filled.is_ticked(name));
    Edit {
        name: asked::name(filled),
        slug: Some(slug(filled)),
        tags: asked::tags(filled),
        desc: Some(filled.value("desc").trim().to_owned()),
        max_runtime: run_limit(filled),
        start_kw: Some(text(filled, "start_kw", KEYWORDS_MAX)),
        success_kw: Some(text(filled, "success_kw", KEYWORDS_MAX)),
        failure_kw: Some(text(filled, "failure_kw", KEYWORDS_MAX)),
        is_told: ticked(filled, "is_told"),
        is_post_only: ticked(filled, "is_post_only"),
        manual_resume: ticked(filled, "manual_resume"),
        filter_http_body: ticked(filled, "filter_http_body"),
        filter_default_fail: ticked(filled, "filter_default_fail"),
        ..asked::times(filled)
    }
}

fn run_limit(filled: &mut Filled) -> Option<RunLimit> {
    if filled.value("max_runtime").trim().is_empty() {
        return Some(RunLimit::Grace);
    }
    asked::seconds(filled, "max_runtime", SECONDS_MIN).map(RunLimit::Seconds)
}

fn slug(filled: &mut Filled) -> String {
    let slug = text(filled, "slug", TEXT_MAX);
    if !is_slug(&slug) {
        filled.refuse("slug", words::edit::NO_SLUG);
    }
    slug
}

fn text(filled: &mut Filled, field: &'static str, most: usize) -> String {
    let text = filled.value(field).trim().to_owned();
    asked::line(filled, field, &text, most);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Filled {
        let mut typed = vec![("name", "Pump"), ("grace", "5 min"), ("period", "1 h")];
        typed.retain(|(name, _)| !fields.iter().any(|(known, _)| known == name));
        typed.extend(fields);
        taken(typed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn what_holds_reads_back_as_it_is() {
        let settings = Settings {
            name: "Nightly export".to_owned(),
            slug: "nightly".to_owned(),
            tags: "etl prod".to_owned(),
            desc: "Ask Ada.\nOr Bob.".to_owned(),
            timeout: 5_400,
            grace: 0,
            max_runtime: Some(90),
            manual_resume: true,
            failure_kw: "error".to_owned(),
            is_told: true,
            ..Settings::default()
        };
        for schedule in [None, Some("0 2 * * *"), Some("Mon 12:00\nTue 13:00")] {
            let edit = Edit { schedule: schedule.map(str::to_owned), ..Edit::default() };
            let settings = edit.apply(&settings);
            let mut filled = filled_in(&settings);
            let edit = read(&mut filled);
            assert!(filled.is_right(), "{filled:?}");
            assert_eq!(edit.apply(&settings), settings);
        }
    }

    #[test]
    fn each_mistake_stands_beside_its_field() {
        for (field, value, told) in [
            ("slug", "A b", "small letters"),
            ("max_runtime", "soon", "“soon”"),
            ("max_runtime", "0 s", "1 s"),
            ("failure_kw", &"x".repeat(201), "200"),
            ("name", "", "name"),
        ] {
            let mut filled = form(&[(field, value)]);
            read(&mut filled);
            assert!(filled.error(field).is_some_and(|error| error.contains(told)), "{field}: {filled:?}");
        }
    }

    #[test]
    fn lines_end_in_one_way_and_boxes_that_are_not_ticked_are_off() {
        let mut filled = form(&[("desc", " a\r\nb "), ("is_told", "on")]);
        let edit = read(&mut filled);
        assert!(filled.is_right());
        assert_eq!(edit.desc.as_deref(), Some("a\nb"));
        assert_eq!((edit.is_told, edit.manual_resume), (Some(true), Some(false)));
        assert_eq!(edit.max_runtime, Some(RunLimit::Grace));
    }
}

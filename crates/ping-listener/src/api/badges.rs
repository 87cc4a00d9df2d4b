//! Badges: how all checks, those of a tag, or one of them stand, in one word for the pages of others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Body;
use domain::managed::Shown;
use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;

use super::badge_svg;
use super::call::Call;
use super::checks::tags_of;
use super::fault::Fault;
use super::operations::Outcome;
use super::shapes::{BadgeList, BadgeUrls, ShieldsShape, TallyShape};
use super::subjects::read_uuid;
use super::{Api, answers};
use crate::links::{ALL_CHECKS, States};

/// What the badge of all checks is called.
const LABEL: &str = "Ping Listener";

/// Lists the addresses of the badges of every tag, and of all checks.
pub(super) async fn list(api: Arc<Api>, _call: Call) -> Outcome {
    let mut tags = BTreeSet::from([ALL_CHECKS.to_owned()]);
    for view in api.subjects().await? {
        tags.extend(tags_of(&view.settings.tags).map(str::to_owned));
    }
    let badges: BTreeMap<_, _> = tags.into_iter().map(|tag| (tag.clone(), api.badge_urls(&tag))).collect();
    Ok(answers::json(StatusCode::OK, &BadgeList { badges }))
}

/// Shows how all checks stand.
pub(super) async fn of_all(api: Arc<Api>, call: Call) -> Outcome {
    let (signature, format) = parted(call.place("file")).ok_or(Fault::Unknown)?;
    let has_three = api.is_signed(&call, signature, ALL_CHECKS)?;
    let tally = api.tally(&call, |_| true).await?;
    badge(&api, format, &tally.told(LABEL, has_three))
}

/// Shows how the checks of a tag stand.
pub(super) async fn of_tag(api: Arc<Api>, call: Call) -> Outcome {
    let (escaped, format) = parted(call.place("file")).ok_or(Fault::Unknown)?;
    let is_taken = |sign: char| sign.is_alphanumeric() || "_%~.-".contains(sign);
    if !escaped.chars().all(is_taken) {
        return Err(Fault::Unknown);
    }
    let tag = percent_decode_str(escaped).decode_utf8().map_err(|_| Fault::Unknown)?;
    let has_three = api.is_signed(&call, call.place("signature"), &tag)?;
    let tally = api.tally(&call, |tags| tags_of(tags).any(|known| known == tag)).await?;
    badge(&api, format, &tally.told(&tag, has_three))
}

/// Shows how one check stands.
pub(super) async fn of_check(api: Arc<Api>, call: Call) -> Outcome {
    let states: u64 = call.place("states").parse().map_err(|_| Fault::Unknown)?;
    let (badge_key, format) = parted(call.place("file")).ok_or(Fault::Unknown)?;
    let badge_key = read_uuid(badge_key).ok_or(Fault::Unknown)?;
    let store = &api.store;
    let id = store.managed_of_badge(badge_key).or_else(|| store.declared_of_badge(badge_key));
    let view = api.subject(id.ok_or(Fault::Unknown)?).await?.ok_or(Fault::Unknown)?;
    let mut tally = Tally::default();
    tally.add(view.shown);
    let name = &view.settings.name;
    let label = if name.is_empty() { view.uuid.hyphenated().to_string() } else { name.clone() };
    badge(&api, format, &tally.told(&label, states == 3))
}

impl Api {
    fn badge_urls(&self, tag: &str) -> BadgeUrls {
        let links = self.links.load();
        let url = |states, format| links.badge_url(tag, states, format);
        BadgeUrls {
            svg: url(States::Two, "svg"),
            svg3: url(States::Three, "svg"),
            json: url(States::Two, "json"),
            json3: url(States::Three, "json"),
            shields: url(States::Two, "shields"),
            shields3: url(States::Three, "shields"),
        }
    }

    /// Returns whether a signature asks for three states; `Err` if it is not this server's.
    fn is_signed(&self, call: &Call, signature: &str, tag: &str) -> Result<bool, Fault> {
        let states = self.links.load().badge_states(call.place("badge_key"), tag, signature);
        states.map(|states| states == States::Three).ok_or(Fault::Gone)
    }

    async fn tally(self: &Arc<Self>, call: &Call, is_counted: impl Fn(&str) -> bool) -> Result<Tally, Fault> {
        let mut tally = Tally::default();
        if call.place("badge_key") == self.links.load().badge_key() {
            let counted = self.subjects().await?.filter(|view| is_counted(&view.settings.tags));
            counted.for_each(|view| tally.add(view.shown));
        }
        Ok(tally)
    }
}

/// How many checks stand how.
#[derive(Default)]
struct Tally {
    total: usize,
    grace: usize,
    down: usize,
}

/// What a badge tells.
struct Told<'a> {
    label: &'a str,
    tally: TallyShape,
}

impl Tally {
    fn add(&mut self, shown: Shown) {
        self.total += 1;
        self.grace += usize::from(shown == Shown::Grace);
        self.down += usize::from(shown == Shown::Down);
    }

    fn told(self, label: &str, has_three: bool) -> Told<'_> {
        let Self { total, grace, down } = self;
        let status = match (down, grace) {
            (1.., _) => "down",
            (0, 1..) if has_three => "late",
            (0, _) => "up",
        };
        Told { label, tally: TallyShape { status, total, grace, down } }
    }
}

/// Parts a name from the format behind its last point.
fn parted(file: &str) -> Option<(&str, &str)> {
    file.rsplit_once('.').filter(|(name, _)| !name.is_empty())
}

fn badge(api: &Api, format: &str, told: &Told<'_>) -> Outcome {
    let word = told.tally.status;
    let (colour, name_of_colour) = match word {
        "down" => ("#e05d44", "critical"),
        "late" => ("#fe7d37", "important"),
        _ => ("#4c1", "success"),
    };
    let mut response: Response<Body> = match format {
        "svg" => answers::of_type(StatusCode::OK, "image/svg+xml", badge_svg::draw(told.label, word, colour)),
        "json" => answers::json(StatusCode::OK, &told.tally),
        "shields" => answers::json(
            StatusCode::OK,
            &ShieldsShape { schema_version: 1, label: told.label, message: word, color: name_of_colour },
        ),
        _ => return Err(Fault::Gone),
    };
    answers::never_cache(response.headers_mut(), api.clock.wall_now());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(shown: &[Shown], has_three: bool) -> &'static str {
        let mut tally = Tally::default();
        for shown in shown {
            tally.add(*shown);
        }
        tally.told("", has_three).tally.status
    }

    #[test]
    fn one_check_that_is_down_makes_a_badge_red() {
        use Shown::{Down, Grace, New, Paused, Up};
        assert_eq!(word(&[], true), "up");
        assert_eq!(word(&[New, Paused, Up], true), "up");
        assert_eq!(word(&[Up, Grace], true), "late");
        assert_eq!(word(&[Up, Grace], false), "up");
        assert_eq!(word(&[Up, Grace, Down], true), "down");
        assert_eq!(word(&[Down], false), "down");
    }

    #[test]
    fn a_file_is_a_name_and_a_format() {
        assert_eq!(parted("a.b.svg"), Some(("a.b", "svg")));
        assert_eq!(parted(".svg"), None);
        assert_eq!(parted("svg"), None);
    }
}

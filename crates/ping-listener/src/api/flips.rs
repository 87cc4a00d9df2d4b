//! Flips as they are read: when a check went down and came back.

use std::sync::Arc;

use domain::managed::Word;
use domain::time::Span;
use http::StatusCode;
use jiff::Timestamp;

use super::call::Call;
use super::catalogue::{SECOND_MAX, SECONDS_MAX};
use super::fault::Fault;
use super::moments::to_the_second;
use super::operations::Outcome;
use super::shapes::{FlipList, FlipShape};
use super::{Api, answers};

/// Lists the flips of a check.
pub(super) async fn list(api: Arc<Api>, call: Call) -> Outcome {
    let view = api.by_uuid_or_unique_key(&call).await?;
    let range = Range::read(&call).ok_or(Fault::Query)?;
    let (from, until) = range.at(api.clock.wall_now());
    let flips = api.store.flips_of(view.id, from, until).await.map_err(|_| Fault::Unavailable)?;
    let flips = flips
        .into_iter()
        .map(|flip| FlipShape { timestamp: to_the_second(flip.at), up: u8::from(flip.to == Word::Up) });
    Ok(answers::json(StatusCode::OK, &FlipList { flips: flips.collect() }))
}

/// What of the past is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Range {
    seconds: Option<u64>,
    start: Option<u64>,
    end: Option<u64>,
}

impl Range {
    /// Reads the parameters; `None` if one is no number, or out of range.
    fn read(call: &Call) -> Option<Self> {
        let bounded = |name: &str, most: u64| match call.query(name) {
            None => Some(None),
            Some(text) => number(&text, most).map(Some),
        };
        let has_seconds = call.query("seconds").is_some_and(|text| !text.trim().is_empty());
        let seconds = if has_seconds { bounded("seconds", SECONDS_MAX)? } else { None };
        Some(Self {
            seconds: seconds.filter(|seconds| 0 < *seconds),
            start: bounded("start", SECOND_MAX)?,
            end: bounded("end", SECOND_MAX)?,
        })
    }

    /// Returns from when on and until when; every bound holds.
    fn at(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let instant =
            |second: u64| i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
        let back = |seconds: u64| {
            let micros = now.as_microsecond() - Span::from_seconds(i64::try_from(seconds).ok()?).as_micros();
            Timestamp::from_microsecond(micros).ok()
        };
        let from = self.seconds.and_then(back).max(self.start.and_then(instant));
        (from, self.end.and_then(instant))
    }
}

/// Reads a whole number; blanks around it do no harm.
fn number(text: &str, most: u64) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(query: &str) -> Option<Range> {
        Range::read(&Call::of_query(query))
    }

    #[test]
    fn a_bound_is_a_number_in_its_range() {
        let none = Range { seconds: None, start: None, end: None };
        for query in ["", "seconds=", "seconds=0", "other=x", "seconds=5&seconds=0"] {
            assert_eq!(range(query).as_ref(), Some(&none), "{query}");
        }
        assert_eq!(range("seconds=31536000").unwrap().seconds, Some(31_536_000));
        assert_eq!(range("start=0&end=10000000000").unwrap().end, Some(10_000_000_000));
        for query in [
            "seconds=31536001",
            "seconds=-1",
            "seconds=x",
            "seconds=1.5",
            "start=",
            "end=",
            "end=10000000001",
            "start=%2B",
        ] {
            assert_eq!(range(query), None, "{query}");
        }
    }

    #[test]
    fn the_later_of_two_beginnings_holds() {
        let now = Timestamp::from_second(1_000).unwrap();
        let at = |query| range(query).unwrap().at(now);
        assert_eq!(at("seconds=100"), (Timestamp::from_second(900).ok(), None));
        assert_eq!(at("seconds=100&start=950&end=990").0, Timestamp::from_second(950).ok());
        assert_eq!(at("seconds=100&start=850&end=990").0, Timestamp::from_second(900).ok());
        assert_eq!(at("end=990"), (None, Timestamp::from_second(990).ok()));
    }
}

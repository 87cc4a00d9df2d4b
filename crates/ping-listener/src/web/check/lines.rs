//! The log of one check, line by line: its pings, how its standing changed, the mails about it, and when the listener
//! itself was away.

use std::cmp::Reverse;

use domain::ping::Signal;
use jiff::Timestamp;

use super::flips;
use crate::store::error::StoreError;
use crate::store::managed::recent::PingView;
use crate::store::view::{GapView, NotificationView};
use crate::web::moments::{Here, Moment};
use crate::web::subject::Subject;
use crate::web::words::log as words;
use crate::web::{Rooms, timeline};

/// Pings that are looked at: as many as are kept with what came with them.
const PINGS_MAX: usize = 100;

/// Gaps that are looked at.
const GAPS_MAX: usize = 100;

/// Lines of the other kinds at most, so that a check that flips all day has a page that can be read.
const OTHERS_MAX: usize = 200;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Said(Signal),
    Flip,
    Mail,
    Away,
}

/// Where a line stands: of what happened in one millisecond the ping came first, then what it caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    millis: i64,
    step: u8,
    /// The ping's number.
    number: u64,
}

/// A line of the log.
pub(super) struct Line {
    order: Order,
    pub(super) at: Moment,
    /// The shape before it, by its name in the style sheet.
    pub(super) style: &'static str,
    pub(super) word: &'static str,
    pub(super) facts: Vec<String>,
    /// Where its ping is shown, and what to call the link.
    pub(super) link: Option<(String, String)>,
}

/// Which lines are wanted; none chosen means all.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted(Vec<Kind>);

impl Kind {
    /// Every kind with its name in addresses and its word.
    pub(super) const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Said(Signal::Success), "success", words::SUCCESS),
        (Self::Said(Signal::Start), "start", words::START),
        (Self::Said(Signal::Fail), "fail", words::FAIL),
        (Self::Said(Signal::Log), "log", words::LOG),
        (Self::Said(Signal::Ignored), "ignored", words::IGNORED),
        (Self::Flip, "flips", words::FLIPS),
        (Self::Mail, "mails", words::MAILS),
        (Self::Away, "away", words::AWAY),
    ];
}

impl Wanted {
    /// Reads it from an address; what is not known counts as not given.
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
        let asked = pairs.iter().filter(|(name, _)| name == "show").map(|(_, value)| value);
        let kind =
            |value: &String| Kind::ALL.iter().find(|(_, name, _)| name == value).map(|(kind, ..)| *kind);
        Self(asked.filter_map(kind).collect())
    }

    /// Tells whether somebody has chosen this kind.
    pub(super) fn names(&self, kind: Kind) -> bool {
        self.0.contains(&kind)
    }

    /// Tells whether all lines are wanted.
    pub(super) fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, kind: Kind) -> bool {
        self.is_everything() || self.names(kind)
    }
}

/// Returns the latest lines of a check, latest first.
pub(super) async fn latest(
    rooms: &Rooms,
    subject: &Subject,
    wanted: &Wanted,
    most: usize,
) -> Result<Vec<Line>, StoreError> {
    let here = rooms.here();
    let pings = rooms.store.recent_pings(subject.id, PINGS_MAX).await?;
    // Where pings are left out, what lies between those is too.
    let from = if pings.len() < PINGS_MAX { Timestamp::MIN } else { pings[PINGS_MAX - 1].at };
    let mut lines: Vec<Line> = Vec::new();
    if wanted.has(Kind::Flip) {
        let flips = rooms.store.flips_of(subject.id, Some(from), None).await?;
        let told = flips.iter().take(OTHERS_MAX);
        lines.extend(told.map(|flip| Line::plain((flip.at, 1), here, flips::in_words(flip))));
    }
    if wanted.has(Kind::Mail) {
        let told = rooms.store.told_since(subject.id, from, OTHERS_MAX).await?;
        lines.extend(told.iter().map(|mail| Line::of_mail(mail, here)));
    }
    if wanted.has(Kind::Away) {
        let since = from.max(subject.created);
        let gaps = rooms.store.gaps(GAPS_MAX).await?;
        let known = gaps.iter().filter(|gap| gap.until.is_none_or(|until| since <= until));
        lines.extend(known.map(|gap| Line::of_gap(gap, here)));
    }
    let said = pings.iter().filter(|ping| wanted.has(Kind::Said(ping.signal)));
    lines.extend(said.map(|ping| Line::of_ping(ping, subject, here)));
    lines.sort_by_key(|line| Reverse(line.order));
    lines.truncate(most);
    Ok(lines)
}

impl Line {
    /// Makes a line that has nothing but its word; `step` is what comes first of what comes together.
    fn plain(
        (at, step): (Timestamp, u8),
        here: Here<'_>,
        (style, word): (&'static str, &'static str),
    ) -> Self {
        let order = Order { millis: at.as_millisecond(), step, number: 0 };
        Self { order, at: Moment::new(at, here), style, word, facts: Vec::new(), link: None }
    }

    fn of_ping(ping: &PingView, subject: &Subject, here: Here<'_>) -> Self {
        let mut facts = vec![words::number(ping.n)];
        facts.extend(ping.duration.map(words::took));
        facts.extend(ping.exit_status.map(words::exit_status));
        facts.extend(ping.remote_addr.map(|address| address.to_string()));
        facts.extend(Some(ping.user_agent.to_string()).filter(|agent| !agent.is_empty()));
        let word_of_link = || {
            if ping.body_bytes == 0 { words::DETAILS.to_owned() } else { words::body(ping.body_bytes) }
        };
        let link = subject
            .id
            .is_managed()
            .then(|| (format!("{}/pings/{}", subject.address(), ping.n), word_of_link()));
        let plain = Self::plain((ping.at, 0), here, said(ping.signal));
        Self { facts, link, order: Order { number: ping.n, ..plain.order }, ..plain }
    }

    fn of_mail(mail: &NotificationView, here: Here<'_>) -> Self {
        let facts = vec![timeline::told(mail)];
        Self { facts, ..Self::plain((mail.decided, 2), here, ("mail", words::MAIL)) }
    }

    fn of_gap(gap: &GapView, here: Here<'_>) -> Self {
        let until = gap.until.map(|until| Moment::new(until, here).text);
        let facts = vec![words::away(&gap.cause, until.as_deref())];
        Self { facts, ..Self::plain((gap.from, 3), here, ("gap", words::AWAY_HERE)) }
    }
}

/// Returns what a ping said: its name in the style sheet, and its word.
pub(super) fn said(signal: Signal) -> (&'static str, &'static str) {
    match signal {
        Signal::Success => ("up", words::SUCCESS),
        Signal::Start => ("running", words::START),
        Signal::Fail => ("down", words::FAIL),
        Signal::Log => ("new", words::LOG),
        Signal::Ignored => ("unmonitored", words::IGNORED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_chooses_nothing() {
        let of = |shows: &[&str]| {
            let pairs: Vec<_> = shows.iter().map(|show| ("show".to_owned(), (*show).to_owned())).collect();
            Wanted::of(&pairs)
        };
        assert!(of(&[]).is_everything() && of(&["<b>"]).is_everything());
        let wanted = of(&["fail", "mails"]);
        assert!(wanted.has(Kind::Mail) && wanted.has(Kind::Said(Signal::Fail)));
        assert!(!wanted.has(Kind::Flip) && !wanted.has(Kind::Said(Signal::Success)));
    }
}

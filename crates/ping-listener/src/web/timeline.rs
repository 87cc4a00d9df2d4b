//! A day of one check in order: stretches of pings, with what happened in between.

use std::fmt::Write;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::words;
use crate::store::view::{DayView, FlipView, GapView, NotificationView, RowState};

/// Parts of the drawn day: ten minutes each, on most days.
const STRIP_PARTS: usize = 144;

/// A line of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Pings with nothing in between.
    Pings {
        /// The first.
        from: String,
        /// The last.
        until: String,
        /// How many.
        count: usize,
        /// All of them.
        times: String,
    },
    /// Something else.
    Event {
        /// When.
        at: String,
        /// The kind's name in the style sheet.
        style: &'static str,
        /// What happened.
        text: String,
    },
}

/// The day as a row of small bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Strip {
    /// The parts in which there was a ping, by number from the left.
    pub(super) filled: Vec<usize>,
}

/// A change of standing, in words.
pub(super) struct Turn {
    pub(super) at: Timestamp,
    /// The kind's name in the style sheet.
    pub(super) style: &'static str,
    /// What happened.
    pub(super) text: String,
}

/// Puts a day in order, with the changes of standing on it.
pub(super) fn timeline(day: &DayView, turns: Vec<Turn>, zone: &TimeZone) -> Vec<Entry> {
    let mut happenings = turns;
    happenings.extend(day.notifications.iter().map(of_notification));
    happenings.extend(day.gaps.iter().map(|gap| of_gap(gap, zone)));
    happenings.sort_by_key(|happening| happening.at);
    let mut entries = Vec::new();
    let mut rest = day.pings.as_slice();
    for happening in happenings {
        // Of what came in one millisecond the ping was first, and caused the rest.
        let is_before = |ping: &Timestamp| ping.as_millisecond() <= happening.at.as_millisecond();
        let (before, after) = rest.split_at(rest.partition_point(is_before));
        push_pings(&mut entries, before, zone);
        rest = after;
        let Turn { at, style, text } = happening;
        entries.push(Entry::Event { at: local(at, zone), style, text });
    }
    push_pings(&mut entries, rest, zone);
    entries
}

fn push_pings(to: &mut Vec<Entry>, pings: &[Timestamp], zone: &TimeZone) {
    let (Some(first), Some(last)) = (pings.first(), pings.last()) else { return };
    let times: Vec<_> = pings.iter().map(|ping| local(*ping, zone)).collect();
    let (from, until) = (local(*first, zone), local(*last, zone));
    to.push(Entry::Pings { from, until, count: pings.len(), times: times.join(" ") });
}

/// Tells a flip of a declared check.
pub(super) fn of_flip(flip: &FlipView) -> Turn {
    let (style, text) = match (flip.is_down, flip.reason) {
        (true, _) => ("down", words::day::WENT_SILENT.to_owned()),
        (false, "ping") => ("up", words::day::CAME_BACK.to_owned()),
        (false, reason) => ("new", words::day::silence_ended(reason)),
    };
    Turn { at: flip.at, style, text }
}

fn of_notification(notification: &NotificationView) -> Turn {
    Turn { at: notification.decided, style: "mail", text: told(notification) }
}

/// Tells what a mail says, for whom it is, and what became of it.
pub(super) fn told(notification: &NotificationView) -> String {
    let NotificationView { kind, recipient, state, attempts, .. } = notification;
    let mut text = words::day::told(*kind, recipient, *state);
    if 1 < *attempts {
        text.push_str(&words::day::after_attempts(*attempts));
    }
    if let Some(answer) = notification.answer.as_ref().filter(|_| *state != RowState::Sent) {
        let _ = write!(text, " ({answer})");
    }
    text
}

fn of_gap(gap: &GapView, zone: &TimeZone) -> Turn {
    let until =
        gap.until.map_or(words::day::LASTS.to_owned(), |until| words::day::until(&local(until, zone)));
    let text = words::day::away(&gap.cause, &until);
    Turn { at: gap.from, style: "gap", text }
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

impl Strip {
    /// Draws the pings between the ends of a day.
    pub(super) fn of(pings: &[Timestamp], (begin, end): (Timestamp, Timestamp)) -> Self {
        let length = end.duration_since(begin).max(SignedDuration::from_secs(1));
        let part = |ping: &Timestamp| {
            let share = ping.duration_since(begin).as_millis() * STRIP_PARTS as i128 / length.as_millis();
            usize::try_from(share).map_or(0, |part| part.min(STRIP_PARTS - 1))
        };
        let mut filled: Vec<_> = pings.iter().map(part).collect();
        filled.dedup();
        Self { filled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples::at;
    use domain::notification::Kind;

    #[test]
    fn alerts_stand_between_the_pings_around_them() {
        let alert = NotificationView {
            id: 1,
            about: None,
            check: None,
            kind: Kind::FirstAlert,
            recipient: "you@example.org".to_owned(),
            decided: at(20),
            state: RowState::Sent,
            attempts: 2,
            answer: Some("250 ok".to_owned()),
            settled: None,
            due: None,
            snoozed_until: None,
        };
        let day = DayView {
            pings: vec![at(0), at(5), at(30)],
            flips: vec![FlipView { at: at(15), is_down: true, reason: "silence" }],
            notifications: vec![alert],
            gaps: vec![GapView { from: at(40), until: None, cause: "disk full".to_owned() }],
        };
        let turns = day.flips.iter().map(of_flip).collect();
        let entries = timeline(&day, turns, &TimeZone::UTC);
        let told: Vec<_> = entries
            .iter()
            .map(|entry| match entry {
                Entry::Pings { count, times, .. } => format!("{count}: {times}"),
                Entry::Event { at, text, .. } => format!("{at} {text}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "2: 09:00:00 09:00:05",
                "09:00:15 Silent for too long since here",
                "09:00:20 Alert to you@example.org: sent after 2 attempts",
                "1: 09:00:30",
                "09:00:40 The listener itself was away (the disk was full), and lasts",
            ]
        );
    }

    #[test]
    fn a_day_is_drawn_from_end_to_end() {
        let begin: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let last = end - SignedDuration::from_secs(1);
        let noon = begin + SignedDuration::from_hours(12);
        assert_eq!(Strip::of(&[begin, begin, noon, last], (begin, end)).filled, [0, 72, 143]);
    }
}

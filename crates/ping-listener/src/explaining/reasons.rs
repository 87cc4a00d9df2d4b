//! The reasons for a check's standing as one paragraph of English.

use domain::flip::Reason;
use domain::managed::Shown;
use domain::managed::kind::Kind;
use domain::notification;
use domain::ping::Signal;
use domain::time::Span;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::evidence::Evidence;
use super::schedule::{self, span};
use crate::store::managed::viewing::View;
use crate::store::view::{NotificationView, RowState};

/// So many recipients are named; what a program asks for has them all.
const RECIPIENTS_NAMED: usize = 5;

/// For whom a paragraph is.
#[derive(Clone, Debug)]
pub struct Reader {
    /// By which clock it tells when things were.
    pub zone: TimeZone,
    /// It may name those who were mailed.
    pub sees_recipients: bool,
}

/// Puts what is known of a check into words.
#[must_use]
pub fn in_words(evidence: &Evidence, reader: &Reader) -> String {
    let sentences = [
        Some(standing(evidence, reader)),
        Some(latest_ping(evidence, reader)),
        expectation(evidence, reader),
        runs(evidence, reader),
        excuse(evidence),
        snooze(evidence, reader),
        Some(told(evidence, reader)),
    ];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Returns the word for what a ping said.
#[must_use]
pub fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::Success => "success",
        Signal::Start => "start",
        Signal::Fail => "fail",
        Signal::Log => "log",
        Signal::Ignored => "ign",
    }
}

/// Returns the word for why a check is down.
#[must_use]
pub fn down_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Overrun => "overrun",
        Reason::Fail => "fail",
        Reason::Silence
        | Reason::Ping
        | Reason::MonitorOff
        | Reason::Revised
        | Reason::Archived
        | Reason::Paused
        | Reason::Resumed => "silence",
    }
}

fn standing(evidence: &Evidence, reader: &Reader) -> String {
    let view = &evidence.view;
    let name = if view.settings.name.is_empty() {
        format!("The check {}", view.uuid.hyphenated())
    } else {
        format!("\u{201c}{}\u{201d}", view.settings.name)
    };
    match (view.shown, view.down) {
        (Shown::New, _) if view.pings == 0 => format!("{name} is new: it has not pinged yet."),
        (Shown::New, _) => {
            format!("{name} is new: no success and no failure has come since it was made or resumed.")
        }
        (Shown::Up | Shown::Started, _) => format!("{name} is up."),
        (Shown::Grace, _) => format!("{name} is late, but its grace is not over."),
        (Shown::Paused, _) if is_unmonitored(view) => {
            format!("{name} is not monitored, by the config: nobody waits for its pings.")
        }
        (Shown::Paused, _) if view.settings.manual_resume => {
            format!("{name} is paused: nobody waits for it until it is resumed.")
        }
        (Shown::Paused, _) => format!("{name} is paused: nobody waits for it until its next ping."),
        (Shown::Down, Some((since, reason))) => {
            let why = match down_word(reason) {
                "fail" => "a ping said that a run had failed",
                "overrun" => "a run that had begun did not end in time",
                _ => "no ping came in time",
            };
            format!("{name} has been down since {}, because {why}.", reader.moment(since))
        }
        (Shown::Down, None) => format!("{name} is down: its deadline has passed."),
    }
}

fn is_unmonitored(view: &View) -> bool {
    view.shown == Shown::Paused && !view.id.is_managed()
}

fn latest_ping(evidence: &Evidence, reader: &Reader) -> String {
    let view = &evidence.view;
    let Some(latest) = evidence.pings.first() else {
        return match view.last_ping {
            Some(at) => format!("Its latest ping came at {}.", reader.moment(at)),
            None => format!("It has been known here since {}.", reader.moment(view.created)),
        };
    };
    let (what, tells_an_end) = match latest.signal {
        Signal::Success => ("a success", true),
        Signal::Fail => ("a failure", true),
        Signal::Start => ("the start of a run", false),
        Signal::Log => ("a message for the log", false),
        Signal::Ignored => ("one that is ignored", false),
    };
    let before = view.last_ping.filter(|_| !tells_an_end);
    let before = before.map(|at| format!("; its last success or failure came at {}", reader.moment(at)));
    format!(
        "Its latest ping, number {}, was {what} and came at {}{}.",
        latest.n,
        reader.moment(latest.at),
        before.unwrap_or_default()
    )
}

fn expectation(evidence: &Evidence, reader: &Reader) -> Option<String> {
    let view = &evidence.view;
    if is_unmonitored(view) {
        return None;
    }
    let settings = &*view.settings;
    let clock = if settings.kind == Kind::Simple {
        String::new()
    } else {
        format!(" ({}, by the clocks of {})", settings.schedule.replace('\n', "; "), settings.tz)
    };
    let grace = match settings.grace {
        0 => "without grace".to_owned(),
        seconds => format!("with a grace of {}", span(seconds)),
    };
    let next = match (view.shown, view.next_ping, view.deadline) {
        (Shown::Down, _, _) | (Shown::Paused, _, None) => String::new(),
        (_, Some(due), Some(deadline)) if !view.is_started => {
            let verb = if view.shown == Shown::Grace { "was" } else { "is" };
            let (due, deadline) = (reader.moment(due), reader.moment(deadline));
            let then = if deadline == due { "then".to_owned() } else { format!("at {deadline}") };
            format!("; the next ping {verb} due at {due}, and without one it goes down {then}")
        }
        (_, _, Some(deadline)) => {
            format!("; unless it reports before, it goes down at {}", reader.moment(deadline))
        }
        (Shown::New, _, None) => "; until its first success or failure nothing is awaited".to_owned(),
        (_, _, None) => "; no further ping is due".to_owned(),
    };
    let words = schedule::in_words(settings, evidence.patience);
    Some(format!("It is expected to ping {words}{clock}, {grace}{next}."))
}

fn runs(evidence: &Evidence, reader: &Reader) -> Option<String> {
    let view = &evidence.view;
    let (_, oldest) = view.runs.iter().min_by_key(|(_, since)| *since)?;
    let (oldest, limit) = (reader.moment(*oldest), span(schedule::run_limit(&view.settings)));
    Some(match view.runs.len() {
        1 => format!("A run began at {oldest} and is not known to have ended; it may take {limit}."),
        several => format!(
            "{several} runs have begun and are not known to have ended, the first at {oldest}; each may take {limit}."
        ),
    })
}

/// Tells of gaps where they can have moved a deadline.
fn excuse(evidence: &Evidence) -> Option<String> {
    let view = &evidence.view;
    let is_awaited = view.deadline.is_some() || view.shown == Shown::Down;
    if evidence.gaps.is_empty() || !is_awaited {
        return None;
    }
    let gaps = match evidence.gaps.len() {
        1 => "once".to_owned(),
        several => format!("{several} times"),
    };
    let verb = if view.shown == Shown::Down { "was" } else { "is" };
    let effect = if Span::ZERO < view.extended {
        format!("for that the deadline {verb} {} later", view.extended)
    } else {
        "that moved no deadline".to_owned()
    };
    Some(format!("Meanwhile this server itself was away {gaps} and heard no pings; {effect}."))
}

fn snooze(evidence: &Evidence, reader: &Reader) -> Option<String> {
    let until = reader.moment(evidence.view.snoozed_until?);
    Some(format!("Mails about it wait until {until}: it is snoozed."))
}

fn told(evidence: &Evidence, reader: &Reader) -> String {
    let Some(latest) = evidence.told.first() else {
        let why = if evidence.view.settings.is_told {
            "Nobody was mailed about it in the last seven days."
        } else {
            "Nobody is mailed about it: it has no channel."
        };
        return why.to_owned();
    };
    let is_same = |mail: &&NotificationView| mail.kind == latest.kind && mail.decided == latest.decided;
    let same: Vec<_> = evidence.told.iter().filter(is_same).collect();
    let named = same.iter().take(RECIPIENTS_NAMED).map(|mail| {
        let recipient = if reader.sees_recipients { &mail.recipient } else { "a recipient" };
        format!("{recipient} ({})", state(mail.state))
    });
    let more = match same.len().saturating_sub(RECIPIENTS_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "The latest mail about it, {}, was decided at {} for {}{more}.",
        kind(latest.kind),
        reader.moment(latest.decided),
        named.collect::<Vec<_>>().join(", ")
    )
}

/// Says what became of a mail.
fn state(state: RowState) -> &'static str {
    match state {
        RowState::Queued => "waiting to be sent",
        RowState::Leased => "being sent",
        RowState::Sent => "sent",
        RowState::GivenUp => "given up",
        RowState::Cancelled => "cancelled",
        RowState::Joined => "part of a later mail",
    }
}

/// Says what a mail says.
fn kind(kind: notification::Kind) -> &'static str {
    match kind {
        notification::Kind::FirstAlert => "an alert",
        notification::Kind::Reminder => "a reminder",
        notification::Kind::Recovery => "a note of its return",
        notification::Kind::Notice => "a notice",
        notification::Kind::Unknown => "a mail of an unknown kind",
    }
}

impl Reader {
    fn moment(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

//! The reasons for a check's standing as one paragraph of English.

use std::fmt::Write as _;

use domain::flip::Reason;
use domain::managed::Shown;
use domain::managed::kind::Kind;
use domain::ping::Signal;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::evidence::Evidence;
use super::schedule::{self, span};

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
        Some(last_ping(evidence, reader)),
        Some(expectation(evidence, reader)),
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
        (Shown::New, _) => format!("{name} is new: it has not pinged yet."),
        (Shown::Up | Shown::Started, _) => format!("{name} is up."),
        (Shown::Grace, _) => format!("{name} is late, but its grace is not over."),
        (Shown::Paused, _) if view.settings.manual_resume => {
            format!("{name} is paused: nobody waits for it until it is resumed.")
        }
        (Shown::Paused, _) => format!("{name} is paused: nobody waits for it until its next ping."),
        (Shown::Down, Some((since, reason))) => {
            let why = match down_word(reason) {
                "fail" => "a ping said that a run had failed",
                "overrun" => "a run that had begun did not end in time",
                _ => "no ping had come in time",
            };
            format!("{name} is down since {}, because {why}.", reader.moment(since))
        }
        (Shown::Down, None) => format!("{name} is down: its deadline has passed."),
    }
}

fn last_ping(evidence: &Evidence, reader: &Reader) -> String {
    let view = &evidence.view;
    match (view.last_ping, evidence.pings.first()) {
        (Some(at), Some(latest)) => {
            let (n, said) = (latest.n, signal_word(latest.signal));
            let what = if latest.at.as_microsecond() == at.as_microsecond() {
                format!(", with ping {n}, which said {said}")
            } else {
                format!("; the latest ping of any kind, {n}, said {said}")
            };
            format!("It last told how it is at {}{what}.", reader.moment(at))
        }
        (Some(at), None) => format!("It last told how it is at {}.", reader.moment(at)),
        (None, Some(latest)) => {
            let (n, said) = (latest.n, signal_word(latest.signal));
            format!("None of its pings has told how it is; the latest, {n}, said {said}.")
        }
        (None, None) => format!("No ping of it is known since {}.", reader.moment(view.created)),
    }
}

fn expectation(evidence: &Evidence, reader: &Reader) -> String {
    let view = &evidence.view;
    let settings = &*view.settings;
    let mut text = format!("It is to ping {}", schedule::in_words(settings));
    let mut say = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("a string takes any text");
    if settings.kind != Kind::Simple {
        say(format_args!(" ({}, by the clocks of {})", settings.schedule, settings.tz));
    }
    say(format_args!(", with a grace of {}", span(settings.grace)));
    match (view.shown, view.next_ping, view.deadline) {
        (Shown::Down | Shown::Paused, _, _) => {}
        (_, Some(due), Some(deadline)) if !view.is_started => {
            let verb = if view.shown == Shown::Grace { "was" } else { "is" };
            let (due, deadline) = (reader.moment(due), reader.moment(deadline));
            say(format_args!("; the next ping {verb} due at {due}, and it goes down at {deadline}"));
        }
        (_, _, Some(deadline)) => {
            say(format_args!("; it goes down at {} if nothing comes", reader.moment(deadline)));
        }
        (_, _, None) => say(format_args!("; nothing is awaited before it pings")),
    }
    text.push('.');
    text
}

fn runs(evidence: &Evidence, reader: &Reader) -> Option<String> {
    let view = &evidence.view;
    let (_, oldest) = view.runs.iter().min_by_key(|(_, since)| *since)?;
    let limit = span(schedule::run_limit(&view.settings));
    let runs = match view.runs.len() {
        1 => "A run has begun".to_owned(),
        several => format!("{several} runs have begun, the first"),
    };
    let began = reader.moment(*oldest);
    Some(format!("{runs} at {began} and is not known to have ended; a run may take {limit}."))
}

fn excuse(evidence: &Evidence) -> Option<String> {
    if evidence.gaps.is_empty() {
        return None;
    }
    let gaps = match evidence.gaps.len() {
        1 => "once".to_owned(),
        several => format!("{several} times"),
    };
    let extended = evidence.view.extended.as_seconds_f64();
    let effect = if 0.0 < extended {
        format!("the deadline is {extended:.1} s later for it")
    } else {
        "the deadline was not moved for it".to_owned()
    };
    Some(format!("This server itself did not listen {gaps} since then; {effect}."))
}

fn snooze(evidence: &Evidence, reader: &Reader) -> Option<String> {
    let until = reader.moment(evidence.view.snoozed_until?);
    Some(format!("Mails about it wait until {until}: it is snoozed."))
}

fn told(evidence: &Evidence, reader: &Reader) -> String {
    let Some(latest) = evidence.told.first() else {
        return "Nobody was mailed about it in the last seven days.".to_owned();
    };
    let whom = if reader.sees_recipients { &latest.recipient } else { "somebody" };
    let more = match evidence.told.len() {
        1 => String::new(),
        several => format!(", the latest of {several} mails in that time"),
    };
    format!(
        "The latest mail about it, {} for {whom}, was decided at {} and is {}{more}.",
        article(latest.kind),
        reader.moment(latest.decided),
        latest.state
    )
}

fn article(kind: &str) -> String {
    if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {kind}") } else { format!("a {kind}") }
}

impl Reader {
    fn moment(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

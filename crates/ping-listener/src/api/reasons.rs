//! The reasons for a check's standing as one paragraph of English.

use domain::managed::Shown;
use domain::time::Span;
use jiff::Timestamp;

use super::explain::{Explanation, ToldShape, span};
use crate::store::managed::viewing::View;

/// So many recipients are named; the JSON beside the paragraph has them all.
const RECIPIENTS_NAMED: usize = 5;

/// Puts an explanation into words.
pub(super) fn in_words(explanation: &Explanation, view: &View) -> String {
    let sentences = [
        Some(standing(explanation, view)),
        Some(latest_ping(explanation, view)),
        expectation(explanation, view),
        runs(explanation, view),
        excuse(explanation, view),
        Some(told(explanation, view)),
    ];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn standing(explanation: &Explanation, view: &View) -> String {
    let name = if explanation.name.is_empty() {
        format!("The check {}", view.uuid.hyphenated())
    } else {
        format!("\u{201c}{}\u{201d}", explanation.name)
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
        (Shown::Down, Some((since, _))) => {
            let why = match explanation.reason {
                Some("fail") => "a ping said that a run had failed",
                Some("overrun") => "a run that had begun did not end in time",
                Some(_) | None => "no ping came in time",
            };
            format!("{name} has been down since {}, because {why}.", moment(since))
        }
        (Shown::Down, None) => format!("{name} is down: its deadline has passed."),
    }
}

fn is_unmonitored(view: &View) -> bool {
    view.shown == Shown::Paused && !view.id.is_managed()
}

fn latest_ping(explanation: &Explanation, view: &View) -> String {
    let Some(latest) = explanation.pings.first() else {
        return match view.last_ping {
            Some(at) => format!("Its latest ping came at {}.", moment(at)),
            None => format!("It has been known here since {}.", moment(view.created)),
        };
    };
    let (what, tells_an_end) = match latest.kind {
        "success" => ("a success", true),
        "fail" => ("a failure", true),
        "start" => ("the start of a run", false),
        "log" => ("a message for the log", false),
        _ => ("one that is ignored", false),
    };
    let before = view.last_ping.filter(|_| !tells_an_end);
    let before = before.map(|at| format!("; its last success or failure came at {}", moment(at)));
    format!(
        "Its latest ping, number {}, was {what} and came at {}{}.",
        latest.n,
        moment_of(&latest.date),
        before.unwrap_or_default()
    )
}

fn expectation(explanation: &Explanation, view: &View) -> Option<String> {
    if is_unmonitored(view) {
        return None;
    }
    let schedule = &explanation.schedule;
    let clock = match (&schedule.expression, &schedule.tz) {
        (Some(expression), Some(tz)) => {
            format!(" ({}, by the clocks of {tz})", expression.replace('\n', "; "))
        }
        (_, _) => String::new(),
    };
    let grace = match schedule.grace {
        0 => "without grace".to_owned(),
        seconds => format!("with a grace of {}", span(seconds)),
    };
    let next = match (view.shown, view.next_ping, view.deadline) {
        (Shown::Down, _, _) | (Shown::Paused, _, None) => String::new(),
        (_, Some(due), Some(deadline)) if !view.is_started => {
            let verb = if view.shown == Shown::Grace { "was" } else { "is" };
            format!(
                "; the next ping {verb} due at {}, and without one it goes down at {}",
                moment(due),
                moment(deadline)
            )
        }
        (_, _, Some(deadline)) => format!("; unless it reports before, it goes down at {}", moment(deadline)),
        (Shown::New, _, None) => "; until its first success or failure nothing is awaited".to_owned(),
        (_, _, None) => "; no further ping is due".to_owned(),
    };
    Some(format!("It is expected to ping {}{clock}, {grace}{next}.", schedule.words))
}

fn runs(explanation: &Explanation, view: &View) -> Option<String> {
    let (_, oldest) = view.runs.iter().min_by_key(|(_, since)| *since)?;
    let (oldest, limit) = (moment(*oldest), span(explanation.schedule.max_runtime));
    Some(match view.runs.len() {
        1 => format!("A run began at {oldest} and is not known to have ended; it may take {limit}."),
        several => format!(
            "{several} runs have begun and are not known to have ended, the first at {oldest}; each may take {limit}."
        ),
    })
}

/// Tells of gaps where they can have moved a deadline.
fn excuse(explanation: &Explanation, view: &View) -> Option<String> {
    let is_awaited = view.deadline.is_some() || view.shown == Shown::Down;
    if explanation.gaps.is_empty() || !is_awaited {
        return None;
    }
    let gaps = match explanation.gaps.len() {
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

fn told(explanation: &Explanation, view: &View) -> String {
    let Some(latest) = explanation.told.first() else {
        let why = if view.settings.is_told {
            "Nobody was mailed about it in the last seven days."
        } else {
            "Nobody is mailed about it: it has no channel."
        };
        return why.to_owned();
    };
    let is_same = |mail: &&ToldShape| mail.kind == latest.kind && mail.decided == latest.decided;
    let same: Vec<_> = explanation.told.iter().filter(is_same).collect();
    let named = same.iter().take(RECIPIENTS_NAMED).map(|mail| {
        let recipient = mail.recipient.as_deref().unwrap_or("a recipient");
        format!("{recipient} ({})", state(mail.state))
    });
    let more = match same.len().saturating_sub(RECIPIENTS_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let kind =
        if latest.kind == "recovery" { "a note of its return".to_owned() } else { article(latest.kind) };
    format!(
        "The latest mail about it, {kind}, was decided at {} for {}{more}.",
        moment_of(&latest.decided),
        named.collect::<Vec<_>>().join(", ")
    )
}

/// Says what became of a mail.
fn state(word: &str) -> &str {
    match word {
        "queued" => "waiting to be sent",
        "leased" => "being sent",
        "joined" => "part of a later mail",
        other => other,
    }
}

fn article(kind: &str) -> String {
    if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {kind}") } else { format!("a {kind}") }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Writes a moment of the JSON in the same way: `2026-05-13T10:07:30.123456+00:00`.
fn moment_of(text: &str) -> String {
    let seconds = text.split(['.', '+']).next().unwrap_or(text);
    format!("{} UTC", seconds.replace('T', " "))
}

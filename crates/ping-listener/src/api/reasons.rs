//! The reasons for a check's standing as one paragraph of English.

use std::fmt::Write as _;

use domain::managed::Shown;
use jiff::Timestamp;

use super::explain::{Explanation, span};
use crate::store::managed::viewing::View;

/// Puts an explanation into words.
pub(super) fn in_words(explanation: &Explanation, view: &View) -> String {
    let sentences = [
        Some(standing(explanation, view)),
        Some(last_ping(explanation, view)),
        Some(expectation(explanation, view)),
        runs(explanation, view),
        excuse(explanation),
        Some(told(explanation)),
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
        (Shown::New, _) => format!("{name} is new: it has not pinged yet."),
        (Shown::Up | Shown::Started, _) => format!("{name} is up."),
        (Shown::Grace, _) => format!("{name} is late, but its grace is not over."),
        (Shown::Paused, _) if view.settings.manual_resume => {
            format!("{name} is paused: nobody waits for it until it is resumed.")
        }
        (Shown::Paused, _) => format!("{name} is paused: nobody waits for it until its next ping."),
        (Shown::Down, Some((since, _))) => {
            let why = match explanation.reason {
                Some("fail") => "a ping said that a run had failed",
                Some("overrun") => "a run that had begun did not end in time",
                Some(_) | None => "no ping had come in time",
            };
            format!("{name} is down since {}, because {why}.", moment(since))
        }
        (Shown::Down, None) => format!("{name} is down: its deadline has passed."),
    }
}

fn last_ping(explanation: &Explanation, view: &View) -> String {
    let latest = explanation.pings.first();
    match (view.last_ping, latest) {
        (Some(at), Some(latest)) => {
            let what = if latest.date == super::moments::exactly(at) {
                format!(", with ping {}, which said {}", latest.n, latest.kind)
            } else {
                format!("; the latest ping of any kind, {}, said {}", latest.n, latest.kind)
            };
            format!("It last told how it is at {}{what}.", moment(at))
        }
        (Some(at), None) => format!("It last told how it is at {}.", moment(at)),
        (None, Some(latest)) => {
            format!("None of its pings has told how it is; the latest, {}, said {}.", latest.n, latest.kind)
        }
        (None, None) => format!("No ping of it is known since {}.", moment(view.created)),
    }
}

fn expectation(explanation: &Explanation, view: &View) -> String {
    let schedule = &explanation.schedule;
    let mut text = format!("It is to ping {}", schedule.words);
    if let (Some(expression), Some(tz)) = (&schedule.expression, &schedule.tz) {
        write!(text, " ({expression}, by the clocks of {tz})").expect("a string takes any text");
    }
    write!(text, ", with a grace of {}", span(schedule.grace)).expect("a string takes any text");
    match (view.shown, view.next_ping, view.deadline) {
        (Shown::Down | Shown::Paused, _, _) => {}
        (_, Some(due), Some(deadline)) if !view.is_started => {
            let verb = if view.shown == Shown::Grace { "was" } else { "is" };
            write!(
                text,
                "; the next ping {verb} due at {}, and it goes down at {}",
                moment(due),
                moment(deadline)
            )
            .expect("a string takes any text");
        }
        (_, _, Some(deadline)) => {
            write!(text, "; it goes down at {} if nothing comes", moment(deadline))
                .expect("a string takes any text");
        }
        (_, _, None) => text.push_str("; nothing is awaited before it pings"),
    }
    text.push('.');
    text
}

fn runs(explanation: &Explanation, view: &View) -> Option<String> {
    let (_, oldest) = view.runs.iter().min_by_key(|(_, since)| *since)?;
    let limit = span(explanation.schedule.max_runtime);
    let runs = match view.runs.len() {
        1 => "A run has begun".to_owned(),
        several => format!("{several} runs have begun, the first"),
    };
    Some(format!("{runs} at {} and is not known to have ended; a run may take {limit}.", moment(*oldest)))
}

fn excuse(explanation: &Explanation) -> Option<String> {
    if explanation.gaps.is_empty() {
        return None;
    }
    let gaps = match explanation.gaps.len() {
        1 => "once".to_owned(),
        several => format!("{several} times"),
    };
    let effect = if 0.0 < explanation.extended {
        format!("the deadline is {:.1} s later for it", explanation.extended)
    } else {
        "the deadline was not moved for it".to_owned()
    };
    Some(format!("This server itself did not listen {gaps} since then; {effect}."))
}

fn told(explanation: &Explanation) -> String {
    let Some(latest) = explanation.told.first() else {
        return "Nobody was mailed about it in the last seven days.".to_owned();
    };
    let whom = latest.recipient.as_deref().unwrap_or("somebody");
    let more = match explanation.told.len() {
        1 => String::new(),
        several => format!(", the latest of {several} mails in that time"),
    };
    let decided = latest.decided.replace('T', " ").replace("+00:00", " UTC");
    format!(
        "The latest mail about it, {} for {whom}, was decided at {decided} and is {}{more}.",
        article(latest.kind),
        latest.state
    )
}

fn article(kind: &str) -> String {
    if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {kind}") } else { format!("a {kind}") }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

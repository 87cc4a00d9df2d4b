//! The mail that the whole program exists for: a check fell silent.

use super::Style;
use super::letter::{Letter, Row, Tone};
use super::wording::{count, exact_time, length, local, one_line, own_downtime, time};
use crate::store::facts::AlertFacts;

pub(super) fn letter(facts: &AlertFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    let max_sleep = one_line(&facts.max_sleep);
    let counted_from = facts.last_ping.unwrap_or(facts.added);
    let reported = match facts.last_ping {
        Some(at) => format!("last reported at {}", exact_time(at, style.zone)),
        None => format!("never reported since it was added at {}", exact_time(facts.added, style.zone)),
    };
    let date = local(counted_from, style.zone).date();
    Letter {
        subject: format!("{name} disconnection detected"),
        tone: Tone::Alarm,
        kicker: "Disconnection detected",
        lines: vec![
            format!("User {name}"),
            reported,
            format!("with a max sleep time of {max_sleep} seconds."),
        ],
        title: name,
        rows: rows(facts, &max_sleep, style),
        remarks: remarks(facts, style),
        excerpt: None,
        log: Some(style.links.logs_url(&facts.check, date, facts.keyed)),
        page: None,
    }
}

fn rows(facts: &AlertFacts, max_sleep: &str, style: &Style<'_>) -> Vec<Row> {
    let (label, since) = match facts.last_ping {
        Some(at) => ("Last reported", at),
        None => ("Never reported since it was added", facts.added),
    };
    let silent = facts.decided.duration_since(since).as_secs_f64();
    vec![
        Row { label, value: time(since, style.zone) },
        Row { label: "Silent for", value: format!("{}, when this was decided", length(silent)) },
        Row { label: "Max sleep time", value: format!("{max_sleep} seconds") },
    ]
}

/// Says what is unusual, one sentence a fact, the most comforting first.
fn remarks(facts: &AlertFacts, style: &Style<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(at) = facts.returned {
        remarks.push(format!("It reported again at {}, before this mail went out.", time(at, style.zone)));
    }
    if 1 < facts.number {
        remarks.push(format!(
            "This is reminder number {}: it has been late since {}.",
            facts.number - 1,
            time(facts.late_since, style.zone)
        ));
    }
    if 0 < facts.further_silences {
        remarks.push(format!(
            "It fell silent {} times while this mail waited to go out, first at {}.",
            u64::from(facts.further_silences) + 1,
            time(facts.late_since, style.zone)
        ));
    }
    if 0 < facts.further_reminders {
        let reminders = count(facts.further_reminders as usize, "reminder");
        remarks.push(format!("{reminders} fell due while this mail waited to go out."));
    }
    remarks.extend(own_downtime(facts.blind_seconds, facts.allowance_spent));
    remarks
}

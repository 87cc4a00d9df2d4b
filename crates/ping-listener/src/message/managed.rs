//! The mails about managed checks: one went down, or is up again.

use std::fmt::Write as _;

use super::Style;
use super::letter::{Excerpt, Letter, Row, Tone};
use super::wording::{count, exact_time, length, one_line, own_downtime, time};
use crate::store::facts::{CameBackFacts, LastPingFacts, WentDownFacts};

/// Lines of a ping's body that a mail repeats at most: a reader bears a few screens of them.
const BODY_LINES_MAX: usize = 200;

pub(super) fn went_down(facts: &WentDownFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    let reason = reason(&facts.reason, facts.last_ping.as_ref());
    let mut rows = vec![
        Row { label: "Reason", value: reason.clone() },
        Row { label: "Down since", value: time(facts.since, style.zone) },
    ];
    if let Some(at) = facts.last_success_or_failure.filter(|_| facts.reason == "silence") {
        let silent = length(facts.decided.duration_since(at).as_secs_f64());
        rows.push(Row {
            label: "Silent since",
            value: format!("{}, for {silent} when this was decided", time(at, style.zone)),
        });
    }
    let desc: Vec<&str> = facts.desc.split_whitespace().collect();
    if !desc.is_empty() {
        rows.push(Row { label: "Description", value: one_line(&desc.join(" ")) });
    }
    about_check(&mut rows, (&facts.schedule, &facts.tags, &facts.uuid));
    about_ping(&mut rows, facts.last_ping.as_ref(), style);
    let first = vec![
        format!("Check {name}"),
        format!("has been down since {}:", exact_time(facts.since, style.zone)),
        format!("{reason}."),
    ];
    Letter {
        subject: format!("{name} is down"),
        tone: Tone::Alarm,
        kicker: "Down",
        lines: lines(first, &rows[2..]),
        title: name,
        rows,
        remarks: down_remarks(facts, style),
        excerpt: facts.last_ping.as_ref().and_then(excerpt),
        log: None,
        page: Some(style.links.check_url(&facts.uuid)),
    }
}

pub(super) fn came_back(facts: &CameBackFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    let downtime = length(facts.returned.duration_since(facts.since).as_secs_f64());
    let mut rows = vec![
        Row { label: "Up since", value: time(facts.returned, style.zone) },
        Row { label: "Downtime", value: format!("{downtime}, since {}", time(facts.since, style.zone)) },
        Row { label: "Reason it was down", value: reason(&facts.reason, None) },
    ];
    about_check(&mut rows, (&facts.schedule, &facts.tags, &facts.uuid));
    about_ping(&mut rows, facts.last_ping.as_ref(), style);
    let first = vec![
        format!("Check {name}"),
        format!("has been up again since {}", exact_time(facts.returned, style.zone)),
        format!("after a downtime of {downtime}, since {}.", exact_time(facts.since, style.zone)),
    ];
    Letter {
        subject: format!("{name} is up again"),
        tone: Tone::Relief,
        kicker: "Up again",
        lines: lines(first, &rows[2..]),
        title: name,
        rows,
        remarks: Vec::new(),
        excerpt: facts.last_ping.as_ref().and_then(excerpt),
        log: None,
        page: Some(style.links.check_url(&facts.uuid)),
    }
}

/// Says what was wrong; a ping that told of a failure may say more about it.
fn reason(word: &str, ping: Option<&LastPingFacts>) -> String {
    match (word, ping.and_then(|ping| ping.exit_status)) {
        ("silence", _) => "no ping came in time".to_owned(),
        ("overrun", _) => "a run began and did not end in time".to_owned(),
        ("fail", Some(status)) => format!("a run failed with exit status {status}"),
        ("fail", None) => "a ping said that it failed".to_owned(),
        (other, _) => one_line(other),
    }
}

fn about_check(rows: &mut Vec<Row>, (schedule, tags, uuid): (&str, &str, &str)) {
    rows.push(Row { label: "Expected", value: one_line(schedule) });
    if !tags.trim().is_empty() {
        rows.push(Row { label: "Tags", value: one_line(tags) });
    }
    rows.push(Row { label: "UUID", value: one_line(uuid) });
}

fn about_ping(rows: &mut Vec<Row>, ping: Option<&LastPingFacts>, style: &Style<'_>) {
    let Some(ping) = ping else { return };
    let mut what = match ping.signal {
        "success" => "a success".to_owned(),
        "start" => "the start of a run".to_owned(),
        "fail" => "a failure".to_owned(),
        "log" => "a message for the log".to_owned(),
        _ => "one that is ignored".to_owned(),
    };
    if let Some(status) = ping.exit_status {
        write!(what, " with exit status {status}").expect("a string takes any text");
    }
    let at = time(ping.at, style.zone);
    rows.push(Row { label: "Last ping", value: format!("number {}, {what}, at {at}", ping.n) });
    if let Some(seconds) = ping.duration_seconds {
        rows.push(Row { label: "Its run took", value: length(seconds) });
    }
    let mut way = one_line(&format!("{} {}", ping.scheme.to_uppercase(), ping.method));
    if let Some(address) = &ping.remote_addr {
        write!(way, " from {}", one_line(address)).expect("a string takes any text");
    }
    if !ping.user_agent.is_empty() {
        write!(way, " by {}", one_line(&ping.user_agent)).expect("a string takes any text");
    }
    rows.push(Row { label: "It came by", value: way });
}

/// Repeats the rows behind the first lines of the plain text.
fn lines(mut lines: Vec<String>, rows: &[Row]) -> Vec<String> {
    lines.push(String::new());
    lines.extend(rows.iter().map(|row| format!("{}: {}", row.label, row.value)));
    lines
}

/// Says what is unusual, one sentence a fact, the most comforting first.
fn down_remarks(facts: &WentDownFacts, style: &Style<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(at) = facts.returned {
        remarks.push(format!("It came up again at {}, before this mail went out.", time(at, style.zone)));
    }
    if 0 < facts.further_downs {
        let times = count(facts.further_downs as usize + 1, "time");
        let latest = facts.latest_since.map(|at| format!(", last at {}", time(at, style.zone)));
        remarks.push(format!(
            "It went down {times} while this mail waited to go out{}.",
            latest.unwrap_or_default()
        ));
    }
    remarks.extend(own_downtime(facts.blind_seconds, facts.allowance_spent));
    remarks
}

/// Returns what a ping had to say, as far as a mail repeats it; `None` if it said nothing.
fn excerpt(ping: &LastPingFacts) -> Option<Excerpt> {
    let body = ping.body.replace("\r\n", "\n");
    let body = body.trim_end();
    if body.is_empty() {
        return None;
    }
    let lines: Vec<String> = body.split('\n').take(BODY_LINES_MAX).map(legible).collect();
    let is_cut = ping.is_body_cut || lines.len() < body.split('\n').count();
    Some(Excerpt { text: lines.join("\n"), is_cut })
}

/// Keeps tabulators, and makes every other control character visible.
fn legible(line: &str) -> String {
    line.split('\t').map(one_line).collect::<Vec<_>>().join("\t")
}

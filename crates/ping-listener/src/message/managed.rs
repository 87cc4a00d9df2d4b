//! The mails about managed checks: one went down, or is up again.

use super::Style;
use super::letter::{Letter, Row, Tone};
use super::wording::{exact_time, one_line, time};
use crate::store::facts::{CameBackFacts, WentDownFacts};

pub(super) fn went_down(facts: &WentDownFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    Letter {
        subject: format!("{name} is down"),
        tone: Tone::Alarm,
        kicker: "Down",
        lines: vec![
            format!("Check {name}"),
            format!("is down since {}.", exact_time(facts.since, style.zone)),
        ],
        title: name,
        rows: vec![Row { label: "Down since", value: time(facts.since, style.zone) }],
        remarks: Vec::new(),
        log: None,
    }
}

pub(super) fn came_back(facts: &CameBackFacts, style: &Style<'_>) -> Letter {
    let name = one_line(&facts.check);
    Letter {
        subject: format!("{name} is up"),
        tone: Tone::Relief,
        kicker: "Up again",
        lines: vec![
            format!("Check {name}"),
            format!("is up again since {}.", exact_time(facts.returned, style.zone)),
        ],
        title: name,
        rows: vec![Row { label: "Up since", value: time(facts.returned, style.zone) }],
        remarks: Vec::new(),
        log: None,
    }
}

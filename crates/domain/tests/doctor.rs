//! The schedule doctor on made histories: it finds each known fault, proposes a cure, and passes sound ones in silence.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "made histories are small"
)]

#[path = "doctor/faults.rs"]
mod faults;
#[path = "doctor/made.rs"]
mod made;
#[path = "doctor/sound.rs"]
mod sound;
#[path = "schedules/zones.rs"]
mod zones;

use std::sync::Arc;

use domain::doctor::{Asked, History, Opinion, Places, examine};
use domain::expression::Expression;
use domain::managed::{Calendar, Due, Plan};
use domain::time::Span;
use made::{Dice, Made};
use proptest::prelude::ProptestConfig;
use zones::{load, look_up};

/// Returns how many histories of each kind are made: an eighth of the cases of a property test, `PROPTEST_CASES`.
fn seeds() -> u64 {
    u64::from(ProptestConfig::default().cases / 8)
}

/// Of each fault so many are found.
const LEAST_PERCENT: u64 = 97;

/// Where the server and other checks have their clocks.
const NEAR: &[&str] = &["Europe/Riga", "UTC", "America/New_York", "Asia/Kolkata"];

/// What is asked of a made check.
#[derive(Clone)]
pub(crate) struct Case {
    made: Made,
    plan: Plan,
    is_declared: bool,
}

impl Case {
    pub(crate) fn every(made: Made, period: i64, grace: i64) -> Self {
        let due = Due::Every(Span::from_seconds(period));
        let plan =
            Plan { due, grace: Span::from_seconds(grace), max_runtime: None, has_manual_resume: false };
        Self { made, plan, is_declared: false }
    }

    pub(crate) fn declared(made: Made, max_sleep: f64) -> Self {
        let mut case = Self::every(made, 0, 0);
        case.plan.due = Due::Every(Span::from_seconds(1).scaled(max_sleep));
        case.is_declared = true;
        case
    }

    pub(crate) fn clock(made: Made, (text, zone_name): (&str, &'static str), grace: i64) -> Self {
        let calendar = Calendar {
            expression: Expression::parse(text, &look_up).expect("an expression"),
            zone: Arc::new(load(zone_name)),
            text: text.to_owned(),
            zone_name: zone_name.to_owned(),
        };
        let mut case = Self::every(made, 0, grace);
        case.plan.due = Due::Calendar(Arc::new(calendar));
        case
    }

    fn opinion(&self) -> Opinion {
        let history = History { pings: &self.made.pings, absences: &self.made.absences };
        let asked = Asked { plan: &self.plan, is_declared: self.is_declared };
        examine(history, asked, Places { near: NEAR, look_up: &look_up })
    }
}

/// Shows a plan in one line.
fn shown(plan: &Plan) -> String {
    let due = match &plan.due {
        Due::Every(period) => format!("every {period}"),
        Due::Calendar(calendar) => format!("{} ({})", calendar.text, calendar.zone_name),
    };
    let limit = plan.max_runtime.map_or(String::new(), |limit| format!(", runs {limit}"));
    format!("{due}, grace {}{limit}", plan.grace)
}

fn told(opinion: &Opinion) -> String {
    let findings = opinion.findings.iter().map(|finding| {
        let proposal = finding.proposal.as_ref().map_or("nothing proposed".to_owned(), shown);
        let lost = finding.lost.map_or(String::new(), |lost| format!(", {lost} lost"));
        let alarms = finding.false_alarms;
        format!("{}: {proposal}{lost}, {alarms} false alarms", finding.fault.word())
    });
    findings.collect::<Vec<_>>().join("; ")
}

#[test]
fn sound_schedules_are_passed_over_in_silence() {
    let seeds = seeds();
    let mut noisy = Vec::new();
    for (name, make) in sound::KINDS {
        let mut heard = 0;
        let mut example = String::new();
        for seed in 0..seeds {
            let opinion = make(&mut Dice::new(seed)).opinion();
            if !opinion.findings.is_empty() {
                heard += 1;
                example = format!("seed {seed}: {} {:?}", told(&opinion), opinion.rhythm);
            }
        }
        println!("{heard:>4} of {seeds} spoken of: {name}");
        if 0 < heard {
            noisy.push(format!("{name}: {heard} of {seeds}; {example}"));
        }
    }
    assert!(noisy.is_empty(), "\n{}", noisy.join("\n"));
}

#[test]
fn each_known_fault_is_found_and_its_cure_leaves_nothing_to_say() {
    let seeds = seeds();
    let mut missed = Vec::new();
    for (name, word, make) in faults::KINDS {
        let (mut found, mut cured) = (0, 0);
        let mut example = String::new();
        for seed in 0..seeds {
            let case = make(&mut Dice::new(seed));
            let opinion = case.opinion();
            let finding = opinion.findings.iter().find(|finding| finding.fault.word() == *word);
            found += u64::from(finding.is_some());
            let Some(finding) = finding else {
                example = format!("seed {seed}: {} {:?}", told(&opinion), opinion.rhythm);
                continue;
            };
            let Some(plan) = &finding.proposal else {
                cured += 1;
                continue;
            };
            let after = Case { plan: plan.clone(), ..case.clone() }.opinion();
            let is_silent = after.findings.iter().all(|finding| finding.proposal.is_none());
            cured += u64::from(is_silent);
            if !is_silent {
                example = format!("seed {seed}: {} and then {}", told(&opinion), told(&after));
            } else if seed == 0 {
                println!("      {}", told(&opinion));
            }
        }
        println!("{found:>4} of {seeds} found, {cured} cured: {name}");
        // Where runs are missed too, now and then so many are that nothing is certain.
        if cured * 100 < seeds * LEAST_PERCENT || cured < found {
            missed.push(format!("{name}: {found} found, {cured} cured of {seeds}; {example}"));
        }
    }
    assert!(missed.is_empty(), "\n{}", missed.join("\n"));
}

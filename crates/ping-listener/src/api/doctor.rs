//! What the schedule doctor says, as programs read it.

use domain::doctor::{Finding, Pace, Rhythm};
use domain::managed::{Due, Plan};
use schemars::JsonSchema;
use serde::Serialize;

use crate::explaining::doctor::{Visit, seconds};
use crate::explaining::findings;

/// What the schedule doctor says. It changes nothing by itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Doctor")]
pub(super) struct DoctorShape {
    /// What the pings are like; null while too few are known.
    rhythm: Option<RhythmShape>,
    /// What does not fit them, the worst first; empty if all is well.
    findings: Vec<FindingShape>,
}

/// What the pings of a check are like.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Rhythm")]
struct RhythmShape {
    /// The same in words.
    words: String,
    /// How they follow each other: `even`, `rounds`, `irregular`.
    pace: &'static str,
    /// Seconds from one to the next, or from one round to the next.
    period: f64,
    /// Seconds by which all but the strangest are earlier or later.
    jitter: f64,
    /// Seconds of the longest wait.
    longest: f64,
    /// The expression that they keep to, if they keep to one.
    expression: Option<String>,
    /// Where its clock hangs.
    tz: Option<String>,
    /// Seconds that a run takes as a rule, if enough are known.
    run: Option<f64>,
    /// Seconds that the longest took.
    run_longest: Option<f64>,
    /// So many pings were looked at.
    pings: usize,
    /// Seconds from the first of them to the last.
    over: f64,
}

/// Something that does not fit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingShape {
    /// What: `zone`, `days`, `times`, `period_long`, `period_short`, `patience_long`, `too_tight`, `senders`,
    /// `run_limit_long`, `run_limit_tight`, `hurried`.
    fault: &'static str,
    /// The same in words.
    words: String,
    /// Seconds that a failure is told later than it could be.
    lost: Option<f64>,
    /// False alarms among what was looked at.
    false_alarms: usize,
    /// What would fit; null if that is for its owner to find out.
    proposal: Option<ProposalShape>,
}

/// What would fit: a request that updates the check may be made of it as it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Proposal")]
struct ProposalShape {
    /// Seconds between two pings.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
    /// The expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    /// Where its clock hangs.
    #[serde(skip_serializing_if = "Option::is_none")]
    tz: Option<String>,
    /// Seconds that a ping may be late.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<u64>,
    /// Seconds that a run may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_runtime: Option<u64>,
    /// Of a declared check, the line of the config.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
}

impl DoctorShape {
    pub(super) fn of(visit: &Visit) -> Self {
        Self {
            rhythm: visit.opinion.rhythm.as_ref().map(rhythm),
            findings: visit.opinion.findings.iter().map(|found| finding(visit, found)).collect(),
        }
    }
}

fn rhythm(rhythm: &Rhythm) -> RhythmShape {
    RhythmShape {
        words: findings::rhythm(rhythm),
        pace: match rhythm.pace {
            Pace::Even => "even",
            Pace::Rounds(_) => "rounds",
            Pace::Irregular => "irregular",
        },
        period: rhythm.period.as_seconds_f64(),
        jitter: rhythm.jitter.as_seconds_f64(),
        longest: rhythm.longest.as_seconds_f64(),
        expression: rhythm.clock.as_ref().map(|clock| clock.text.clone()),
        tz: rhythm.clock.as_ref().map(|clock| clock.zone_name.clone()),
        run: rhythm.runs.map(|runs| runs.usual.as_seconds_f64()),
        run_longest: rhythm.runs.map(|runs| runs.longest.as_seconds_f64()),
        pings: rhythm.distances + 1,
        over: rhythm.over.as_seconds_f64(),
    }
}

fn finding(visit: &Visit, finding: &Finding) -> FindingShape {
    FindingShape {
        fault: finding.fault.word(),
        words: findings::finding(visit, finding),
        lost: finding.lost.map(domain::time::Span::as_seconds_f64),
        false_alarms: finding.false_alarms,
        proposal: finding.proposal.as_ref().map(|plan| proposal(visit, plan)),
    }
}

fn proposal(visit: &Visit, plan: &Plan) -> ProposalShape {
    if visit.is_declared {
        let config = Visit::config_line(plan);
        return ProposalShape {
            timeout: None,
            schedule: None,
            tz: None,
            grace: None,
            max_runtime: None,
            config,
        };
    }
    let (timeout, calendar) = match &plan.due {
        Due::Every(period) => (Some(seconds(*period)), None),
        Due::Calendar(calendar) => (None, Some(calendar)),
    };
    ProposalShape {
        timeout,
        schedule: calendar.map(|calendar| calendar.text.clone()),
        tz: calendar.map(|calendar| calendar.zone_name.clone()),
        grace: Some(seconds(plan.grace)),
        max_runtime: plan.max_runtime.map(seconds),
        config: None,
    }
}

//! How long runs take, and what does not fit them in how long they may.

use super::course::{median, quantile};
use super::period::{PATIENCE_FACTOR, PATIENCE_LOST_MIN};
use super::{Asked, Fault, Finding, History, MINUTE, Runs, SECOND, rounding};
use crate::managed::Plan;
use crate::time::Span;

/// With fewer runs than these nothing is said of them.
const RUNS_MIN: usize = 10;

/// So many of the latest runs have to be strange before it is said.
const LATEST: usize = 3;

/// A run this many times as quick as usual is strange.
const HURRY_FACTOR: i64 = 10;

fn lengths(history: History<'_>) -> Vec<i64> {
    history.pings.iter().filter_map(|ping| ping.took).map(Span::as_micros).collect()
}

/// Returns how long runs take; `None` if too few are known.
pub(super) fn of(history: History<'_>) -> Option<Runs> {
    let lengths = lengths(history);
    (RUNS_MIN <= lengths.len()).then(|| Runs {
        count: lengths.len(),
        usual: Span::from_micros(median(lengths.clone())),
        longest: Span::from_micros(lengths.iter().copied().max().unwrap_or(0)),
    })
}

/// Returns how long runs have to be let take.
fn needed(lengths: Vec<i64>) -> i64 {
    rounding::up((2 * quantile(lengths, 990)).max(MINUTE))
}

fn is_far_longer(limit: i64, needed: i64) -> bool {
    PATIENCE_LOST_MIN <= limit - needed && needed.saturating_mul(PATIENCE_FACTOR) <= limit
}

/// Says in a plan how long runs may take, where else its shorter grace would cut off healthy ones.
pub(super) fn spare(history: History<'_>, asked: Asked<'_>, plan: &mut Plan) {
    let lengths = lengths(history);
    if asked.is_declared || lengths.is_empty() || plan.max_runtime.is_some() {
        return;
    }
    let (limit, needed) = (asked.plan.run_limit(), needed(lengths));
    if plan.grace < limit && plan.grace.as_micros() < needed {
        let is_long = is_far_longer(limit.as_micros(), needed);
        plan.max_runtime = Some(if is_long { Span::from_micros(needed) } else { limit });
    }
}

/// Judges how long a run may take.
pub(super) fn judge(history: History<'_>, runs: Option<Runs>, asked: Asked<'_>) -> Vec<Finding> {
    let Some(runs) = runs.filter(|_| !asked.is_declared) else { return Vec::new() };
    let lengths = lengths(history);
    let limit = asked.plan.run_limit();
    let mut findings = Vec::new();
    let needed = needed(lengths.clone());
    let lost = limit.as_micros() - needed;
    let plan = |limit| Plan { max_runtime: Some(Span::from_micros(limit)), ..asked.plan.clone() };
    let over = lengths.iter().filter(|length| limit.as_micros() < **length).count();
    if 2 <= over {
        findings.push(Finding {
            fault: Fault::RunLimitTight,
            lost: None,
            false_alarms: over,
            proposal: Some(plan(needed)),
        });
    } else if is_far_longer(limit.as_micros(), needed) {
        findings.push(Finding {
            fault: Fault::RunLimitLong,
            lost: Some(Span::from_micros(lost)),
            false_alarms: 0,
            proposal: Some(plan(needed)),
        });
    }
    let latest = lengths[lengths.len() - LATEST..].iter().copied().max().unwrap_or(0);
    let usual = runs.usual.as_micros();
    if 10 * SECOND <= usual && latest.saturating_mul(HURRY_FACTOR) <= usual {
        let fault = Fault::Hurried { latest: Span::from_micros(latest) };
        findings.push(Finding { fault, lost: None, false_alarms: 0, proposal: None });
    }
    findings
}

//! What a run has shown, for a person: medians with their spread, and the ratios that count.

use std::fmt::Write as _;
use std::time::Duration;

use crate::compare::{Pairs, Plan};
use crate::load::Outcome;
use crate::syncs::Syncs;

/// Everything that was measured in one run.
pub(crate) struct Measured {
    /// Rounds with many connections.
    pub(crate) loaded: Pairs,
    /// Rounds with a single connection.
    pub(crate) alone: Pairs,
    /// `None` where nobody could watch.
    pub(crate) syncs: Option<Syncs>,
}

/// Writes the report as Markdown that also reads well on a terminal.
pub(crate) fn render(plan: &Plan, measured: &Measured) -> String {
    let rows = [
        Row::of("requests a second", &measured.loaded, |outcome| outcome.requests_per_second),
        Row::of("server CPU a request, µs", &measured.loaded, |outcome| outcome.cpu_micros),
        Row::of("lone connection, p50, µs", &measured.alone, |outcome| percentile(&outcome.latencies, 50)),
        Row::of("lone connection, p99, µs", &measured.alone, |outcome| percentile(&outcome.latencies, 99)),
    ];
    let title = if plan.calibrates { "The no-op server beside itself" } else { "What a durable ping costs" };
    let mut text = format!(
        "\n# {title}\n\n\
         {} checks, {} rounds of {} s for each server, in turns; 256 keep-alive connections, closed loop.\n\
         Durable: `synchronous=FULL`, and 200 only after the commit.\n\
         Medians, with the least and the most of all rounds.\n\n\
         | what | no-op server | Ping Listener | ratio |\n| --- | --- | --- | --- |\n",
        plan.checks, plan.rounds, plan.seconds
    );
    for row in &rows {
        let ratio = row.ours.median / row.no_op.median;
        writeln!(text, "| {} | {} | {} | {ratio:.2} |", row.what, row.no_op.shown(), row.ours.shown())
            .expect("a string takes all");
    }
    if !plan.calibrates {
        text += "\nTo aim for: at least 0.90 of the requests, at most 1.20 of the CPU.\n";
        text += &syncs(measured.syncs.as_ref());
    }
    text
}

fn syncs(syncs: Option<&Syncs>) -> String {
    match syncs {
        Some(Syncs { requests, syncs }) => {
            format!("Watched by strace, which slows it down: {syncs} syncs for {requests:.0} pings.\n")
        }
        None => "The syncs were not counted: strace is missing, or may not watch.\n".to_owned(),
    }
}

/// One figure of both servers.
struct Row {
    what: &'static str,
    no_op: Spread,
    ours: Spread,
}

impl Row {
    fn of(what: &'static str, pairs: &Pairs, figure: impl Fn(&Outcome) -> f64) -> Self {
        let spread = |outcomes: &[Outcome]| Spread::of(outcomes.iter().map(&figure).collect());
        Self { what, no_op: spread(&pairs.no_op), ours: spread(&pairs.ours) }
    }
}

/// The middle of some figures, and their ends.
#[derive(Debug, PartialEq)]
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
        let last = figures.len().saturating_sub(1);
        Self { least: at(0), median: f64::midpoint(at(last / 2), at(last.div_ceil(2))), most: at(last) }
    }

    fn shown(&self) -> String {
        let digits = usize::from(self.median < 100.0);
        format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.least, self.most)
    }
}

/// Returns the latency in microseconds that `percent` of the sorted latencies do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_its_middle_and_its_ends() {
        assert_eq!(Spread::of(vec![3.0, 1.0, 2.0]), Spread { least: 1.0, median: 2.0, most: 3.0 });
        assert_eq!(Spread::of(vec![4.0, 1.0]), Spread { least: 1.0, median: 2.5, most: 4.0 });
    }

    #[test]
    fn a_percentile_is_one_of_the_latencies() {
        let latencies: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        assert!((percentile(&latencies, 50) - 100.0).abs() < 1e-6);
        assert!((percentile(&latencies, 99) - 198.0).abs() < 1e-6);
    }
}

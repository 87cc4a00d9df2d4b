//! P1 to P4: what a durable ping costs beside an answer that costs nothing, both servers in turns.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{Bench, MILLION, Measured};
use crate::disk::Disk;
use crate::places;
use crate::plot::{Axis, Plot, Series};
use crate::process::Server;
use crate::requests::Requests;
use crate::round::{self, Outcome, Round};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};
use crate::syncs::{self, Syncs};

/// As many pings in flight as one writer has to gather into its batches.
pub(super) const CONNECTIONS: u32 = 256;

/// Rounds for each of the servers: fewer say nothing about the spread.
pub(super) const ROUNDS: u64 = 5;

/// Where the curves of latencies are drawn.
const PERCENTILES: [f64; 8] = [10.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let place = bench.fleets.place(MILLION, "ping")?;
    let both =
        Both { no_op: places::start_no_op(&place.folder)?, ours: place.start().context("our server")? };
    let mut disk = Disk::default();
    let (mut closed, mut open, mut alone) = (Pairs::default(), Pairs::default(), Pairs::default());
    let seconds = bench.plan.pick(Duration::from_millis(1_200), Duration::from_secs(10));
    for seed in 0..ROUNDS {
        disk.sample(&place.data(), 200)?;
        closed.add(&both, Round::closed(CONNECTIONS, seconds), seed)?;
        let rate = |outcomes: &[Outcome]| outcomes.last().map_or(0.0, |outcome| outcome.a_second);
        eprintln!(
            "  round {}: no-op {:.0}/s, ours {:.0}/s",
            seed + 1,
            rate(&closed.no_op),
            rate(&closed.ours)
        );
    }
    let half = closed.spreads(|outcome| outcome.a_second).1.median / 2.0;
    for seed in 0..ROUNDS {
        disk.sample(&place.data(), 200)?;
        open.add(&both, Round::open(CONNECTIONS, half, seconds), seed)?;
    }
    for seed in 0..ROUNDS {
        disk.sample(&place.data(), 200)?;
        // A lone connection needs no long round: a second holds thousands of its pings.
        alone.add(&both, Round::closed(1, seconds.min(Duration::from_secs(1))), seed)?;
    }
    let counted =
        syncs::count(&both.ours, Round::closed(CONNECTIONS, seconds), &mut Requests::pings(MILLION, 99))?;
    let rows = [
        throughput(&closed).note(Syncs::told(counted.as_ref())),
        cpu(&closed),
        loaded_latency(&open, &disk, half),
        lone_latency(&alone, &disk),
    ];
    Ok(Measured::rows(rows).plots([latencies(&open, half)]))
}

struct Both {
    no_op: Server,
    ours: Server,
}

/// The outcomes of rounds that were measured in turns.
#[derive(Default)]
struct Pairs {
    no_op: Vec<Outcome>,
    ours: Vec<Outcome>,
}

impl Pairs {
    fn add(&mut self, both: &Both, round: Round, seed: u64) -> Result<()> {
        let requests = || Requests::pings(MILLION, seed);
        self.no_op.push(round::run(&both.no_op, round, &mut requests()).context("the no-op server")?);
        self.ours.push(round::run(&both.ours, round, &mut requests()).context("our server")?);
        Ok(())
    }

    /// Returns a figure of the no-op server and the same of ours.
    fn spreads(&self, figure: impl Fn(&Outcome) -> f64) -> (Spread, Spread) {
        (Spread::of(self.no_op.iter().map(&figure)), Spread::of(self.ours.iter().map(&figure)))
    }

    /// Returns the ratio of the medians, between the ratios of single rounds.
    fn ratio(&self, figure: impl Fn(&Outcome) -> f64) -> Spread {
        let (no_op, ours) = self.spreads(&figure);
        let pairs = self.no_op.iter().zip(&self.ours);
        let ratios = Spread::of(pairs.map(|(no_op, ours)| figure(ours) / figure(no_op)));
        Spread { median: ours.median / no_op.median, ..ratios }
    }
}

fn throughput(pairs: &Pairs) -> Row {
    let (no_op, ours) = pairs.spreads(|outcome| outcome.a_second);
    let of = format!("{} pings a second, {} requests", ours.shown(), no_op.shown());
    let row = Row::new("P1");
    row.figure("ratio", pairs.ratio(|outcome| outcome.a_second), Target::AtLeast(0.9), of)
}

fn cpu(pairs: &Pairs) -> Row {
    let (no_op, ours) = pairs.spreads(|outcome| outcome.cpu_micros);
    let of = format!("{} µs a ping, {} µs a request", ours.shown(), no_op.shown());
    let row = Row::new("P2");
    row.figure("ratio", pairs.ratio(|outcome| outcome.cpu_micros), Target::AtMost(1.2), of)
}

fn loaded_latency(pairs: &Pairs, disk: &Disk, rate: f64) -> Row {
    let (no_op, ours) = pairs.spreads(|outcome| outcome.percentile(99.0));
    let sync = disk.percentile(99.0);
    let of = format!(
        "at {} pings a second; the no-op's p99 {} µs, the disk's p99 {} µs of {} syncs",
        shown(rate),
        no_op.shown(),
        shown(sync),
        disk.samples()
    );
    Row::new("P3").figure("p99, µs", ours, Target::AtMost(3.0f64.mul_add(sync, no_op.median)), of)
}

fn lone_latency(pairs: &Pairs, disk: &Disk) -> Row {
    let (no_op, ours) = pairs.spreads(|outcome| outcome.percentile(50.0));
    let sync = disk.percentile(50.0);
    let of = format!("the no-op's p50 {} µs, the disk's p50 {} µs", no_op.shown(), shown(sync));
    Row::new("P4").figure("p50, µs", ours, Target::AtMost(1.3f64.mul_add(sync, no_op.median)), of)
}

fn latencies(pairs: &Pairs, rate: f64) -> Plot {
    let curve = |outcomes: &[Outcome]| {
        let at =
            |percent| Spread::of(outcomes.iter().map(|outcome| outcome.percentile(percent))).median / 1e3;
        PERCENTILES
            .iter()
            .enumerate()
            .map(|(place, &percent)| (f64::from(u8::try_from(place).unwrap_or(0)), at(percent)))
            .collect()
    };
    Plot {
        file: "latency",
        title: format!("Latency at {} pings a second, from the moment each was due", shown(rate)),
        x: Axis::Places(PERCENTILES.map(|percent| format!("p{percent}")).to_vec()),
        y: Axis::Logarithmic("milliseconds"),
        series: vec![
            Series { name: "no-op server", points: curve(&pairs.no_op) },
            Series { name: "Ping Listener, durable", points: curve(&pairs.ours) },
        ],
    }
}

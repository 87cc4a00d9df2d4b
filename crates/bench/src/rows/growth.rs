//! P5 and P6: what a ping and a check cost with a thousand checks, and with a thousand times as many.

use std::time::Duration;

use anyhow::{Context, Result};

use super::ping::{CONNECTIONS, ROUNDS};
use super::{Bench, MILLION, Measured};
use crate::load::{Load, Pace};
use crate::places::{self, Config, Place};
use crate::plot::{Axis, Plot, Series};
use crate::process::Server;
use crate::requests::Requests;
use crate::round::{self, Outcome, Round};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};

/// Numbers of checks, the least and the most of them compared.
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, MILLION];

/// A server with so many checks, and what it has shown.
struct Member {
    checks: f64,
    server: Server,
    resident_bytes: f64,
    outcomes: Vec<Outcome>,
    /// Removed when the server has ended.
    _place: Place,
}

impl Member {
    fn figure(&self, figure: impl Fn(&Outcome) -> f64) -> Spread {
        Spread::of(self.outcomes.iter().map(figure))
    }
}

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let empty_bytes = empty_bytes(bench)?;
    let mut members = Vec::new();
    for checks in SIZES {
        members.push(member(bench, checks)?);
    }
    let no_op = places::start_no_op(&bench.folder)?;
    let mut yardstick = Vec::new();
    let round = Round::closed(CONNECTIONS, Duration::from_millis(bench.plan.pick(600, 6_000)));
    for seed in 0..ROUNDS {
        yardstick.push(round::run(&no_op, round, &mut Requests::pings(1_000, seed))?);
        for (member, checks) in members.iter_mut().zip(SIZES) {
            let outcome = round::run(&member.server, round, &mut Requests::pings(checks, seed));
            member.outcomes.push(outcome.with_context(|| format!("{checks} checks"))?);
        }
        eprintln!("  round {} of {ROUNDS}", seed + 1);
    }
    let (least, most) = (&members[0], &members[SIZES.len() - 1]);
    let rows = [cpu(least, most), memory(most, empty_bytes)];
    let plots = [throughputs(&members, &yardstick), costs(&members, &yardstick), memories(&members)];
    Ok(Measured::rows(rows).plots(plots))
}

/// Starts a server, and lets each of its checks ping once.
fn member(bench: &Bench, checks: u64) -> Result<Member> {
    let place = bench.fleets.place(checks, &format!("growth-{checks}"))?;
    let server = place.start()?;
    let mut load = Load::connect(server.address, CONNECTIONS)?;
    load.drive(Pace::Closed, &mut Requests::pings_in_turn(checks), |_| Ok(true))?;
    let resident_bytes = server.resident_bytes()?;
    #[expect(clippy::cast_precision_loss, reason = "a million is exact")]
    let checks = checks as f64;
    Ok(Member { checks, server, resident_bytes, outcomes: Vec::new(), _place: place })
}

fn empty_bytes(bench: &Bench) -> Result<f64> {
    let place = Place::new(bench.folder.join("growth-empty"), &Config::quiet(0))?;
    place.start().context("a server without checks")?.resident_bytes()
}

fn cpu(least: &Member, most: &Member) -> Row {
    let micros = |member: &Member| member.figure(|outcome| outcome.cpu_micros);
    let ratios =
        most.outcomes.iter().zip(&least.outcomes).map(|(most, least)| most.cpu_micros / least.cpu_micros);
    let ratio = Spread { median: micros(most).median / micros(least).median, ..Spread::of(ratios) };
    let of =
        format!("{} µs with a million, {} µs with a thousand", micros(most).shown(), micros(least).shown());
    Row::new("P5").figure("ratio", ratio, Target::AtMost(1.15), of)
}

fn memory(most: &Member, empty_bytes: f64) -> Row {
    let bytes = (most.resident_bytes - empty_bytes) / most.checks;
    let megabytes = |bytes: f64| shown(bytes / 1e6);
    let of = format!(
        "{} MB after each check has pinged once, {} MB without checks",
        megabytes(most.resident_bytes),
        megabytes(empty_bytes)
    );
    Row::new("P6").figure("bytes a check", Spread::of([bytes]), Target::AtMost(250.0), of)
}

fn throughputs(members: &[Member], yardstick: &[Outcome]) -> Plot {
    by_checks(
        "throughput",
        "Pings a second, 256 connections in a closed loop",
        members,
        Some(yardstick),
        |outcome| outcome.a_second,
    )
}

fn costs(members: &[Member], yardstick: &[Outcome]) -> Plot {
    by_checks("cpu", "Server CPU a ping, in microseconds", members, Some(yardstick), |outcome| {
        outcome.cpu_micros
    })
}

fn by_checks(
    file: &'static str,
    title: &str,
    members: &[Member],
    yardstick: Option<&[Outcome]>,
    figure: impl Fn(&Outcome) -> f64 + Copy,
) -> Plot {
    let ours = members.iter().map(|member| (member.checks, member.figure(figure).median)).collect();
    let mut series = Vec::new();
    if let Some(outcomes) = yardstick {
        let level = Spread::of(outcomes.iter().map(figure)).median;
        series.push(Series {
            name: "no-op server",
            points: members.iter().map(|member| (member.checks, level)).collect(),
        });
    }
    series.push(Series { name: "Ping Listener, durable", points: ours });
    Plot { file, title: title.to_owned(), x: Axis::Logarithmic("checks"), y: Axis::FromNought(""), series }
}

fn memories(members: &[Member]) -> Plot {
    let points = members.iter().map(|member| (member.checks, member.resident_bytes / 1e6)).collect();
    Plot {
        file: "memory",
        title: "Resident memory after a round of pings".to_owned(),
        x: Axis::Logarithmic("checks"),
        y: Axis::Logarithmic("megabytes"),
        series: vec![Series { name: "Ping Listener", points }],
    }
}

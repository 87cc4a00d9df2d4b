//! P17: what a ping of a managed check costs beside one of a declared check, both of one server in turns.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::ping::{CONNECTIONS, ROUNDS};
use super::{Bench, Measured};
use crate::in_process;
use crate::load::{Load, Pace};
use crate::places::{Config, Place};
use crate::process::Server;
use crate::requests::Requests;
use crate::round::{self, Outcome, Round};
use crate::row::{Row, Target};
use crate::spread::Spread;

/// Checks of either kind.
pub(super) const CHECKS: u64 = 100_000;

/// Opens the API.
pub(super) const API_KEY: &str = "hcw_0123456789abcdefghijABCDEFGH";

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let (_place, server, uuids) = start(bench, "managed")?;
    let (mut closed, mut alone) = (Pairs::default(), Pairs::default());
    let seconds = bench.plan.pick(Duration::from_millis(1_200), Duration::from_secs(10));
    for seed in 0..ROUNDS {
        closed.add(&server, &uuids, Round::closed(CONNECTIONS, seconds), seed)?;
    }
    for seed in 0..ROUNDS {
        alone.add(&server, &uuids, Round::closed(1, seconds.min(Duration::from_secs(1))), seed)?;
    }
    let told = |unit: &str, (seed, managed): (Spread, Spread)| {
        format!("{} {unit} of a managed check, {} of a declared one", managed.shown(), seed.shown())
    };
    let (rate, cpu) = (|outcome: &Outcome| outcome.a_second, |outcome: &Outcome| outcome.cpu_micros);
    let lone = |outcome: &Outcome| outcome.percentile(50.0);
    let of_rate = told("pings a second", closed.spreads(rate));
    let of_cpu = told("µs", closed.spreads(cpu));
    let of_lone = told("µs", alone.spreads(lone));
    let row = Row::new("P17")
        .figure("rate, ratio", closed.ratio(rate), Target::AtLeast(0.9), of_rate)
        .figure("CPU a ping, ratio", closed.ratio(cpu), Target::AtMost(1.2), of_cpu)
        .figure("p50 of a lone ping, ratio", alone.ratio(lone), Target::AtMost(1.1), of_lone);
    Ok(Measured::rows([row]))
}

/// Starts a server with checks of both kinds, all of them up; returns the UUIDs of the managed ones.
pub(super) fn start(bench: &Bench, name: &str) -> Result<(Place, Server, Arc<[String]>)> {
    let place = bench.fleets.place(CHECKS, name)?.with("PING_LISTENER_API_KEY", API_KEY);
    let config = Config::quiet(CHECKS).text();
    let uuids: Arc<[String]> = in_process::make_managed(&place.data(), &config, CHECKS)?.into();
    let server = place.start().context("our server")?;
    let mut load = Load::connect(server.address, CONNECTIONS)?;
    load.drive(Pace::Closed, &mut Requests::managed_in_turn(&uuids), |_| Ok(true))?;
    load.drive(Pace::Closed, &mut Requests::pings_in_turn(CHECKS), |_| Ok(true))?;
    Ok((place, server, uuids))
}

/// The outcomes of rounds that were measured in turns.
#[derive(Default)]
struct Pairs {
    declared: Vec<Outcome>,
    managed: Vec<Outcome>,
}

impl Pairs {
    fn add(&mut self, server: &Server, uuids: &Arc<[String]>, round: Round, seed: u64) -> Result<()> {
        self.declared.push(round::run(server, round, &mut Requests::pings(CHECKS, seed))?);
        self.managed.push(round::run(server, round, &mut Requests::managed(uuids, seed))?);
        Ok(())
    }

    /// Returns a figure of the declared checks and the same of the managed ones.
    fn spreads(&self, figure: impl Fn(&Outcome) -> f64) -> (Spread, Spread) {
        (Spread::of(self.declared.iter().map(&figure)), Spread::of(self.managed.iter().map(&figure)))
    }

    /// Returns the ratio of the medians, between the ratios of single rounds.
    fn ratio(&self, figure: impl Fn(&Outcome) -> f64) -> Spread {
        let (declared, managed) = self.spreads(&figure);
        let pairs = self.declared.iter().zip(&self.managed);
        let ratios = Spread::of(pairs.map(|(declared, managed)| figure(managed) / figure(declared)));
        Spread { median: managed.median / declared.median, ..ratios }
    }
}

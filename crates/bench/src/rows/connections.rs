//! P15: ten thousand clients that have pinged once and keep their connections.

use std::time::Duration;

use anyhow::{Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::ping::ROUNDS;
use super::{Bench, Measured};
use crate::load::{Load, Pace};
use crate::requests::Requests;
use crate::round::{self, Outcome, Round};
use crate::row::{Row, Target};
use crate::spread::Spread;

const IDLE: u32 = 10_000;

/// Clients that come together: as many as wait at the door of any server, where more would be told to come again.
const AT_ONCE: u32 = 100;

const CHECKS: u64 = 10_000;

/// Files that this process and each server may have open: the idle connections, and some more.
const FILES: u64 = 11_000;

/// Idle connections live for half of 75 s at least: what is measured is over by then.
const ROUND: Duration = Duration::from_secs(1);

/// How much slower a lone ping may be: less than this cannot be told from the noise of a machine.
const SLOWER: f64 = 1.1;

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    allow_files()?;
    let (full_place, free_place) =
        (bench.fleets.place(CHECKS, "connections")?, bench.fleets.place(CHECKS, "no-connections")?);
    let (full, free) = (full_place.start()?, free_place.start()?);
    // Both have been busy before, so that nothing but the connections is counted.
    for server in [&full, &free] {
        round::run(server, Round::closed(64, ROUND), &mut Requests::pings(CHECKS, 1))?;
    }
    let before = full.resident_bytes()?;
    let mut idle = Vec::new();
    for _ in 0..IDLE / AT_ONCE {
        let mut clients = Load::connect(full.address, AT_ONCE)?;
        ping_once(&mut clients)?;
        idle.push(clients);
    }
    let each = (full.resident_bytes()? - before) / f64::from(IDLE) / 1e3;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for seed in 0..ROUNDS {
        without.push(round::run(&free, Round::closed(1, ROUND), &mut Requests::pings(CHECKS, seed))?);
        with.push(round::run(&full, Round::closed(1, ROUND), &mut Requests::pings(CHECKS, seed))?);
    }
    idle.iter_mut().try_for_each(ping_once)?;
    let p50 = |outcome: &Outcome| outcome.percentile(50.0);
    let ratios = Spread::of(with.iter().zip(&without).map(|(with, without)| p50(with) / p50(without)));
    let (with, without) = (Spread::of(with.iter().map(p50)), Spread::of(without.iter().map(p50)));
    let of = format!("p50 {} µs with them, {} µs without", with.shown(), without.shown());
    let row = Row::new("P15")
        .figure(
            "kB a connection",
            Spread::of([each]),
            Target::AtMost(20.0),
            "of the server's resident memory",
        )
        .figure(
            "a lone ping's p50, with them against without",
            Spread { median: with.median / without.median, ..ratios },
            Target::AtMost(SLOWER),
            of,
        )
        .note("All of them were still open afterwards, and pinged once more.");
    Ok(Measured::rows([row]))
}

/// Sends one ping on each connection.
fn ping_once(clients: &mut Load) -> Result<()> {
    clients.drive(Pace::Closed, &mut Requests::pings_in_turn(AT_ONCE.into()), |_| Ok(true))?;
    Ok(())
}

/// Lets this process, and the servers that it starts, open more files than usual.
fn allow_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|files| FILES <= files) {
        return Ok(());
    }
    ensure!(limit.maximum.is_none_or(|files| FILES <= files), "no more than {limit:?} files may be open");
    Ok(setrlimit(Resource::Nofile, Rlimit { current: Some(FILES), ..limit })?)
}

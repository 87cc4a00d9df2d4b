//! P8 and P13: what a server costs that has nothing to do, by the evaluation pass and by the hour.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::ping::ROUNDS;
use super::{Bench, MILLION, Measured};
use crate::places::{Config, NEVER_SECONDS, Place, User};
use crate::process::Server;
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};

/// Distance of two evaluation passes, so short that they are most of what an idle server does.
const PASSES_EVERY: &str = "\"base_frequency\":0.01";
const PASSES_A_SECOND: f64 = 100.0;

/// A server that has just started writes more signs of life: after this it has settled.
const SETTLES_WITHIN: Duration = Duration::from_secs(35);

/// P8: both servers run at once, and are watched in turns.
pub(super) fn measure_passes(bench: &Bench) -> Result<Measured> {
    let place = |checks: u64, name: &str| -> Result<Place> {
        let place = bench.fleets.place(checks, name)?;
        place.write_config(&Config::quiet(checks).with_key(PASSES_EVERY))?;
        Ok(place)
    };
    let (few, many) = (place(1_000, "passes-few")?, place(MILLION, "passes-many")?);
    let (few_server, many_server) = (few.start()?, many.start()?);
    thread::sleep(bench.plan.pick(Duration::from_secs(3), SETTLES_WITHIN));
    let window = Duration::from_secs(bench.plan.pick(1, 10));
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_few.push(Idleness::watch(&few_server, window)?.cpu_micros_a_second / PASSES_A_SECOND);
        of_many.push(Idleness::watch(&many_server, window)?.cpu_micros_a_second / PASSES_A_SECOND);
    }
    let ratios = Spread::of(of_many.iter().zip(&of_few).map(|(many, few)| many / few));
    let (of_few, of_many) = (Spread::of(of_few), Spread::of(of_many));
    let of = format!("{} µs a pass with a million, {} µs with a thousand", of_many.shown(), of_few.shown());
    let ratio = Spread { median: of_many.median / of_few.median, ..ratios };
    Ok(Measured::rows([Row::new("P8").figure("ratio", ratio, Target::AtMost(1.2), of)]))
}

/// P13: one server that sleeps.
pub(super) fn measure_sleep(bench: &Bench) -> Result<Measured> {
    let config = Config::of(10_000, |_| User { max_sleep: NEVER_SECONDS, recipient: None });
    let config = config.with_key("\"mail\":\"inbox\"").with_key("\"base_frequency\":0");
    let place = Place::new(bench.folder.join("sleep"), &config)?;
    let server = place.start()?;
    thread::sleep(SETTLES_WITHIN);
    let mut seen = Vec::new();
    for _ in 0..bench.plan.pick(1, 10) {
        seen.push(Idleness::watch(&server, Duration::from_secs(15))?);
    }
    let wake_ups = Spread::of(seen.iter().map(|idleness| idleness.wake_ups_a_second));
    let percent = Spread::of(seen.iter().map(|idleness| idleness.cpu_micros_a_second / 1e4));
    let of = format!("{} windows of 15 s, 35 s after the start", seen.len());
    let row = Row::new("P13")
        .figure("wake-ups a second", wake_ups, Target::AtMost(3.0), of)
        .figure("% of a core", percent, Target::AtMost(0.1), "")
        .note(format!("An hour of it would be {} wake-ups.", shown(wake_ups.median * 3_600.0)));
    Ok(Measured::rows([row]))
}

/// What a server does in a time in which nobody asks anything.
struct Idleness {
    cpu_micros_a_second: f64,
    wake_ups_a_second: f64,
}

impl Idleness {
    fn watch(server: &Server, window: Duration) -> Result<Self> {
        let (began, cpu, wake_ups) = (Instant::now(), server.fine_cpu_seconds()?, server.wake_ups()?);
        thread::sleep(window);
        let cpu = server.fine_cpu_seconds()? - cpu;
        let wake_ups = server.wake_ups()? - wake_ups;
        let seconds = began.elapsed().as_secs_f64();
        Ok(Self { cpu_micros_a_second: cpu * 1e6 / seconds, wake_ups_a_second: wake_ups / seconds })
    }
}

//! P14: a config of a million users is changed while they ping.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Bench, MILLION, Measured};
use crate::places::{Config, NEVER_SECONDS, User};
use crate::requests::Requests;
use crate::round::{Beside, percentile_within};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};

/// Pings a second meanwhile: a tenth of what a small machine takes.
const PINGS_A_SECOND: f64 = 1_000.0;

/// How long pings are watched before the first reload, and let go on after each.
const CALM: Duration = Duration::from_secs(3);

/// What the log says of a reload.
const RELOADED: &str = "the config was reloaded";

/// How often the log is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

const PATIENCE: Duration = Duration::from_mins(1);

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let place = bench.fleets.place(MILLION, "reload")?;
    let server = place.start()?;
    let pings = Beside::begin(&server, PINGS_A_SECOND, Requests::pings(MILLION, 1))?;
    let mut windows = Vec::new();
    let mut calm = None;
    for number in 1..=bench.plan.pick(2, 7) {
        fs::write(place.next_config(), changed(number).text())?;
        let calm_from = Instant::now();
        thread::sleep(CALM);
        let began = Instant::now();
        calm.get_or_insert((calm_from, began));
        place.put_next_config()?;
        while server.count_lines(RELOADED)? < number {
            ensure!(began.elapsed() < PATIENCE, "no reload within {PATIENCE:?}: see the log of the server");
            thread::sleep(LOOK_AGAIN);
        }
        windows.push((began, Instant::now()));
    }
    let samples = pings.end()?;
    let seconds = Spread::of(windows.iter().map(|(began, ended)| (*ended - *began).as_secs_f64()));
    let normal = calm.map_or(f64::NAN, |calm| percentile_within(&samples, calm, 99.0));
    let meanwhile = Spread::of(windows.iter().map(|window| percentile_within(&samples, *window, 99.0)));
    let ratio = Spread::of(windows.iter().map(|window| percentile_within(&samples, *window, 99.0) / normal));
    let of = format!(
        "{} µs meanwhile, {} µs before, at {} pings a second; unaffected is read as in P9",
        meanwhile.shown(),
        shown(normal),
        shown(PINGS_A_SECOND)
    );
    let row = Row::new("P14")
        .figure(
            "seconds until it is in force",
            seconds,
            Target::AtMost(2.0),
            "from the moment the new file is in its place; the 0.3 s for which the watch waits are counted",
        )
        .figure("pings' p99, meanwhile against before", ratio, Target::AtMost(5.0), of);
    Ok(Measured::rows([row]))
}

/// The fleet's config with other seconds for one user in a hundred, other ones each time.
fn changed(number: usize) -> Config {
    let shorter = f64::from(u32::try_from(number).unwrap_or(0));
    let user = move |check: u64| User {
        max_sleep: if check.is_multiple_of(100) { NEVER_SECONDS - shorter } else { NEVER_SECONDS },
        recipient: None,
    };
    Config::of(MILLION, user).with_key("\"mail\":\"inbox\"")
}

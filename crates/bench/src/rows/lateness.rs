//! P9: a hundred thousand checks fall silent at the same moment, while others go on pinging.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ping_listener::channels::email::Security;
use rig::smtp::MailServer;

use super::{Bench, Measured};
use crate::ledger::Ledger;
use crate::places::{Config, NEVER_SECONDS, Place, User};
use crate::requests::{Requests, name};
use crate::round::{Beside, percentile_within};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};

/// Checks that are late in the same second.
const LATE: u64 = 100_000;

/// Checks that go on pinging.
const ALIVE: u64 = 1_000;

const RECIPIENTS: u64 = 10;

/// Pings a second meanwhile: a tenth of what a small machine takes.
const PINGS_A_SECOND: f64 = 1_000.0;

/// The late are given so long: the server has started by then, and its pings have been watched for a while.
const MAX_SLEEP_SECONDS: f64 = 15.0;

/// How often the ledger is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Far beyond the target: a server that needs longer has failed.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let mut scenes = Vec::new();
    for number in 0..bench.plan.pick(1, 3) {
        scenes.push(play(bench).with_context(|| format!("scene {number}"))?);
    }
    let figures = |figure: fn(&Scene) -> f64| Spread::of(scenes.iter().map(figure));
    let p99 = Spread::of(scenes.iter().map(|scene| scene.p99_meanwhile / scene.p99_normal));
    let of = format!(
        "{} µs meanwhile, {} µs before, at {} pings a second",
        figures(|scene| scene.p99_meanwhile).shown(),
        figures(|scene| scene.p99_normal).shown(),
        shown(PINGS_A_SECOND)
    );
    let row = Row::new("P9")
        .figure(
            "seconds from the deadline until all is queued durably",
            figures(|scene| scene.queued_seconds),
            Target::AtMost(4.0),
            format!("{LATE} alerts for {RECIPIENTS} recipients, and the mails that list them"),
        )
        .figure("pings' p99, meanwhile against before", p99, Target::AtMost(5.0), of);
    if bench.plan.is_quick {
        return Ok(Measured::rows([row]));
    }
    let drained = Spread::of(scenes.iter().filter_map(|scene| scene.drained_seconds)).shown();
    Ok(Measured::rows([row.note(format!("The mail server had all mails {drained} s after the deadline."))]))
}

struct Scene {
    queued_seconds: f64,
    /// `None` if that was not waited for.
    drained_seconds: Option<f64>,
    p99_normal: f64,
    p99_meanwhile: f64,
}

fn play(bench: &Bench) -> Result<Scene> {
    let mail = MailServer::start(Security::Tls);
    // The first checks are alive; the others never ping, and are late all at once, so long after their declaration.
    let user = |number: u64| User {
        max_sleep: if number < ALIVE { NEVER_SECONDS } else { MAX_SLEEP_SECONDS },
        recipient: Some(format!("\"night-shift-{}@example.org\"", number % RECIPIENTS)),
    };
    let config = Config::of(ALIVE + LATE, user).with_key("\"base_frequency\":0");
    let place = Place::new(bench.folder.join("lateness"), &config)?.with_mail(&mail);
    let server = place.start()?;
    let ledger = Ledger::open(&place.database())?;
    let deadlines = ledger.deadlines(ALIVE + LATE)?;
    let deadline = deadlines[&name(ALIVE)];
    let last = deadlines.values().filter(|at| **at < deadline + Duration::from_mins(1)).max();
    ensure!(last.is_some_and(|last| *last < deadline + Duration::from_secs(1)), "all are late in one second");
    let pings = Beside::begin(&server, PINGS_A_SECOND, Requests::pings(ALIVE, 1))?;
    let began = Instant::now();
    thread::sleep(deadline.saturating_duration_since(Instant::now()));
    let queued = wait(deadline, || Ok(LATE <= ledger.queued()? && ledger.is_gathered()?))?;
    let samples = pings.end()?;
    let drained = if bench.plan.is_quick { None } else { Some(wait(deadline, || ledger.is_drained())?) };
    // The first moments of the load warm up.
    let before = (began + Duration::from_secs(1), deadline);
    Ok(Scene {
        queued_seconds: (queued - deadline).as_secs_f64(),
        drained_seconds: drained.map(|drained| (drained - deadline).as_secs_f64()),
        p99_normal: percentile_within(&samples, before, 99.0),
        p99_meanwhile: percentile_within(&samples, (deadline, queued), 99.0),
    })
}

/// Waits until something holds, and returns when it did.
fn wait(deadline: Instant, holds: impl Fn() -> Result<bool>) -> Result<Instant> {
    loop {
        if holds()? {
            return Ok(Instant::now());
        }
        ensure!(deadline.elapsed() < PATIENCE, "it takes longer than {PATIENCE:?}");
        thread::sleep(LOOK_AGAIN);
    }
}

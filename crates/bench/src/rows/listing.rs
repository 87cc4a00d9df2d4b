//! P18: all of 100,000 managed checks are listed over the API while others ping.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::managed::{API_KEY, CHECKS, start};
use super::{Bench, Measured};
use crate::in_process::{RACKS, slug};
use crate::process::Server;
use crate::requests::Requests;
use crate::round::{Beside, percentile_within};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};

/// Pings a second meanwhile: a tenth of what a small machine takes.
const PINGS_A_SECOND: f64 = 1_000.0;

/// How long pings are watched before the first list.
const CALM: Duration = Duration::from_secs(3);

/// One list that was asked for.
struct Listed {
    began: Instant,
    ended: Instant,
    checks: usize,
    bytes: usize,
}

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let (_place, server, uuids) = start(bench, "listing")?;
    let pings = Beside::begin(&server, PINGS_A_SECOND, Requests::managed(&uuids, 1))?;
    let calm_from = Instant::now();
    thread::sleep(CALM);
    let calm = (calm_from, Instant::now());
    let times = bench.plan.pick(3, 15);
    let ask = |query: &str| -> Result<Vec<Listed>> { (0..times).map(|_| list(&server, query)).collect() };
    // Declared checks are listed as well.
    let all = ask("")?;
    let of_rack = ask(&format!("?tag=rack{}", RACKS / 2))?;
    let of_slug = ask(&format!("?slug={}", slug(CHECKS / 2)))?;
    let samples = pings.end()?;
    let seconds =
        |lists: &[Listed]| Spread::of(lists.iter().map(|list| (list.ended - list.began).as_secs_f64()));
    let within = |percent: f64| {
        Spread::of(
            all.iter().map(|list| percentile_within(&samples, (list.began, list.ended), percent) / 1e3),
        )
    };
    let normal = percentile_within(&samples, calm, 99.0) / 1e3;
    #[expect(clippy::cast_precision_loss, reason = "some megabytes are exact")]
    let told =
        |lists: &[Listed]| format!("{} checks, {} MB", lists[0].checks, shown(lists[0].bytes as f64 / 1e6));
    let of_pings = format!(
        "p99 {} ms meanwhile, {} ms before, at {} managed pings a second",
        within(99.0).shown(),
        shown(normal),
        shown(PINGS_A_SECOND)
    );
    let row = Row::new("P18")
        .figure("seconds for all", seconds(&all), Target::AtMost(1.0), told(&all))
        .figure("seconds for those with a tag", seconds(&of_rack), Target::AtMost(1.0), told(&of_rack))
        .figure("seconds for the one with a slug", seconds(&of_slug), Target::AtMost(1.0), told(&of_slug))
        .figure("slowest ping meanwhile, ms", within(100.0), Target::AtMost(50.0), of_pings);
    Ok(Measured::rows([row]))
}

fn list(server: &Server, query: &str) -> Result<Listed> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(server.address)?;
    write!(
        stream,
        "GET /api/v3/checks/{query} HTTP/1.1\r\nHost: bench\r\nX-Api-Key: {API_KEY}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let ended = Instant::now();
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "unexpected answer {:?}", String::from_utf8_lossy(&answer));
    let checks = answer.windows(11).filter(|window| window == b"\"ping_url\":").count();
    Ok(Listed { began, ended, checks, bytes: answer.len() })
}

//! P19: the list of 10,000 checks before a real browser, while others ping.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::ping::Signal;
use domain::time::Span;
use ping_listener::store::managed::settings::Edit;
use rig::browser::Browser;
use rig::server::PATIENCE;

use super::{Bench, Measured};
use crate::in_process::{self, RACKS};
use crate::past;
use crate::places::{Config, Place};
use crate::process::Server;
use crate::requests::Requests;
use crate::round::{Beside, percentile_within};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};
use crate::visitor::{PASSWORD, Visitor};

/// Checks of either kind.
const CHECKS: u64 = 5_000;

/// Managed checks that are down, and stay so.
const DOWN: usize = 300;

/// Pings a second meanwhile.
const PINGS_A_SECOND: f64 = 2_000.0;

/// For how long pings are watched.
const WATCHED: Duration = Duration::from_secs(5);

/// Open lists, and the time for which they are watched.
const OPEN_PAGES: usize = 50;

/// From one ping of a check to the next, in the day before.
const MINUTES_APART: i64 = 10;

/// Keys that are typed.
const KEYS: usize = 20;

/// What somebody walks through while the pings are watched.
const WALK: [&str; 7] =
    ["/", "/?sort=-last", "/?standing=down", "/?q=rack7", "/?tag=rack7&sort=due", "/wall", "/?from=9800"];

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let (_place, server, uuids) = start(bench)?;
    let visitor = Visitor::sign_in(&server)?;
    let browser = visitor.browser()?;
    let paints = first_paints(&visitor, &browser, bench.plan.pick(3, 10));
    let (page, bytes) = visitor.time("/", 10)?;
    let calm_keys = keys(&visitor, &browser)?;
    let calm_cpu = open_lists(bench, &server, &visitor)?;
    let pings = Beside::begin(&server, PINGS_A_SECOND, Requests::managed(&uuids, 1))?;
    let busy_keys = keys(&visitor, &browser)?;
    drop(browser);
    let alone = during(|| {
        thread::sleep(WATCHED);
        Ok(())
    })?;
    let walked = during(|| walk(&visitor))?;
    let cpu_of_pings = cpu_share(bench, &server)?;
    let busy_cpu = open_lists(bench, &server, &visitor)?;
    let samples = pings.end()?;
    let p99 = |within| percentile_within(&samples, within, 99.0) / 1e3;
    let a_second = shown(PINGS_A_SECOND);
    let of_pings = format!("p99 {} ms, {} before", shown(p99(walked)), shown(p99(alone)));
    let row = Row::new("P19")
        .figure(
            "first paint, ms",
            Spread::of(paints),
            Target::AtMost(300.0),
            format!("{} kB, which the server makes in {} ms", bytes / 1_000, page.shown()),
        )
        .figure(
            "from a key to the new rows, p95, ms",
            p95(&calm_keys),
            Target::AtMost(100.0),
            told(&calm_keys),
        )
        .figure(
            "the same while others ping, ms",
            p95(&busy_keys),
            Target::AtMost(100.0),
            format!("{} at {a_second} pings a second", told(&busy_keys)),
        )
        .figure(
            "p99 of pings while somebody walks through the pages, ratio",
            Spread::of([p99(walked) / p99(alone)]),
            Target::AtMost(1.5),
            of_pings,
        )
        .figure(
            "CPU of 50 open lists, % of a core",
            Spread::of([busy_cpu - cpu_of_pings]),
            Target::AtMost(25.0),
            format!(
                "{} with them and {} without at {a_second} pings a second; {} while nobody pings",
                shown(busy_cpu),
                shown(cpu_of_pings),
                shown(calm_cpu)
            ),
        );
    Ok(Measured::rows([row]))
}

/// Asks for one page after the other for as long as pings are watched.
fn walk(visitor: &Visitor) -> Result<()> {
    let began = Instant::now();
    for path in WALK.iter().cycle() {
        if WATCHED < began.elapsed() {
            break;
        }
        visitor.get(path)?;
    }
    Ok(())
}

/// Does something, and returns when it began and ended.
fn during(act: impl FnOnce() -> Result<()>) -> Result<(Instant, Instant)> {
    let began = Instant::now();
    act()?;
    Ok((began, Instant::now()))
}

/// Starts a server with checks of both kinds that have pinged for a day; some hundred are down.
fn start(bench: &Bench) -> Result<(Place, Server, Arc<[String]>)> {
    let config = Config::quiet(CHECKS);
    let place = Place::new(bench.folder.join("list"), &config)?.with(PASSWORD.0, PASSWORD.1);
    let edit = |number| Edit {
        name: Some(format!("Backup of machine {number}")),
        tags: Some(format!("backup rack{}", number % RACKS)),
        timeout: Some(86_400),
        grace: Some(86_400),
        ..Edit::default()
    };
    let uuids = past::make(&place, &config.text(), 1, async |past| {
        let made = past.make_checks(CHECKS, edit).await?;
        let declared = in_process::checks(&past.opened, CHECKS)?;
        let all: Vec<_> = declared.into_iter().chain(made.iter().map(|made| made.id)).collect();
        let apart = Span::from_micros(MINUTES_APART * 60_000_000 / i64::try_from(all.len())?);
        for round in 0..24 * 60 / MINUTES_APART {
            past.ping(all.iter().copied(), Signal::Success, apart).await?;
            if round % 24 == 0 {
                past.opened.store.sort().await?;
            }
        }
        past.ping(made.iter().take(DOWN).map(|made| made.id), Signal::Fail, Span::ZERO).await?;
        // Whoever is down stays down.
        Ok(made.into_iter().skip(DOWN).map(|made| made.uuid).collect::<Arc<[_]>>())
    })?;
    let server = place.start().context("our server")?;
    Ok((place, server, uuids))
}

/// Returns the milliseconds from the beginning of a navigation to the first paint of its content.
fn first_paints(visitor: &Visitor, browser: &Browser, times: usize) -> Vec<f64> {
    let painted = "performance.getEntriesByName('first-contentful-paint').length";
    let paint = |_| {
        browser.open("about:blank");
        browser.open(&visitor.url("/"));
        browser.wait_until(painted, PATIENCE);
        let paint =
            browser.execute("return performance.getEntriesByName('first-contentful-paint')[0].startTime");
        paint.as_f64().unwrap_or(f64::NAN)
    };
    (0..times).map(paint).collect()
}

/// Types key by key, and returns the milliseconds from each key until its rows are painted.
fn keys(visitor: &Visitor, browser: &Browser) -> Result<Vec<f64>> {
    browser.open(&visitor.url("/"));
    let script = format!(
        "const tell = arguments[arguments.length - 1];
         const field = document.querySelector('#q');
         const list = document.querySelector('#list');
         const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
         const key = async (text) => {{
           const began = performance.now();
           const changed = new Promise((done) => {{
             const watch = new MutationObserver(() => {{ watch.disconnect(); done(); }});
             watch.observe(list, {{ childList: true }});
           }});
           field.value = text;
           field.dispatchEvent(new Event('input', {{ bubbles: true }}));
           await changed;
           await painted();
           return performance.now() - began;
         }};
         (async () => {{
           const words = ['machine 12', 'check-00000012', 'rack77', 'backup'];
           const taken = [];
           for (let n = 0; taken.length < {KEYS}; n += 1) {{
             const word = words[Math.floor(n / 5) % words.length];
             taken.push(await key(word.slice(0, word.length - 4 + (n % 5))));
           }}
           return taken;
         }})().then(tell);"
    );
    let taken = browser.execute_async(&script);
    let taken: Vec<f64> =
        taken.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect();
    ensure!(taken.len() == KEYS, "every key brings rows");
    Ok(taken)
}

fn p95(taken: &[f64]) -> Spread {
    let mut taken = taken.to_vec();
    taken.sort_unstable_by(f64::total_cmp);
    Spread::of([taken[(taken.len() * 19).div_ceil(20) - 1]])
}

fn told(taken: &[f64]) -> String {
    format!("{} ms over {KEYS} keys", Spread::of(taken.iter().copied()).shown())
}

/// Returns the percentage of a core that the server uses while lists are open.
fn open_lists(bench: &Bench, server: &Server, visitor: &Visitor) -> Result<f64> {
    let pages = (0..OPEN_PAGES).map(|_| visitor.open("/live?")).collect::<Result<Vec<_>>>()?;
    thread::sleep(Duration::from_secs(2));
    let share = cpu_share(bench, server)?;
    drop(pages);
    Ok(share)
}

/// Returns the percentage of a core that the server uses for a while.
fn cpu_share(bench: &Bench, server: &Server) -> Result<f64> {
    let (began, before) = (Instant::now(), server.cpu_seconds()?);
    thread::sleep(Duration::from_secs(bench.plan.pick(3, 10)));
    Ok((server.cpu_seconds()? - before) / began.elapsed().as_secs_f64() * 100.0)
}

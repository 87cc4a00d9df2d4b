//! P11 and P12: how many bytes a ping of the past takes, and how soon a day of it is found.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use domain::id::CheckId;
use domain::time::Span;
use jiff::{Timestamp, ToSpan as _};
use ping_listener::bulletin::Bulletin;
use ping_listener::config::secret::read_file;
use ping_listener::config::{self, InForce};
use ping_listener::rounds::Round as _;
use ping_listener::store::Opened;
use ping_listener::sweeper::Sweeper;
use rig::clock::ManualSource;
use rusqlite::Connection;

use super::{Bench, Measured};
use crate::in_process;
use crate::places::{Config, Place};
use crate::requests::{Random, Requests};
use crate::round::{self, Round};
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};

const CHECKS: u64 = 1_000;

const MINUTES_A_DAY: u64 = 24 * 60;

/// From one ping of a minute to the next, at most: they come one after the other, never quite regularly.
const DISTANCE_MICROS_MAX: u64 = 120_000;

/// How often the sweeper looks, as in a real server.
const SWEEPS_EVERY_MINUTES: u64 = 1;

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let days = bench.plan.pick(1, 10);
    let config = Config::quiet(CHECKS);
    let place = Place::new(bench.folder.join("history"), &config)?;
    let (bytes, pings) = live(&place, &config.text(), days)?;
    let of = format!("{} pings in {} MB more than a folder without pings", pings, shown(bytes / 1e6));
    #[expect(clippy::cast_precision_loss, reason = "some millions are exact")]
    let each = bytes / pings as f64;
    let size = Row::new("P11").figure("bytes a ping", Spread::of([each]), Target::AtMost(12.0), of).note(
        format!("{days} simulated days of {CHECKS} checks that ping every minute, swept as a server does."),
    );
    Ok(Measured::rows([size, days_of_a_check(bench, &place, days)?]))
}

/// Lets days of pings pass by a clock that is moved; returns how many bytes and how many pings there are more.
fn live(place: &Place, config: &str, days: u64) -> Result<(f64, u64)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let days_back = i64::try_from(days)?;
        let begin = Timestamp::now() - (24 * days_back + 1).hours();
        let clock = Arc::new(ManualSource::new(begin));
        let opened = in_process::open(&place.data(), config, clock.clone()).await?;
        in_process::end(opened)?;
        let size_before = database_bytes(place)?;
        let opened = in_process::open(&place.data(), config, clock.clone()).await?;
        let checks = in_process::checks(&opened, CHECKS)?;
        let mut sweeper = sweeper(&opened, config)?;
        let mut random = Random::new(5);
        for minute in 0..days * MINUTES_A_DAY {
            ping_each(&opened, &checks, &clock, &mut random).await?;
            if minute.is_multiple_of(SWEEPS_EVERY_MINUTES) {
                sweeper.step(opened.clock.now()).await?;
            }
        }
        opened.store.sort().await?;
        opened.store.stamp_stop(Span::ZERO, None).await?;
        drop(sweeper);
        in_process::end(opened)?;
        let bytes = database_bytes(place)? - size_before;
        Ok((bytes, days * MINUTES_A_DAY * CHECKS))
    })
}

async fn ping_each(
    opened: &Opened,
    checks: &[CheckId],
    clock: &ManualSource,
    random: &mut Random,
) -> Result<()> {
    let mut queued = Vec::new();
    for &check in checks {
        clock.advance(Span::from_micros(i64::try_from(random.below(DISTANCE_MICROS_MAX))?));
        queued.push(opened.store.ping(check));
    }
    for ping in queued {
        ping.await?;
    }
    Ok(())
}

fn sweeper(opened: &Opened, config: &str) -> Result<Sweeper> {
    let config = config::parse_bytes("config.json", config.as_bytes(), &read_file)
        .map_err(|errors| anyhow!(errors.to_string()))?;
    Ok(Sweeper {
        store: opened.store.clone(),
        clock: opened.clock.clone(),
        bulletin: Bulletin::default(),
        config: InForce::new(config),
        sorted_at: opened.clock.now(),
        forgot_at: None,
    })
}

/// Returns the size of the database once nothing stands beside it: the log of SQLite is as long after a day as after a
/// year.
fn database_bytes(place: &Place) -> Result<f64> {
    let connection = Connection::open(place.database())?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(connection);
    #[expect(clippy::cast_precision_loss, reason = "no disk is that large")]
    Ok(fs::metadata(place.database())?.len() as f64)
}

fn days_of_a_check(bench: &Bench, place: &Place, days: u64) -> Result<Row> {
    let server = place.start()?;
    let today = jiff::Zoned::now();
    let mut dates = Vec::new();
    for back in 1..=i64::try_from(days)? {
        dates.push(today.checked_sub(back.days())?.strftime("year=%y&month=%m&day=%d").to_string());
    }
    let mut outcomes = Vec::new();
    for _ in 0..super::ping::ROUNDS {
        let round = Round::closed(1, Duration::from_secs(bench.plan.pick(1, 5)));
        outcomes.push(round::run(&server, round, &mut Requests::days(dates.clone(), CHECKS))?);
    }
    let millis = |percent: f64| Spread::of(outcomes.iter().map(|outcome| outcome.percentile(percent) / 1e3));
    let of = format!("p50 {} ms; one connection, at random over all checks and days", millis(50.0).shown());
    Ok(Row::new("P12").figure("p99, ms", millis(99.0), Target::AtMost(5.0), of))
}

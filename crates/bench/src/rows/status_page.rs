//! P21: the status page of 1,000 checks with 90 days of history, for everybody.

use anyhow::{Context, Result};
use domain::ping::Signal;
use domain::time::Span;
use ping_listener::store::managed::settings::Edit;
use ping_listener::store::status_page::StatusPage;

use super::{Bench, Measured};
use crate::past;
use crate::places::{Config, Place};
use crate::process::Server;
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};
use crate::visitor::{PASSWORD, Visitor};

/// Checks on the page, few and many.
const CHECKS: [u64; 2] = [100, 1_000];

const DAYS: i64 = 90;

/// Each check fails once in so many days.
const FAILS_EVERY_DAYS: usize = 7;

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let times = bench.plan.pick(3, 10);
    let mut row = Row::new("P21");
    for checks in CHECKS {
        let (_place, server) = start(bench, checks)?;
        let visitor = Visitor::sign_in(&server)?;
        // Who is signed in gets a page of their own, made anew.
        let (cold, bytes) = visitor.time("/status", times)?;
        let stranger = Visitor::stranger(&server);
        stranger.get("/status")?;
        let (kept, _) = stranger.time("/status", times)?;
        let of = format!("{} kB; kept for others {} ms", bytes / 1_000, shown(kept.median));
        let what = format!("the page of {checks} checks, ms");
        row = row.figure(&what, Spread::of([cold.median]), Target::AtMost(100.0), of);
    }
    Ok(Measured::rows([row]))
}

fn start(bench: &Bench, checks: u64) -> Result<(Place, Server)> {
    let config = Config::quiet(1);
    let place =
        Place::new(bench.folder.join(format!("status-{checks}")), &config)?.with(PASSWORD.0, PASSWORD.1);
    let edit = |number| Edit {
        name: Some(format!("Service {number}")),
        timeout: Some(7 * 86_400),
        grace: Some(7 * 86_400),
        is_told: Some(false),
        ..Edit::default()
    };
    past::make(&place, &config.text(), DAYS, async |past| {
        let made: Vec<_> = past.make_checks(checks, edit).await?.into_iter().map(|made| made.id).collect();
        let apart = Span::from_micros(3_600_000_000 / i64::try_from(made.len())?);
        for day in 0..usize::try_from(DAYS)? {
            past.ping(made.iter().copied(), Signal::Success, apart).await?;
            let failing = made.iter().copied().skip(day % FAILS_EVERY_DAYS).step_by(FAILS_EVERY_DAYS);
            past.ping(failing, Signal::Fail, Span::ZERO).await?;
            past.pass(Span::from_hours(22));
            past.opened.store.sort().await?;
        }
        past.ping(made.iter().copied().skip(3), Signal::Success, Span::ZERO).await?;
        let page =
            StatusPage { is_on: true, title: "Services".to_owned(), has_all: true, ..StatusPage::default() };
        Ok(past.opened.store.set_status_page(&page).await?)
    })?;
    let server = place.start().context("our server")?;
    Ok((place, server))
}

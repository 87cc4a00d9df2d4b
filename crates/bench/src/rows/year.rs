//! P20: the pages of a check that has pinged every minute for a year.

use anyhow::{Context, Result};
use domain::ping::Signal;
use domain::time::Span;
use jiff::ToSpan as _;
use ping_listener::store::managed::settings::Edit;

use super::{Bench, Measured};
use crate::in_process;
use crate::past;
use crate::places::{Config, Place};
use crate::process::Server;
use crate::row::{Row, Target};
use crate::spread::{Spread, shown};
use crate::visitor::{PASSWORD, Visitor};

const MINUTES_A_DAY: usize = 24 * 60;

/// How often a page is asked for.
const TIMES: usize = 11;

pub(super) fn measure(bench: &Bench) -> Result<Measured> {
    let days = bench.plan.pick(30, 365);
    let (_place, server, addresses) = start(bench, days)?;
    let visitor = Visitor::sign_in(&server)?;
    let yesterday = jiff::Zoned::now().checked_sub(1.day())?.date();
    let month = yesterday.strftime("%Y-%m");
    let mut row = Row::new("P20");
    for (kind, address) in ["declared", "managed"].into_iter().zip(addresses) {
        let mut parts = Vec::new();
        let mut slowest = Spread::of([0.0]);
        for (part, path) in [
            ("page", address.clone()),
            ("what changes", format!("{address}?part=now")),
            ("a month", format!("{address}?month={month}")),
            ("log", format!("{address}/log")),
            ("a day", format!("{address}/days/{yesterday}")),
            ("changes", format!("{address}/changes")),
        ] {
            let (millis, bytes) = visitor.time(&path, TIMES).context(part)?;
            parts.push(format!("{part} {} ms ({} kB)", shown(millis.median), bytes / 1_000));
            if slowest.median < millis.median {
                slowest = millis;
            }
        }
        let what = format!("slowest page of a {kind} check, ms");
        row = row.figure(&what, slowest, Target::AtMost(100.0), parts.join(", "));
    }
    Ok(Measured::rows([row.note(format!("{} pings of each check.", days * 24 * 60))]))
}

/// Starts a server with a declared and a managed check; returns the addresses of their pages.
fn start(bench: &Bench, days: i64) -> Result<(Place, Server, Vec<String>)> {
    let config = Config::quiet(1);
    let place = Place::new(bench.folder.join("year"), &config)?.with(PASSWORD.0, PASSWORD.1);
    let edit =
        |_| Edit { name: Some("Pump".to_owned()), timeout: Some(60), grace: Some(600), ..Edit::default() };
    let addresses = past::make(&place, &config.text(), days, async |past| {
        let made = past.make_checks(1, edit).await?;
        let declared = in_process::checks(&past.opened, 1)?;
        let both = [declared[0], made[0].id];
        let half = Span::from_seconds(30);
        for day in 0..days {
            let pings = (0..MINUTES_A_DAY).flat_map(|_| both);
            past.ping(pings, Signal::Success, half - Span::from_millis(1)).await?;
            // A bad hour in each week.
            if day % 7 == 3 {
                past.ping([made[0].id], Signal::Fail, Span::ZERO).await?;
            }
            past.opened.store.sort().await?;
        }
        let declared = past.opened.store.uuid_of_declared(declared[0]).to_string();
        Ok([declared, made[0].uuid.clone()].map(|uuid| format!("/checks/{uuid}")).into())
    })?;
    let server = place.start().context("our server")?;
    Ok((place, server, addresses))
}

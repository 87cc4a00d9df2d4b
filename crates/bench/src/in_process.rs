//! The store alone, without a server around it: for more pings than any client could send in the time.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail, ensure};
use domain::id::CheckId;
use domain::time::Span;
use jiff::tz::TimeZone;
use ping_listener::clock::{Source, SystemSource};
use ping_listener::config::secret::read_file;
use ping_listener::config::{self};
use ping_listener::random::Random as Chance;
use ping_listener::reload::declaration;
use ping_listener::store::changes::Author;
use ping_listener::store::managed::Creation;
use ping_listener::store::managed::settings::Edit;
use ping_listener::store::{Opened, Trust};
use tokio::task::JoinSet;

use crate::requests::{Random, name};

/// Pings that are queued before any of them is waited for: as many as one commit takes.
const IN_FLIGHT: usize = 4_096;

/// Tags that part managed checks: each stands for a rack of machines.
pub(crate) const RACKS: u64 = 100;

/// No managed check falls silent.
const YEAR_SECONDS: u64 = 31_536_000;

/// Opens a data folder, declares the checks of a config in it, and opens the door.
pub(crate) async fn open(data: &Path, config: &str, source: Arc<dyn Source>) -> Result<Opened> {
    let config = config::parse_bytes("config.json", config.as_bytes(), &read_file)
        .map_err(|errors| anyhow!(errors.to_string()))?;
    let chance = Chance::from_seed(7);
    let opened = ping_listener::store::Store::open(data, source, TimeZone::UTC, chance, Default::default())?;
    opened.store.declare(declaration(&config), Trust::Start).await??;
    opened.store.listen().await?;
    Ok(opened)
}

/// Returns the checks of these numbers.
pub(crate) fn checks(opened: &Opened, count: u64) -> Result<Vec<CheckId>> {
    let find = |number| opened.store.find(&name(number)).map(|entry| entry.id);
    (0..count).map(|number| find(number).context("a declared check is known")).collect()
}

/// Makes so many managed checks in a data folder, with the slug, the tags and the time that a backup has, and returns
/// their UUIDs.
pub(crate) fn make_managed(data: &Path, config: &str, count: u64) -> Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = open(data, config, Arc::new(SystemSource)).await?;
        let mut making = JoinSet::new();
        for number in 0..count {
            let edit = Edit {
                name: Some(format!("Backup of machine {number}")),
                slug: Some(slug(number)),
                tags: Some(format!("backup rack{}", number % RACKS)),
                timeout: Some(YEAR_SECONDS),
                grace: Some(YEAR_SECONDS),
                ..Edit::default()
            };
            let store = opened.store.clone();
            making.spawn(async move { store.create(edit, Vec::new(), Author::Import).await });
        }
        let mut uuids = Vec::new();
        while let Some(made) = making.join_next().await {
            let Creation::Made(view) = made?? else { bail!("a check was not made") };
            uuids.push(view.uuid.to_string());
        }
        opened.store.stamp_stop(Span::ZERO, None).await?;
        end(opened)?;
        Ok(uuids)
    })
}

/// Names the slug of managed check number `number`.
pub(crate) fn slug(number: u64) -> String {
    format!("backup-{number}")
}

/// Closes a store in good order.
pub(crate) fn end(opened: Opened) -> Result<()> {
    let Opened { store, committer, .. } = opened;
    store.close();
    committer.join().map_err(|_| anyhow!("the writer panicked"))
}

/// Is the child of [`fill_and_kill`]: appends `pings` pings of `count` checks at random to the log, says so, and waits
/// to be killed.
pub(crate) fn fill(data: &str, config: &str, count: u64, pings: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let text = std::fs::read_to_string(config)?;
        let opened = open(Path::new(data), &text, Arc::new(SystemSource)).await?;
        drop(text);
        let checks = checks(&opened, count)?;
        let mut random = Random::new(1);
        let mut left = pings;
        while 0 < left {
            let batch = left.min(IN_FLIGHT);
            let queued: Vec<_> = (0..batch)
                .map(|_| {
                    let index = usize::try_from(random.below(count)).expect("an index fits");
                    opened.store.ping(checks[index])
                })
                .collect();
            for ping in queued {
                ping.await?;
            }
            left -= batch;
        }
        ensure!(opened.store.unsorted_pings() == pings as u64, "the log holds all pings");
        println!("{FILLED}");
        std::future::pending().await
    })
}

/// What the child says when it is done.
const FILLED: &str = "filled";

/// Lets a process of its own fill the log of a data folder, and kills it without a last word when it is done.
pub(crate) fn fill_and_kill(data: &Path, config: &Path, count: u64, pings: usize) -> Result<()> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("fill")
        .args([data, config])
        .args([count.to_string(), pings.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = first_line(&mut child);
    child.kill()?;
    child.wait()?;
    ensure!(said? == FILLED, "the log could not be filled");
    Ok(())
}

fn first_line(child: &mut Child) -> Result<String> {
    use std::io::BufRead as _;

    let mut line = String::new();
    let output = child.stdout.take().context("the pipe was asked for")?;
    std::io::BufReader::new(output).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

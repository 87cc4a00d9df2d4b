//! `import`: brings checks over from another server, and says what could not come along.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DATA_HELP, Failure, LookUp, data_folder, say};
use crate::clock::{Source as _, SystemSource};
use crate::import::source::Source;
use crate::import::theirs::{Brought, Channel, read_channels, read_checks};
use crate::keys::row;
use crate::random::Random;
use crate::store::beside::KeyFolder;
use crate::store::error::{OpenError, StoreError};
use crate::store::managed::adopting::Adopted;
use crate::store::managed::keys::KeyKind;
use crate::store::{Bells, Store, preview};
use crate::telemetry::Telemetry;

/// From where checks are brought over.
#[derive(clap::Subcommand)]
pub(super) enum Origin {
    /// A Healthchecks server, by its API. What is here already stays as it is.
    Healthchecks(Wanted),
}

/// What is brought over from a Healthchecks server.
#[derive(clap::Args)]
pub(super) struct Wanted {
    #[arg(long, help = "Where its pages are, as in https://healthchecks.example.org")]
    url: String,
    /// A read-write API key of the project; it opens this server's API too from then on.
    #[arg(long, env = "HEALTHCHECKS_API_KEY", hide_env_values = true)]
    api_key: String,
    /// The project's ping key, so that addresses with slugs go on as they are.
    #[arg(long, env = "HEALTHCHECKS_PING_KEY", hide_env_values = true)]
    ping_key: Option<String>,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    #[arg(long, env = "PING_LISTENER_DATA", help = DATA_HELP)]
    data: Option<PathBuf>,
}

pub(super) fn import(origin: &Origin, look_up: LookUp<'_>) -> Result<ExitCode, Failure> {
    let Origin::Healthchecks(wanted) = origin;
    check_keys(wanted)?;
    let data = data_folder(wanted.data.as_ref(), look_up);
    // One provider of cryptography in the whole process; an earlier one would be the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let source = Source::new(&wanted.url, &wanted.api_key).map_err(Failure::mistaken)?;
    let channels =
        read_channels(&source.get("channels/").map_err(Failure::failed)?).map_err(Failure::failed)?;
    let checks = read_checks(&source.get("checks/").map_err(Failure::failed)?).map_err(Failure::failed)?;
    let counts = if wanted.dry_run { look(&data, &checks) } else { take(&data, &checks, wanted) }?;
    tell(&counts, &checks, &channels, wanted);
    Ok(ExitCode::SUCCESS)
}

/// What became of the checks, or would become.
#[derive(Default)]
struct Counts {
    made: usize,
    known: usize,
    changed: Vec<String>,
    left: usize,
}

fn check_keys(wanted: &Wanted) -> Result<(), Failure> {
    if wanted.api_key.len() != 32 || !wanted.api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::mistaken("--api-key: expected a key of 32 characters, found another"));
    }
    let is_fit = |key: &String| {
        8 <= key.len() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if wanted.ping_key.as_ref().is_some_and(|key| !is_fit(key)) {
        return Err(Failure::mistaken(
            "--ping-key: expected at least 8 letters, digits, - and _, found another key",
        ));
    }
    Ok(())
}

/// Looks what would be done, without changing anything.
fn look(data: &Path, checks: &[Brought]) -> Result<Counts, Failure> {
    let known = preview::known_uuids(data)?;
    let mut counts = Counts::default();
    for check in checks.iter().filter(|check| check.obstacle.is_none()) {
        if known.contains(&check.uuid) {
            counts.known += 1;
        } else {
            counts.made += 1;
        }
    }
    Ok(counts)
}

fn take(data: &Path, checks: &[Brought], wanted: &Wanted) -> Result<Counts, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    let counts = runtime.block_on(adopt(data, checks))?;
    let mut folder = KeyFolder::open(data, &Random::from_system())?;
    let made = Timestamp::from_microsecond(SystemSource.read().wall_micros).unwrap_or_default();
    let keys = [(KeyKind::ReadWrite, Some(&wanted.api_key)), (KeyKind::Ping, wanted.ping_key.as_ref())];
    for (kind, key) in keys {
        if let Some(key) = key {
            let row = row(kind, key, folder.secret(), made);
            folder.add(&row)?;
        }
    }
    Ok(counts)
}

async fn adopt(data: &Path, checks: &[Brought]) -> Result<Counts, Failure> {
    let (random, meters) = (Random::from_system(), (Arc::new(Telemetry::new()), Bells::default()));
    let opened = Store::open(data, Arc::new(SystemSource), TimeZone::system(), random, meters);
    let opened = opened.map_err(|error| {
        if matches!(error, OpenError::InUse { .. }) {
            return Failure::failed(format!("{error}: an import needs the folder for itself"));
        }
        error.into()
    })?;
    let mut counts = Counts::default();
    for check in checks.iter().filter(|check| check.obstacle.is_none()) {
        let adopted = opened.store.adopt(check.uuid, check.settings.clone(), check.is_paused).await;
        match adopted.map_err(|error: StoreError| Failure::failed(error.to_string()))? {
            Adopted::Made => counts.made += 1,
            Adopted::Known(settings) if *settings == check.settings => counts.known += 1,
            Adopted::Known(_) => {
                counts.known += 1;
                counts.changed.push(check.shown_name());
            }
            Adopted::OverLimit => counts.left += 1,
        }
    }
    opened.store.close();
    let ended = tokio::task::spawn_blocking(move || opened.committer.join()).await;
    ended.ok().and_then(Result::ok).ok_or_else(|| Failure::failed("the database could not be written"))?;
    Ok(counts)
}

fn tell(counts: &Counts, checks: &[Brought], channels: &[Channel], wanted: &Wanted) {
    let word = if wanted.dry_run { "would be brought over" } else { "brought over" };
    say(&format!("{} checks: {} {word}, {} here already", checks.len(), counts.made, counts.known));
    for name in &counts.changed {
        say(&format!("{name}: differs from what is here, which stays as it is"));
    }
    if 0 < counts.left {
        say(&format!("{} checks are left out: there are as many here as there may be", counts.left));
    }
    for check in checks {
        if let Some(obstacle) = &check.obstacle {
            say(&format!("{}: not brought over: {obstacle}", check.shown_name()));
        }
    }
    tell_channels(checks, channels);
    let ping = if wanted.ping_key.is_some() { " and the ping key open" } else { " opens" };
    if wanted.dry_run {
        say("nothing was changed");
    } else {
        say(&format!("the API key{ping} this server too"));
    }
}

/// Says who was told of checks there, which only their owner can arrange here.
fn tell_channels(checks: &[Brought], channels: &[Channel]) {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for id in checks.iter().flat_map(|check| &check.channels) {
        *told.entry(id).or_default() += 1;
    }
    for channel in channels {
        let checks = told.get(channel.id.as_str()).copied().unwrap_or(0);
        let what = if channel.kind == "email" {
            "its address stays there; mails go to the config's recipient"
        } else {
            "cannot be moved"
        };
        say(&format!("channel {:?} ({}), of {checks} checks: {what}", channel.name, channel.kind));
    }
    let is_email = |id: &String| channels.iter().any(|channel| channel.id == *id && channel.kind == "email");
    for check in checks.iter().filter(|check| check.settings.is_told) {
        if !check.channels.iter().any(is_email) {
            say(&format!("{}: was told of otherwise, and is told of by e-mail here", check.shown_name()));
        }
    }
}

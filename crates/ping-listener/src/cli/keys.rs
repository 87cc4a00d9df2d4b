//! `keys`: makes, lists and revokes keys of the API and of pings, while the server runs and while it does not.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DATA_HELP, Failure, LookUp, data_folder, say, say_error};
use crate::clock::{Source as _, SystemSource};
use crate::keys::{draw, prefix, row};
use crate::random::Random;
use crate::store::beside::KeyFolder;
use crate::store::managed::keys::KeyKind;

/// What is asked about keys.
#[derive(clap::Subcommand)]
pub(super) enum Keys {
    /// Make a key and print it, this once: the server keeps only a digest of it.
    Create {
        #[command(flatten)]
        kind: Wanted,
        #[arg(long, env = "PING_LISTENER_DATA", help = DATA_HELP)]
        data: Option<PathBuf>,
    },
    /// List the keys: what each opens, how it begins, and when it was made.
    List {
        #[arg(long, env = "PING_LISTENER_DATA", help = DATA_HELP)]
        data: Option<PathBuf>,
    },
    /// Revoke a key: it opens nothing from the next second on.
    Revoke {
        /// How it begins, as it is listed, or all of it.
        key: String,
        #[arg(long, env = "PING_LISTENER_DATA", help = DATA_HELP)]
        data: Option<PathBuf>,
    },
}

/// The kind of key that is asked for.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Wanted {
    /// A key that opens all of the API.
    #[arg(long)]
    read_write: bool,
    /// A key that opens what changes nothing and gives no ping address away.
    #[arg(long)]
    read_only: bool,
    /// A key that stands in ping addresses before the slug of a check.
    #[arg(long)]
    ping: bool,
}

pub(super) fn keys(asked: &Keys, look_up: LookUp<'_>) -> Result<ExitCode, Failure> {
    match asked {
        Keys::Create { kind, data } => create(kind.kind(), &data_folder(data.as_ref(), look_up)),
        Keys::List { data } => list(&data_folder(data.as_ref(), look_up)),
        Keys::Revoke { key, data } => revoke(key, &data_folder(data.as_ref(), look_up)),
    }
}

impl Wanted {
    fn kind(&self) -> KeyKind {
        match (self.read_write, self.read_only) {
            (true, _) => KeyKind::ReadWrite,
            (false, true) => KeyKind::ReadOnly,
            (false, false) => KeyKind::Ping,
        }
    }
}

fn create(kind: KeyKind, data: &Path) -> Result<ExitCode, Failure> {
    let random = Random::from_system();
    let mut folder = KeyFolder::open(data, &random)?;
    let key = draw(kind, &random);
    let created = Timestamp::from_microsecond(SystemSource.read().wall_micros).unwrap_or_default();
    let row = row(kind, &key, folder.secret(), created);
    folder.add(&row)?;
    say(&key);
    say_error(&format!("a {} key, shown this once; revoke it with: keys revoke {}", kind.word(), row.prefix));
    Ok(ExitCode::SUCCESS)
}

fn list(data: &Path) -> Result<ExitCode, Failure> {
    let folder = KeyFolder::open(data, &Random::from_system())?;
    for key in folder.list()? {
        let created = key.created.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z");
        say(&format!("{:10}  {:8}  made {created}", key.kind.word(), key.prefix));
    }
    Ok(ExitCode::SUCCESS)
}

fn revoke(key: &str, data: &Path) -> Result<ExitCode, Failure> {
    let mut folder = KeyFolder::open(data, &Random::from_system())?;
    let shown = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let known = folder.list()?;
    let bare = key.strip_prefix("hcw_").or_else(|| key.strip_prefix("hcr_")).unwrap_or(key);
    // What is listed, or the whole key, of which no more is said again.
    let is_listed = known.iter().any(|row| row.prefix == bare);
    let meant = if is_listed { bare.to_owned() } else { shown(prefix(key.as_bytes())) };
    match &folder.revoke(&meant)?[..] {
        [kind] => {
            say(&format!("the {} key {meant} is revoked", kind.word()));
            Ok(ExitCode::SUCCESS)
        }
        [] => Err(Failure::mistaken("no key begins so; keys list shows how each begins")),
        several => Err(Failure::mistaken(format!("{} keys begin with {meant}", several.len()))),
    }
}

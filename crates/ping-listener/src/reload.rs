//! Reloading: puts a changed config in force, or leaves the old one and says why.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::gap::Tolerance;
use domain::time::Span;
use faults::points::{self, Point};
use notify::{RecursiveMode, Watcher};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, mpsc};

use crate::bulletin::Bulletin;
use crate::clock::Clock;
use crate::config::{self, Config, InForce, MailMode, User};
use crate::links::{Links, SharedLinks};
use crate::store::{Declaration, DeclaredCheck, Store, Trust};
use crate::telemetry::Telemetry;

/// A file that is being written changes several times; it is read when it has been left alone for so long.
const QUIET: Span = Span::from_millis(300);

/// Tells one text of the config file from another.
pub type Fingerprint = [u8; 32];

/// Where the config comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file, looked at again when it changes.
    File(PathBuf),
    /// The sample that is built in.
    Sample,
}

impl Origin {
    /// Returns what to call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Sample => "the built-in sample config".to_owned(),
        }
    }

    /// Returns what tells one text of the file from another; `None` where there is no file to read.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Sample => None,
            Self::File(path) => digest(path).ok(),
        }
    }

    /// Reads the config, or says everything that is wrong with it.
    pub fn read(&self) -> Result<Config, String> {
        match self {
            Self::Sample => parse("config.json", config::SAMPLE.as_bytes()),
            Self::File(path) => {
                let name = path.display().to_string();
                let bytes =
                    std::fs::read(path).map_err(|error| format!("{name}: cannot be read: {error}"))?;
                parse(&name, &bytes)
            }
        }
    }
}

/// Digests a file a piece at a time.
fn digest(path: &Path) -> io::Result<Fingerprint> {
    const PIECE_BYTES: usize = 1 << 16;
    let mut file = BufReader::with_capacity(PIECE_BYTES, File::open(path)?);
    let mut sum = Sha256::new();
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(sum.finalize().into());
        }
        sum.update(piece);
        let length = piece.len();
        file.consume(length);
    }
}

fn parse(name: &str, bytes: &[u8]) -> Result<Config, String> {
    config::parse_bytes(name, bytes, &config::secret::read_file).map_err(|errors| errors.to_string())
}

/// Puts configs in force.
pub struct Reloader {
    /// Where they come from.
    pub origin: Origin,
    /// Where checks are declared.
    pub store: Store,
    /// What the rooms look at.
    pub in_force: InForce,
    /// How mails have left since the start, and in whose name, as the config said it then.
    pub mail_at_start: (Option<MailMode>, Option<String>),
    /// What mails link to.
    pub links: SharedLinks,
    /// The prefix of links when the config has none.
    pub own_url: String,
    /// Hears of a config that was refused.
    pub bulletin: Bulletin,
    /// Counts reloads.
    pub telemetry: Arc<Telemetry>,
    /// Says when.
    pub clock: Clock,
    /// One reload at a time.
    pub turn: Mutex<()>,
}

impl Reloader {
    /// Reads the config again and puts it in force, or keeps the old one and says why, on every page.
    pub async fn reload(&self) {
        let _turn = self.turn.lock().await;
        let outcome = self.try_reload().await;
        self.telemetry.note_reload(outcome.is_ok(), self.clock.wall_now());
        let reloaded_at = self.clock.wall_now();
        self.bulletin.update(|report| report.reloaded_at = Some(reloaded_at));
        match outcome {
            Ok(()) => self.bulletin.update(|report| report.config_error = None),
            Err(error) => {
                tracing::error!("the config was not reloaded, and the old one stays in force: {error}");
                self.bulletin.update(|report| report.config_error = Some(error));
            }
        }
    }

    async fn try_reload(&self) -> Result<(), String> {
        let origin = self.origin.clone();
        let config = tokio::task::spawn_blocking(move || origin.read()).await;
        let mut config = config.map_err(|_| "reading it was cut off".to_owned())??;
        points::reach(Point::ReloadRead);
        let declared = self
            .store
            .declare(take_declaration(&mut config), Trust::Reload)
            .await
            .map_err(|error| error.to_string())?
            .map_err(|refusal| refusal.to_string())?;
        points::reach(Point::ReloadDeclared);
        if self.mail_at_start != (config.mail, config.mail_from.clone()) {
            config.notices.push("mail and mail_from take effect at the next start".to_owned());
        }
        for notice in &config.notices {
            tracing::warn!("{notice}");
        }
        self.links.replace(links(&config, &self.own_url, self.store.secret()));
        self.in_force.replace(config);
        tracing::info!(
            "the config was reloaded: {} users added, {} put back, {} changed, {} archived",
            declared.added,
            declared.restored,
            declared.revised,
            declared.archived
        );
        for name in &declared.granted_time {
            tracing::info!("user {name} would be late by its new max_sleep, and is given one from now");
        }
        Ok(())
    }

    /// Reloads whenever the file changes, for as long as the process lives. `seen` is what the start found in it: what
    /// changed between that look and this one has told nobody.
    pub async fn watch(self: Arc<Self>, mut seen: Option<Fingerprint>) {
        let Origin::File(path) = self.origin.clone() else { return };
        let (sender, mut changes) = mpsc::channel(1);
        // The folder and not the file: editors and config maps put a new file in the place of the old one.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // A full channel already holds the news.
                let _ = sender.try_send(());
            }
        })
        .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher));
        let _watcher = match watcher {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::warn!("the config file cannot be watched, so reload it with SIGHUP: {error}");
                return;
            }
        };
        loop {
            let found = self.origin.fingerprint();
            if found.is_some() && found != seen {
                seen = found;
                self.reload().await;
            }
            if changes.recv().await.is_none() {
                return;
            }
            self.quiet(&mut changes).await;
        }
    }

    /// Waits until nothing has changed for a moment.
    async fn quiet(&self, changes: &mut mpsc::Receiver<()>) {
        loop {
            tokio::select! {
                () = self.clock.sleep_until(self.clock.now() + QUIET) => return,
                news = changes.recv() => if news.is_none() { return },
            }
        }
    }
}

/// Returns the links of a config; `own_url` is the prefix when it has none.
#[must_use]
pub fn links(config: &Config, own_url: &str, secret: [u8; 32]) -> Links {
    let is_url = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
    let prefix = config.public_url.as_ref().or(config.server_root.as_ref().filter(is_url));
    Links::new(prefix.map_or(own_url, String::as_str), secret)
}

/// Returns what a config states, as the store has to know it.
#[must_use]
pub fn declaration(config: &Config) -> Declaration {
    declaration_of(config, config.users.clone())
}

/// The same, with the users taken out of the config, which has no use for them any more.
#[must_use]
pub fn take_declaration(config: &mut Config) -> Declaration {
    let users = std::mem::take(&mut config.users);
    declaration_of(config, users)
}

fn declaration_of(config: &Config, users: Vec<User>) -> Declaration {
    let declared = |User { name, demand, ping_key, .. }: User| DeclaredCheck {
        name,
        demand,
        key: ping_key.map(|key| Box::new(key.bytes())),
    };
    Declaration {
        checks: users.into_iter().map(declared).collect(),
        tolerance: Tolerance::new(config.restart_tolerance),
        digest_over: config.digest_over,
        recipients: config.recipients.clone(),
    }
}

//! `send-test-mail`: sends a mail through the same outbox and the same channel as alerts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use domain::time::Span;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::{Failure, LookUp, ServeOptions, logs, say};
use crate::app::channel_of;
use crate::bulletin::Bulletin;
use crate::channels::email::Deadlines;
use crate::clock::{Clock, SystemSource};
use crate::config::mail_route::{MailRoute, mail_route};
use crate::config::{Config, InForce};
use crate::links::SharedLinks;
use crate::message::address::Address;
use crate::outbox::{Needs, Outbox};
use crate::random::Random;
use crate::reload::links;
use crate::rounds::Round;
use crate::store::error::StoreError;
use crate::store::view::{NotificationView, RowState};
use crate::store::{Bells, ChannelKind, Store};
use crate::telemetry::Telemetry;

/// How soon to look again whether a mail was answered.
const LOOK_DISTANCE: Span = Span::from_seconds(1);

/// Recipients that a test without an address goes to at most: it is to be seen, not to be a flood.
const RECIPIENTS_MAX: usize = 10;

pub(super) fn send_test_mail(
    addresses: Vec<String>,
    options: &ServeOptions,
    look_up: LookUp<'_>,
) -> Result<ExitCode, Failure> {
    logs::start(options.log_format, "off").map_err(Failure::misconfigured)?;
    // One provider of cryptography in the whole process; an earlier one would be the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(send(addresses, options, look_up))
}

async fn send(
    addresses: Vec<String>,
    options: &ServeOptions,
    look_up: LookUp<'_>,
) -> Result<ExitCode, Failure> {
    let (_, config, environment) = options.read(look_up)?;
    let recipients = if addresses.is_empty() { recipients(&config) } else { addresses };
    if recipients.is_empty() {
        return Err(Failure::misconfigured("the config names no recipient; give an address"));
    }
    for recipient in &recipients {
        Address::parse(recipient)
            .map_err(|error| Failure::misconfigured(format!("{recipient:?} is no mail address: {error}")))?;
    }
    let is_loopback = options.listen.ip().is_loopback();
    let settings = |errors: Vec<String>| Failure::misconfigured(errors.join("\n"));
    let route = mail_route(&config, &environment, is_loopback, false).map_err(settings)?;
    // A mail that goes out needs nothing of the data folder, which a running server holds; one that stays, stays there.
    let scratch = match &route {
        MailRoute::Smtp(_) => Some(Scratch::new()),
        MailRoute::Inbox { .. } => None,
    };
    let folder = scratch.as_ref().map_or_else(|| options.data(look_up), |scratch| scratch.0.clone());
    let outbox = TestOutbox::open(&folder, route, &config)?;
    if scratch.is_none() && outbox.store.has_sent_by_email().await.map_err(store_failure)? {
        mail_route(&config, &environment, is_loopback, true).map_err(settings)?;
    }
    let mut is_sent = true;
    let bulletin = outbox.bulletin.clone();
    for row in outbox.deliver(&recipients).await? {
        let is_accepted = row.state == RowState::Sent;
        is_sent &= is_accepted;
        let word = if is_accepted { "sent" } else { "not sent" };
        let answer = row.answer.or_else(|| bulletin.report().mail_trouble).unwrap_or_default();
        say(&format!("{}: {word}: {answer}", row.recipient));
    }
    Ok(if is_sent { ExitCode::SUCCESS } else { ExitCode::from(super::FAILED) })
}

/// The outbox, and nothing else of a server.
struct TestOutbox {
    store: Store,
    clock: Clock,
    bulletin: Bulletin,
    room: Outbox,
    kind: ChannelKind,
    /// Kept so that nobody is told to stop.
    _stop: watch::Sender<bool>,
}

impl TestOutbox {
    fn open(folder: &Path, route: MailRoute, config: &Config) -> Result<Self, Failure> {
        let (channel, kind) = channel_of(route, Deadlines::default()).map_err(Failure::misconfigured)?;
        let bells = Bells::default();
        let opened = Store::open(
            folder,
            Arc::new(SystemSource),
            TimeZone::system(),
            Random::from_system(),
            (Arc::new(Telemetry::new()), bells.clone()),
        )
        .map_err(|error| Failure::failed(error.to_string()))?;
        let (store, clock, bulletin) = (opened.store, opened.clock, Bulletin::default());
        let (stop, stopping) = watch::channel(false);
        let needs = Needs {
            store: store.clone(),
            clock: clock.clone(),
            bulletin: bulletin.clone(),
            config: InForce::new(config.clone()),
            links: SharedLinks::new(links(config, "http://127.0.0.1:5000", store.secret())),
            telemetry: Arc::new(Telemetry::new()),
            bell: bells.outbox,
            stop: stopping,
        };
        Ok(Self { store, clock, bulletin, room: Outbox::new(needs, channel), kind, _stop: stop })
    }

    /// Tries each mail once: who tests wants to hear what the server says now.
    async fn deliver(mut self, recipients: &[String]) -> Result<Vec<NotificationView>, Failure> {
        self.store.choose_channel(self.kind).await.map_err(store_failure)?;
        for recipient in recipients {
            self.store.queue_test(recipient.clone()).await.map_err(store_failure)?;
        }
        let mut changes = self.store.changes();
        loop {
            let now = self.clock.now();
            self.room.step(now).await.map_err(store_failure)?;
            let rows = self.store.notifications(recipients.len()).await.map_err(store_failure)?;
            if rows.iter().all(|row| row.answer.is_some()) || self.bulletin.report().mail_trouble.is_some() {
                return Ok(rows);
            }
            tokio::select! {
                seen = changes.changed() => seen.map_err(|_| Failure::failed("the outbox ended"))?,
                () = self.clock.sleep_until(now + LOOK_DISTANCE) => {}
            }
        }
    }
}

fn recipients(config: &Config) -> Vec<String> {
    let all: BTreeSet<&str> = config
        .users
        .iter()
        .flat_map(|user| user.demand.recipients.iter())
        .map(|recipient| &**recipient)
        .collect();
    all.into_iter().take(RECIPIENTS_MAX).map(str::to_owned).collect()
}

fn store_failure(error: StoreError) -> Failure {
    Failure::failed(error.to_string())
}

/// A data folder that goes with the command.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let name: u64 = u64::from_le_bytes(Random::from_system().bytes());
        Self(std::env::temp_dir().join(format!("ping-listener-test-mail-{name:016x}")))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is a few kilobytes among other temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

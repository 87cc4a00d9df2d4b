//! A store on a stage: a real folder and a real writer, with a clock that a test moves by hand.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use domain::check::Policy;
use domain::demand::Demand;
use domain::gap::Tolerance;
use domain::id::CheckId;
use domain::ping::Signal;
use domain::retry::Refusal;
use domain::schedule::Schedule;
use domain::time::{Span, Timestamp};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::attempts::{LeasedMail, Outcome};
use super::changes::Author;
use super::committer::Bells;
use super::declare::{Declaration, DeclaredCheck, Trust};
use super::error::StoreError;
use super::identity::ChannelKind;
use super::managed::Creation;
use super::managed::messages::Message;
use super::managed::settings::Edit;
use super::managed::viewing::View;
use super::open::Opened;
use super::{Receipt, Store};
use crate::clock::{LOOKS_EVERY, Reading, Source};
use crate::random::Random;
use crate::telemetry::Telemetry;

/// A machine whose clocks stand still until somebody moves them.
pub(super) struct StillSource {
    micros: AtomicI64,
    boots: AtomicI64,
}

const BOOTED_AT_MICROS: i64 = 1_800_000_000_000_000;

impl StillSource {
    pub(super) fn new() -> Self {
        Self { micros: AtomicI64::new(3_600_000_000), boots: AtomicI64::new(1) }
    }
}

impl Source for StillSource {
    fn read(&self) -> Reading {
        let boot = self.boot();
        Reading { boot, monotonic: boot, wall_micros: BOOTED_AT_MICROS + boot.as_micros() }
    }

    fn boot(&self) -> Span {
        Span::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn boot_id(&self) -> String {
        format!("boot {}", self.boots.load(Ordering::SeqCst))
    }

    fn is_synchronised(&self) -> Option<bool> {
        None
    }

    fn sleep_until(&self, _boot: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}

pub(super) struct Stage {
    folder: tempfile::TempDir,
    source: Arc<StillSource>,
    opened: Opened,
}

/// A check that may be silent for 10 s, with a reminder each minute.
pub(super) const POLICY: Policy = Policy {
    schedule: Schedule::Every(Span::from_seconds(10)),
    grace: Span::ZERO,
    is_monitored: true,
    remind_every: Span::from_seconds(60),
    refresh_on_ping: true,
    notify_recovery: false,
};

impl Stage {
    /// Opens the door of a new store that watches checks of these names, with these recipients.
    pub(super) async fn open(names: &[&str], recipients: &[&str]) -> Self {
        Self::open_for(names, recipients, POLICY).await
    }

    /// Opens it for checks of another policy.
    pub(super) async fn open_for(names: &[&str], recipients: &[&str], policy: Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Arc::new(StillSource::new());
        let opened = open(folder.path(), source.clone());
        let stage = Self { folder, source, opened };
        stage.start(names, recipients, policy).await;
        stage
    }

    /// Ends the process as a crash would, and starts it anew.
    pub(super) async fn restart(mut self, names: &[&str], recipients: &[&str]) -> Self {
        self.crash().await;
        self.start(names, recipients, POLICY).await;
        self
    }

    /// Ends the process as a crash would, and begins another, which does not listen yet.
    pub(super) async fn crash(&mut self) {
        let Opened { store, committer, .. } = &mut self.opened;
        store.close();
        let committer = std::mem::replace(committer, std::thread::spawn(|| ()));
        tokio::task::spawn_blocking(move || committer.join())
            .await
            .unwrap()
            .expect("the writer does not panic");
        self.opened = open(self.folder.path(), self.source.clone());
    }

    /// Opens the door.
    pub(super) async fn start(&self, names: &[&str], recipients: &[&str], policy: Policy) {
        self.store().choose_channel(ChannelKind::Email).await.unwrap();
        self.declare(names, recipients, policy).await;
        self.store().listen().await.unwrap();
    }

    pub(super) async fn declare(&self, names: &[&str], recipients: &[&str], policy: Policy) {
        let declaration = declaration(names, recipients, policy);
        self.store().declare(declaration, Trust::Start).await.unwrap().unwrap();
    }

    pub(super) fn store(&self) -> &Store {
        &self.opened.store
    }

    pub(super) fn now(&self) -> Timestamp {
        self.opened.clock.now()
    }

    /// Returns two instants of wall-clock time between which everything on this stage happens.
    pub(super) fn all_time(&self) -> (jiff::Timestamp, jiff::Timestamp) {
        let now = self.opened.clock.wall_now();
        (now - jiff::SignedDuration::from_hours(24), now + jiff::SignedDuration::from_hours(1))
    }

    /// Lets time pass, with the clocks looked at.
    pub(super) fn advance(&self, length: Span) {
        self.oversleep(length);
        self.opened.clock.note_look(self.now(), self.now() + LOOKS_EVERY);
    }

    /// Lets time pass that nobody has noticed.
    pub(super) fn oversleep(&self, length: Span) {
        self.source.micros.fetch_add(length.as_micros(), Ordering::SeqCst);
    }

    /// Lets the machine boot without a clock that ran meanwhile.
    pub(super) fn reboot(&self) {
        self.source.micros.store(60_000_000, Ordering::SeqCst);
        self.source.boots.fetch_add(1, Ordering::SeqCst);
    }

    /// Makes a managed check of this name and slug that may be silent for a minute and another.
    pub(super) async fn make(&self, name: &str) -> View {
        let slug = Some(name.to_owned());
        let edit = Edit { timeout: Some(60), grace: Some(60), is_told: Some(true), ..Edit::default() };
        self.make_as(Edit { name: slug.clone(), slug, ..edit }).await
    }

    pub(super) async fn make_as(&self, edit: Edit) -> View {
        match self.store().create(edit, Vec::new(), Author::Person).await.unwrap() {
            Creation::Made(view) => view,
            Creation::Updated(_) | Creation::OverLimit => panic!("it was not made"),
        }
    }

    /// Lets a managed check say something.
    pub(super) async fn signal(&self, check: CheckId, signal: Signal) -> Result<Receipt, StoreError> {
        self.signal_of_run(check, signal, None).await
    }

    pub(super) async fn signal_of_run(
        &self,
        check: CheckId,
        signal: Signal,
        rid: Option<Uuid>,
    ) -> Result<Receipt, StoreError> {
        let message = Message {
            rid,
            method: "GET".into(),
            body: Bytes::from_static(b"words"),
            ..Message::bare(signal, "stage")
        };
        self.store().signal(check, message).await
    }

    /// Looks at a managed check.
    pub(super) async fn seen(&self, check: CheckId) -> View {
        self.store().managed(check).await.unwrap().unwrap()
    }

    pub(super) async fn ping(&self, name: &str) -> Receipt {
        let check = self.store().find(name).unwrap().id;
        self.store().ping(check).await.unwrap()
    }

    /// Lets a check be silent for so long that a pass decides the next alert.
    pub(super) async fn silence(&self, length: Span) {
        self.advance(length);
        self.store().pass().await.unwrap();
    }

    pub(super) async fn lease(&self) -> Option<LeasedMail> {
        self.store().lease(1).await.unwrap().pop()
    }

    pub(super) async fn accept(&self, mail: &LeasedMail) {
        assert!(self.store().settle(mail.token, Outcome::Accepted("250 ok".to_owned())).await.unwrap());
    }

    pub(super) async fn refuse(&self, mail: &LeasedMail, refusal: Refusal) {
        let outcome = Outcome::Refused(refusal, "no".to_owned());
        assert!(self.store().settle(mail.token, outcome).await.unwrap());
    }

    /// Returns the kinds and states of all rows of the outbox, oldest first.
    pub(super) async fn rows(&self) -> Vec<(&'static str, &'static str)> {
        let mut rows = self.store().notifications(10_000).await.unwrap();
        rows.reverse();
        rows.into_iter().map(|row| (row.kind.word(), row.state.word())).collect()
    }
}

/// Declares checks of these names that are all alike.
pub(super) fn declaration(names: &[&str], recipients: &[&str], policy: Policy) -> Declaration {
    let recipients: Arc<[Box<str>]> = recipients.iter().map(|recipient| (*recipient).into()).collect();
    let demand = Arc::new(Demand { policy, max_sleep: "10".into(), recipients: recipients.clone() });
    let checks =
        names.iter().map(|name| DeclaredCheck { name: (*name).into(), demand: demand.clone(), key: None });
    Declaration { checks: checks.collect(), tolerance: Tolerance::DEFAULT, digest_over: 20, recipients }
}

fn open(folder: &Path, source: Arc<StillSource>) -> Opened {
    let meters = (Arc::new(Telemetry::new()), Bells::default());
    Store::open(folder, source, TimeZone::UTC, Random::from_seed(7), meters).unwrap()
}

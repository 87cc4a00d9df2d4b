//! The store suite: what any backend has to keep, told in the store's own words and run on SQLite.
//!
//! Nothing here knows how the store keeps anything: a second backend is opened by a second [`Backend`].

use std::path::Path;
use std::sync::Arc;

use domain::check::Policy;
use domain::demand::Demand;
use domain::gap::Tolerance;
use domain::retry::Refusal;
use domain::schedule::Schedule;
use domain::time::Span;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ping_listener::clock::{Clock, LOOKS_EVERY};
use ping_listener::random::Random;
use ping_listener::store::facts::Facts;
use ping_listener::store::{
    Bells, ChannelKind, Declaration, DeclaredCheck, LeasedMail, Opened, Outcome, Store, Trust,
};
use ping_listener::telemetry::Telemetry;
use tempfile::TempDir;

use rig::clock::ManualSource;

/// Opens one kind of store on what an earlier one left.
type Backend = fn(&Path, Arc<ManualSource>) -> Opened;

/// Every kind of store there is.
const BACKENDS: [Backend; 1] = [sqlite];

fn sqlite(folder: &Path, source: Arc<ManualSource>) -> Opened {
    let meters = (Arc::new(Telemetry::new()), Bells::default());
    Store::open(folder, source, TimeZone::UTC, Random::from_seed(1), meters).unwrap()
}

/// A store that can be closed and opened again.
struct Kept {
    backend: Backend,
    folder: TempDir,
    source: Arc<ManualSource>,
    store: Store,
    clock: Clock,
}

impl Kept {
    async fn new(backend: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        let begin: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        let source = Arc::new(ManualSource::new(begin));
        let opened = backend(folder.path(), source.clone());
        let kept = Self { backend, folder, source, store: opened.store, clock: opened.clock };
        kept.begin().await;
        kept
    }

    async fn begin(&self) {
        self.store.choose_channel(ChannelKind::Email).await.unwrap();
        self.store.declare(declaration(), Trust::Start).await.unwrap().unwrap();
        self.store.listen().await.unwrap();
        self.clock.note_look(self.clock.now(), self.clock.now() + LOOKS_EVERY);
    }

    /// Closes the store without a word, and opens it again.
    async fn reopen(mut self) -> Self {
        self.store.close();
        let opened = loop {
            // The writer ends when it has written what was queued; the folder is free then.
            let folder = self.folder.path().to_owned();
            let (backend, source) = (self.backend, self.source.clone());
            let runtime = tokio::runtime::Handle::current();
            let opened = tokio::task::spawn_blocking(move || {
                let _entered = runtime.enter();
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| backend(&folder, source))).ok()
            });
            if let Some(opened) = opened.await.unwrap() {
                break opened;
            }
        };
        (self.store, self.clock) = (opened.store, opened.clock);
        self.begin().await;
        self
    }

    async fn ping(&self, name: &str) -> Timestamp {
        self.store.ping(self.store.find(name).unwrap().id).await.unwrap().wall
    }

    /// Lets time pass, and everybody who is overdue be told.
    async fn pass_after(&self, seconds: i64) -> usize {
        self.source.advance(Span::from_seconds(seconds));
        self.clock.note_look(self.clock.now(), self.clock.now() + LOOKS_EVERY);
        self.store.pass().await.unwrap().decided
    }

    async fn lease_one(&self) -> Option<LeasedMail> {
        self.store.lease(1).await.unwrap().pop()
    }

    async fn day(&self, name: &str) -> Vec<Timestamp> {
        let from: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let until: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        self.store.day(self.store.find(name).unwrap().id, from, until).await.unwrap().pings
    }
}

fn declaration() -> Declaration {
    let recipients: Arc<[Box<str>]> = Arc::new(["a@example.org".into(), "b@example.org".into()]);
    let policy = |max_sleep| Policy {
        schedule: Schedule::Every(Span::from_seconds(max_sleep)),
        grace: Span::ZERO,
        is_monitored: true,
        remind_every: Span::from_hours(1),
        refresh_on_ping: true,
        notify_recovery: false,
    };
    let check = |name: &str, max_sleep: i64| DeclaredCheck {
        name: name.into(),
        demand: Arc::new(Demand {
            policy: policy(max_sleep),
            max_sleep: max_sleep.to_string().into(),
            recipients: recipients.clone(),
        }),
        key: None,
    };
    let checks = vec![check("pump", 60), check("backup", 86_400)];
    Declaration { checks, tolerance: Tolerance::DEFAULT, digest_over: 20, recipients: Arc::new([]) }
}

fn silent(mail: &LeasedMail) -> &str {
    match &mail.facts[..] {
        [Facts::Alert(facts)] => &facts.check,
        other => panic!("one alert was expected, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_ping_is_there_after_any_end() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        let pinged = [kept.ping("pump").await, kept.ping("pump").await];
        assert_eq!(kept.day("pump").await, pinged);
        let kept = kept.reopen().await;
        assert_eq!(kept.day("pump").await, pinged);
        let view = kept.store.check(kept.store.find("pump").unwrap().id).await.unwrap();
        assert_eq!(view.last_ping, Some(pinged[1]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sorting_neither_loses_nor_doubles_a_ping() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        let mut pinged = Vec::new();
        for _ in 0..5 {
            pinged.push(kept.ping("backup").await);
            kept.source.advance(Span::from_minutes(40));
        }
        assert_eq!(kept.store.sort().await.unwrap(), 5);
        pinged.push(kept.ping("backup").await);
        assert_eq!(kept.day("backup").await, pinged);
        assert_eq!(kept.store.sort().await.unwrap(), 1);
        let kept = kept.reopen().await;
        assert_eq!(kept.day("backup").await, pinged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_one_mail_a_recipient_and_survives_an_end() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        kept.ping("pump").await;
        assert_eq!(kept.pass_after(60).await, 0, "not late at the deadline");
        assert_eq!(kept.pass_after(1).await, 1);
        assert_eq!(kept.pass_after(1).await, 0, "and only once");
        let kept = kept.reopen().await;
        let first = kept.lease_one().await.unwrap();
        assert_eq!(silent(&first), "pump");
        assert!(kept.store.settle(first.token, Outcome::Accepted("250 ok".into())).await.unwrap());
        let second = kept.lease_one().await.unwrap();
        assert_ne!(first.recipient, second.recipient);
        assert_ne!(first.message_key, second.message_key);
        assert!(kept.lease_one().await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_the_only_right_to_settle_and_ends_with_the_process() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        kept.pass_after(61).await;
        let lost = kept.lease_one().await.unwrap();
        let kept = kept.reopen().await;
        assert!(!kept.store.settle(lost.token, Outcome::Accepted("250 ok".into())).await.unwrap());
        let keys: Vec<_> =
            kept.store.lease(9).await.unwrap().into_iter().map(|mail| mail.message_key).collect();
        assert_eq!(keys.len(), 2);
        assert!(keys.contains(&lost.message_key), "the same mail, under the same Message-ID");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_comes_back_and_what_was_refused_is_shown() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        kept.pass_after(61).await;
        for mail in kept.store.lease(9).await.unwrap() {
            let refusal = if mail.recipient.starts_with('a') { Refusal::Soft } else { Refusal::Unsendable };
            kept.store.settle(mail.token, Outcome::Refused(refusal, "no".into())).await.unwrap();
        }
        let outbox = kept.store.outbox().await.unwrap();
        // The other recipient hears of the one who cannot be reached.
        assert_eq!((outbox.queued, outbox.given_up), (2, 1));
        kept.source.advance(Span::from_minutes(2));
        let recipients: Vec<_> =
            kept.store.lease(9).await.unwrap().into_iter().map(|mail| mail.recipient).collect();
        assert!(!recipients.is_empty());
        assert!(recipients.iter().all(|recipient| recipient == "a@example.org"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_taken_out_is_unknown_and_put_back_has_its_history() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        let pinged = kept.ping("pump").await;
        let mut without = declaration();
        without.checks.remove(0);
        kept.store.declare(without, Trust::Reload).await.unwrap().unwrap();
        assert!(kept.store.find("pump").is_none());
        assert_eq!(kept.pass_after(61).await, 0);
        let declared = kept.store.declare(declaration(), Trust::Reload).await.unwrap().unwrap();
        assert_eq!(declared.restored, 1);
        assert_eq!(kept.day("pump").await, [pinged]);
        assert_eq!(kept.pass_after(59).await, 0, "it is watched anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_is_kept_is_forgotten_and_nothing_else() {
    for backend in BACKENDS {
        let kept = Kept::new(backend).await;
        kept.ping("backup").await;
        kept.source.advance(Span::from_hours(5));
        let late = kept.ping("backup").await;
        kept.store.sort().await.unwrap();
        kept.store.forget("2026-11-21T12:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!(kept.day("backup").await, [late]);
    }
}

//! One life of the server: the real store and the real rooms, run by hand, with a false mail server behind the outbox.

mod outbox;

use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::time::{Span, Timestamp};
use jiff::tz::TimeZone;
use ping_listener::bulletin::Bulletin;
use ping_listener::clock::Clock;
use ping_listener::config::{Config, InForce};
use ping_listener::random::Random;
use ping_listener::reload::declaration;
use ping_listener::rounds::{Beats, Bell, Round, Rounds, Wake};
use ping_listener::store::changes::Author;
use ping_listener::store::error::{OpenError, StoreError};
use ping_listener::store::{Bells, ByHand, ChannelKind, Committer, Store, Trust};
use ping_listener::sweeper::Sweeper;
use ping_listener::telemetry::Telemetry;
use ping_listener::timekeeper::{Pace, Timekeeper};
use ping_listener::watchdog::Watchdog;
use tokio::sync::watch;

use self::outbox::{FalseOutbox, Shared};
use crate::config_file::name;
use crate::executor::{Executor, TaskId};
use crate::history::{Answer, Check, Clocks};
use crate::machine::Machine;
use crate::managed::asking::{Heard, Seen};
use crate::post::Post;

/// How long a stop waits for mails that are being handed over.
const STOP_PATIENCE: Span = Span::from_seconds(30);

/// What the tasks of a process tell the world.
#[derive(Debug)]
pub(crate) enum Note {
    /// A ping was answered, or turned away.
    Pinged { client: usize, outcome: Option<(Timestamp, jiff::Timestamp)> },
    /// The clocks were looked at.
    Looked { at: Timestamp, clocks: Clocks },
    /// A pass was made that decided something, or could have.
    Passed { began: Timestamp, decided: usize },
    /// A mail is being sent.
    Leased { at: Timestamp, token: i64, message_key: String },
    /// What came of a mail is written down, if its lease still held.
    Settled { at: Timestamp, token: i64, answer: Answer, is_held: bool },
    /// The config of the start is declared, or could not be.
    Declared { at: Timestamp, is_well: bool },
    /// A changed config is in force, or was refused.
    Reloaded { at: Timestamp, is_well: bool },
    /// Pings are taken, or the process gives up.
    Listening { at: Timestamp, is_well: bool },
    /// The history was asked for an answered ping.
    ReadBack { check: Check, wall: jiff::Timestamp, is_found: bool },
    /// What was asked about a snooze of a check was done, or not.
    Snoozed { at: Timestamp, check: Check, is_well: bool },
    /// What a job had asked was done, or not.
    JobHeard(Heard),
    /// Somebody looked at a job's check.
    JobSeen(Box<Seen>),
    /// All is written; the process may go.
    Stopped,
}

/// Where the notes are left. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub(crate) fn leave(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Takes all of them, oldest first.
    #[must_use]
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a process starts with.
pub(crate) struct Birth<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) machine: Arc<Machine>,
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) channel: ChannelKind,
    pub(crate) pace: Pace,
    pub(crate) post: Post,
    pub(crate) notes: Notes,
}

/// The process.
pub(crate) struct Process {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) beats: Beats,
    /// Pings reach the store.
    pub(crate) is_open: bool,
    /// The time in which nobody listened has ended.
    pub(crate) is_listening: bool,
    pub(crate) tasks: Executor,
    /// Tasks that tasks have started.
    started: Started,
    machine: Arc<Machine>,
    pub(crate) notes: Notes,
    config: InForce,
    stop: watch::Sender<bool>,
    sending: Arc<AtomicUsize>,
    bulletin: Bulletin,
    rooms: Option<Rooms>,
}

type Started = Arc<Mutex<Vec<Pin<Box<dyn Future<Output = ()> + Send>>>>>;

struct Rooms {
    timekeeper: Timekeeper,
    watchdog: Watchdog,
    outbox: FalseOutbox,
    sweeper: Sweeper,
    bells: Bells,
}

impl Process {
    /// Opens the store and begins to declare the config.
    #[expect(clippy::too_many_lines, reason = "it only puts the parts of a server together")]
    pub(crate) fn start(birth: Birth<'_>) -> Result<(Self, Committer), OpenError> {
        let Birth { folder, machine, seed, config, channel, pace, post, notes } = birth;
        let (telemetry, bells) = (Arc::new(Telemetry::new()), Bells::default());
        let opened = Store::open_by_hand(
            folder,
            machine.clone(),
            TimeZone::UTC,
            Random::from_seed(seed),
            (telemetry.clone(), bells.clone()),
        )?;
        let ByHand { store, clock, start, untrusted, committer } = opened;
        let declared = declaration(&config);
        let config = InForce::new(config);
        let (stop, stopping) = watch::channel(false);
        let bulletin = Bulletin::default();
        let awake = vec![bells.watchdog.clone(), bells.outbox.clone()];
        let mut timekeeper = Timekeeper::new(
            store.clone(),
            clock.clone(),
            telemetry.clone(),
            bulletin.clone(),
            (start, untrusted, awake),
        );
        timekeeper.pace = pace;
        let passes = notes.clone();
        let watchdog = Watchdog {
            store: store.clone(),
            clock: clock.clone(),
            telemetry,
            bulletin: bulletin.clone(),
            config: config.clone(),
            passes_at_least_every: None,
            on_pass: Box::new(move |pass| {
                if let Some(pass) = pass.filter(|pass| !pass.is_put_off) {
                    passes.leave(Note::Passed { began: pass.began, decided: pass.decided });
                }
            }),
        };
        let (started, sending) = (Started::default(), Arc::new(AtomicUsize::new(0)));
        let shared = Shared {
            store: store.clone(),
            clock: clock.clone(),
            post,
            notes: notes.clone(),
            breaker: Mutex::default(),
            bell: bells.outbox.clone(),
            stop: stopping,
            sending: sending.clone(),
            config: config.clone(),
            channel,
        };
        let outbox = FalseOutbox::new(shared, started.clone());
        let sweeper = Sweeper {
            store: store.clone(),
            clock: clock.clone(),
            bulletin: bulletin.clone(),
            config: config.clone(),
            sorted_at: clock.now(),
            forgot_at: None,
        };
        let mut tasks = Executor::default();
        tasks.spawn(declare(store.clone(), clock.clone(), notes.clone(), (channel, declared)));
        let process = Self {
            store,
            clock,
            beats: Beats::default(),
            is_open: false,
            is_listening: false,
            tasks,
            started,
            machine,
            notes,
            config,
            stop,
            sending,
            bulletin,
            rooms: Some(Rooms { timekeeper, watchdog, outbox, sweeper, bells }),
        };
        Ok((process, committer))
    }

    /// Lets the next task that can go on do so; returns false if all wait.
    pub(crate) fn run_one(&mut self) -> bool {
        let ran = self.tasks.run_one();
        let started = std::mem::take(&mut *self.started.lock().unwrap_or_else(PoisonError::into_inner));
        let is_new = !started.is_empty();
        for task in started {
            self.tasks.spawn(task);
        }
        ran || is_new
    }

    /// Starts the rounds and opens the door.
    pub(crate) fn open(&mut self) {
        let Some(rooms) = self.rooms.take() else { return };
        let rounds =
            Rounds { clock: self.clock.clone(), beats: self.beats.clone(), stop: self.stop.subscribe() };
        let timekeeper = Watched {
            round: rooms.timekeeper,
            machine: self.machine.clone(),
            notes: self.notes.clone(),
            clock: self.clock.clone(),
        };
        self.tasks.spawn(rounds.turn(timekeeper, Bell::default()));
        self.tasks.spawn(rounds.turn(rooms.watchdog, rooms.bells.watchdog));
        self.tasks.spawn(rounds.turn(rooms.outbox, rooms.bells.outbox));
        self.tasks.spawn(rounds.turn(rooms.sweeper, Bell::default()));
        self.is_open = true;
        let (store, clock, notes) = (self.store.clone(), self.clock.clone(), self.notes.clone());
        self.tasks.spawn(async move {
            let is_well = store.listen().await.is_ok();
            notes.leave(Note::Listening { at: clock.now(), is_well });
        });
    }

    /// Tells whether the config of the start is not in force yet.
    #[must_use]
    pub(crate) fn is_declaring(&self) -> bool {
        self.rooms.is_some()
    }

    /// Takes a ping of a name; returns its stamp, or `None` if nobody has that name.
    pub(crate) fn ping(&mut self, client: usize, name: &str) -> Option<Timestamp> {
        let check = self.store.find(name)?.id;
        let at = self.clock.now();
        let ping = self.store.ping(check);
        let notes = self.notes.clone();
        self.tasks.spawn(async move {
            let outcome = ping.await.ok().map(|receipt| (receipt.at, receipt.wall));
            notes.leave(Note::Pinged { client, outcome });
        });
        Some(at)
    }

    /// Puts a changed config in force.
    pub(crate) fn reload(&mut self, config: Config) {
        let (store, clock, notes) = (self.store.clone(), self.clock.clone(), self.notes.clone());
        let in_force = self.config.clone();
        self.tasks.spawn(async move {
            let at = clock.now();
            let declared = store.declare(declaration(&config), Trust::Reload).await;
            let is_well = matches!(declared, Ok(Ok(_)));
            if is_well {
                in_force.replace(config);
            }
            notes.leave(Note::Reloaded { at, is_well });
        });
    }

    /// Snoozes a check for so long, or ends its snooze; returns false if nobody has its name.
    pub(crate) fn snooze(&mut self, check: Check, length: Option<Span>) -> bool {
        let Some(id) = self.store.find(&name(check)).map(|entry| entry.id) else { return false };
        let (store, clock, notes) = (self.store.clone(), self.clock.clone(), self.notes.clone());
        self.tasks.spawn(async move {
            let at = clock.now();
            let is_well = match length {
                Some(length) => matches!(store.snooze(id, length, Author::Person).await, Ok(Some(_))),
                None => matches!(store.end_snooze(id, Author::Person).await, Ok(true)),
            };
            notes.leave(Note::Snoozed { at, check, is_well });
        });
        true
    }

    /// Tells whether nobody is alerted because the clock cannot be believed.
    #[must_use]
    pub(crate) fn is_untrusted(&self) -> bool {
        self.bulletin.report().is_clock_untrusted
    }

    /// Looks answered pings up in the history.
    pub(crate) fn read_back(&mut self, shown: Vec<(Check, jiff::Timestamp)>) {
        let (store, notes) = (self.store.clone(), self.notes.clone());
        self.tasks.spawn(async move {
            // The answer told the time that is in the log, to the microsecond.
            let instant = jiff::SignedDuration::from_micros(1);
            for (check, wall) in shown {
                let Some(id) = store.find(&name(check)).map(|entry| entry.id) else { continue };
                let Ok(day) = store.day(id, wall, wall + instant).await else { continue };
                let is_found = day.pings.contains(&wall);
                notes.leave(Note::ReadBack { check, wall, is_found });
            }
        });
    }

    /// Begins to stop in order: no more pings, then the mails in hand, then the last sign of life.
    pub(crate) fn begin_stop(&mut self) -> TaskId {
        self.is_open = false;
        // The rounds hear it; when none runs yet, nobody has to.
        let _ = self.stop.send(true);
        let (store, clock, notes) = (self.store.clone(), self.clock.clone(), self.notes.clone());
        let (sending, bulletin) = (self.sending.clone(), self.bulletin.clone());
        self.tasks.spawn(async move {
            let limit = clock.now() + STOP_PATIENCE;
            while 0 < sending.load(Ordering::Relaxed) && clock.now() < limit {
                clock.sleep_until(clock.now() + Span::from_millis(50)).await;
            }
            // A stop without a last sign of life is one that was hurried.
            let _ = store.stamp(bulletin.report().untrusted_for).await;
            notes.leave(Note::Stopped);
        })
    }
}

async fn declare(
    store: Store,
    clock: Clock,
    notes: Notes,
    (channel, declared): (ChannelKind, ping_listener::store::Declaration),
) {
    if store.choose_channel(channel).await.is_err() {
        notes.leave(Note::Declared { at: clock.now(), is_well: false });
        return;
    }
    let at = clock.now();
    let outcome = store.declare(declared, Trust::Start).await;
    notes.leave(Note::Declared { at, is_well: matches!(outcome, Ok(Ok(_))) });
}

/// The timekeeper, with somebody who notes what it saw.
struct Watched {
    round: Timekeeper,
    machine: Arc<Machine>,
    notes: Notes,
    clock: Clock,
}

impl Round for Watched {
    const NAME: &'static str = Timekeeper::NAME;

    async fn step(&mut self, now: Timestamp) -> Result<Wake, StoreError> {
        let (at, clocks) = (self.clock.now(), self.machine.clocks());
        let wake = self.round.step(now).await;
        self.notes.leave(Note::Looked { at, clocks });
        wake
    }
}

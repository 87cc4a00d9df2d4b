//! One data folder, whose program dies again and again, and at last may live and tell.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use ping_listener::channels::email::Security;
use rig::caller::ask;
use rig::server::{PATIENCE, Place, Server, Signal, assert_sound, now, wait_until};
use rig::smtp::{Act, At, Behaviour, MailServer};

use crate::clients::{Clients, Temper};
use crate::crew::Crew;
use crate::dice::Dice;
use crate::disk::SmallDisk;
use crate::fate::Fate;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::program::points;
use crate::tally::Tally;
use crate::world;

/// A start may take so long, with a log to read again.
const START_MAX: Duration = Duration::from_secs(3);

/// A program that has not come to its point by then is killed where it is.
const ROUND_MAX: Duration = Duration::from_millis(1_200);

/// Distance of two pings of one client.
const PING_DISTANCE: Duration = Duration::from_millis(4);

/// Distance of two pings of one user who will quit.
const QUITTER_DISTANCE: Duration = Duration::from_millis(50);

/// Distance of two edits of the config.
const EDIT_DISTANCE: Duration = Duration::from_millis(150);

/// How soon to look again whether the program has died.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Calm after a gap, and what signs of life may be late: added to twice the `max_sleep` it is the longest time that
/// was listened to before a silent user is reported.
const REPORTED_AFTER: Duration = Duration::from_secs(14);

/// Lives in one folder for so many deaths, and returns what came of it; panics when a promise was broken.
pub fn live(seed: u64, rounds: usize) -> Tally {
    Life::new(seed).live(seed, rounds)
}

/// Does the same on a disk whose power is cut at each death; returns `None` where no disk can be mounted.
pub fn live_without_power(seed: u64, rounds: usize) -> Option<Tally> {
    let mut life = Life::new(seed);
    life.disk = Some(SmallDisk::mount(life.place.path("disk"), life.place.data())?);
    Some(life.live(seed, rounds))
}

/// Says which seed to try again when a promise was broken.
struct Name(u64);

impl Drop for Name {
    #[expect(clippy::print_stderr, reason = "whoever looks for the fault needs the seed")]
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("a promise was broken in the life with seed {}", self.0);
        }
    }
}

/// How a process ended.
#[derive(Clone, Copy)]
enum End {
    /// By itself, before it listened.
    InStart(ExitStatus),
    /// By itself, later.
    AtWork(ExitStatus),
    /// By us.
    Struck,
}

struct Life {
    place: Place,
    mail: MailServer,
    journal: Journal,
    /// Whom the managed checks belong to; nobody while it is at work.
    crew: Option<Crew>,
    ledger: Ledger,
    dice: Dice,
    tally: Tally,
    /// How long the program has listened in all rounds.
    listened: Duration,
    /// When users were first seen to be silent, in time listened by what the program knows itself.
    silent_since: BTreeMap<String, Duration>,
    edition: u64,
    is_aged: bool,
    /// The disk of the data folder, where its power is to be cut.
    disk: Option<SmallDisk>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mail = MailServer::start(Security::Tls);
        let place = world::place(&mail);
        let journal = Journal::create(&place.path("journal"));
        Self {
            place,
            mail,
            journal,
            crew: Some(Crew::new(seed, Temper::Strict)),
            ledger: Ledger::default(),
            dice: Dice::new(seed),
            tally: Tally::default(),
            listened: Duration::ZERO,
            silent_since: BTreeMap::new(),
            edition: 0,
            is_aged: false,
            disk: None,
        }
    }

    fn live(mut self, seed: u64, rounds: usize) -> Tally {
        let _name = Name(seed);
        let points = points();
        self.tally.points = points.iter().map(|point| (point.clone(), 0)).collect();
        for round in 0..rounds {
            self.die_once(round, &points);
        }
        self.live_and_tell()
    }

    /// Starts the program, lets it work, and sees it die.
    fn die_once(&mut self, round: usize, points: &[String]) {
        let fate = Fate::draw(&mut self.dice, points, self.listened == Duration::ZERO);
        let haste = *self.dice.pick(&["100", "500", "2000"]);
        let mut place = self.place.clone().with("PING_LISTENER_PACE", haste);
        if let Fate::Point { name, count } = &fate {
            place = place.with("PING_LISTENER_FAULT", format!("{name}:{count}"));
        }
        let pause = Duration::from_millis(self.dice.below(40));
        self.mail
            .behave(Behaviour::at(At::Dot, Act::Trickle(pause)).and_at(At::Sender, Act::Trickle(pause / 4)));
        let began = now();
        match place.try_start() {
            Err((status, said)) => self.note_death(&fate, End::InStart(status), &said),
            Ok(mut server) => {
                let end = self.work(&mut server, &fate, round, began);
                self.note_death(&fate, end, &server.log());
            }
        }
        self.tally.rounds += 1;
        self.look_at_what_is_left(round);
    }

    /// Lets everybody do what they do until the program dies; returns how it ended.
    fn work(&mut self, server: &mut Server, fate: &Fate, round: usize, began: Instant) -> End {
        let address = server.address();
        let listening_since = now();
        if ask(address, "GET", "/health/live", "", "").is_ok_and(|answer| answer.status == 200) {
            self.note_start(began);
        }
        // One that dies while it tells is asked again in the next round.
        let _ = self.journal.compare(address);
        let clients = self.clients(server, Some(round));
        let crew = self.crew.take().expect("it is at rest").start(address);
        let deadline = now()
            + match fate {
                Fate::Point { .. } => ROUND_MAX,
                Fate::Moment(moment) => *moment,
            };
        let mut edit_at = now();
        let end = loop {
            if let Some(status) = server.ended() {
                break End::AtWork(status);
            }
            if deadline <= now() {
                // Before its disk: what it says after a power cut, nobody would have heard.
                server.signal(Signal::KILL);
                server.wait();
                break End::Struck;
            }
            if edit_at <= now() {
                self.edit(server);
                edit_at = now() + EDIT_DISTANCE;
            }
            thread::park_timeout(LOOK_AGAIN);
        };
        self.listened += now() - listening_since;
        clients.join();
        self.crew = Some(crew.join());
        end
    }

    fn clients(&self, server: &Server, round: Option<usize>) -> Clients {
        let quitters = world::quitters().filter(|(_, rounds)| round.is_some_and(|round| round < *rounds));
        let users = world::clients()
            .map(|user| (user, PING_DISTANCE))
            .chain(quitters.map(|(user, _)| (user, QUITTER_DISTANCE)));
        Clients::start(server.address(), users, &self.journal, Temper::Strict)
    }

    fn edit(&mut self, server: &Server) {
        self.edition += 1;
        self.place.write_config(&world::config(self.edition));
        server.signal(Signal::HUP);
    }

    fn note_start(&mut self, began: Instant) {
        let took = now() - began;
        assert!(took < START_MAX, "a start took {took:?}");
        self.tally.starts.push(took);
    }

    fn note_death(&mut self, fate: &Fate, end: End, said: &str) {
        match (fate, end) {
            (Fate::Moment(_), End::Struck) => self.tally.at_any_moment += 1,
            (Fate::Point { .. }, End::Struck) => self.tally.out_of_time += 1,
            (Fate::Point { name, .. }, End::AtWork(status) | End::InStart(status))
                if status.signal() == Some(Signal::KILL.as_raw()) =>
            {
                self.tally.in_recovery += usize::from(matches!(end, End::InStart(_)));
                *self.tally.points.get_mut(name).unwrap() += 1;
            }
            (_, End::AtWork(status) | End::InStart(status)) => {
                panic!("{fate:?}: it ended by itself with {status}:\n{said}")
            }
        }
    }

    /// Compares what is left behind with what was promised.
    fn look_at_what_is_left(&mut self, round: usize) {
        if let Some(disk) = &self.disk {
            disk.cut();
            disk.power_up();
        }
        self.wait_for_mail_server();
        self.ledger.enter(&self.mail.mails());
        self.ledger.look(&self.place.database(), &self.place.path("copy.db"));
        self.look_for_alerts(round);
        if !self.is_aged && self.listened != Duration::ZERO {
            world::age(&self.place.database());
            self.is_aged = true;
        }
    }

    /// Whoever was silent for long enough, by the program's own clock and its own gaps, has to have an alert.
    fn look_for_alerts(&mut self, round: usize) {
        let Some(listened) = self.ledger.listened else { return };
        let quitters = world::quitters().filter(|(_, rounds)| *rounds <= round + 1).map(|(user, _)| user);
        for user in world::silent().chain(quitters) {
            let since = *self.silent_since.entry(user.clone()).or_insert(listened);
            let sleeps = world::SILENT_SLEEPS.max(world::QUITTER_SLEEPS);
            let is_due = 2 * sleeps + REPORTED_AFTER < listened.saturating_sub(since);
            assert!(!is_due || self.ledger.is_reported(&user), "{user} fell silent, and nobody is told");
        }
    }

    /// Waits until the mail server has heard the last words of a process that died.
    fn wait_for_mail_server(&self) {
        let mut seen = self.mail.mails().len();
        let mut quiet = 0;
        while quiet < 3 {
            thread::park_timeout(LOOK_AGAIN);
            let count = self.mail.mails().len();
            quiet = if count == seen { quiet + 1 } else { 0 };
            seen = count;
        }
    }

    /// Lets the program live until it has told of everybody who is silent, and stops it in good order.
    fn live_and_tell(mut self) -> Tally {
        self.mail.behave(Behaviour::default());
        let began = now();
        let server = self.place.clone().with("PING_LISTENER_PACE", "500").start();
        assert_eq!(server.get("/health/live").status, 200);
        self.note_start(began);
        self.journal.compare(server.address()).unwrap();
        let clients = self.clients(&server, None);
        let crew = self.crew.take().expect("it is at rest").start(server.address());
        let silent = world::silent().count() + world::quitters().count();
        wait_until(PATIENCE, "mail about each silent user", || {
            self.ledger.enter(&self.mail.mails());
            self.ledger.mails() == silent
        });
        wait_until(PATIENCE, "end of old history", || world::old_rows(&self.place.database()) == 0);
        clients.stop();
        let mut crew = crew.stop();
        wait_until(PATIENCE, "mail about each managed check that is down", || {
            world::untold(&self.place.database()).is_empty()
        });
        self.journal.compare(server.address()).unwrap();
        crew.look(server.address());
        server.stop();
        self.ledger.enter(&self.mail.mails());
        self.ledger.look(&self.place.database(), &self.place.path("copy.db"));
        assert_sound(&self.place.database());
        self.tally.acknowledged = self.journal.count();
        self.tally.mails = self.ledger.entered;
        self.tally.twice = self.ledger.twice;
        self.tally.silent = silent;
        self.tally.jobs = crew.tally();
        self.tally
    }
}

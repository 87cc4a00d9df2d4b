//! The world of a run: the machine, the process on it, the clients, the mail server, the weather, and who watches.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::time::Timestamp;
use ping_listener::clock::wall_time;
use ping_listener::store::error::OpenError;
use ping_listener::store::{ChannelKind, Committer};

use crate::clients::Client;
use crate::config_file::ConfigFile;
use crate::dice::Dice;
use crate::history::{Check, Happening};
use crate::limits::Spent;
use crate::machine::Machine;
use crate::managed::crew::Crew;
use crate::oracle::violation::Violation;
use crate::oracle::witness::Oracle;
use crate::post::Post;
use crate::process::{Birth, Notes, Process};
use crate::reporter::Reporter;
use crate::seed::Seed;
use crate::snoozing::Snoozing;
use crate::trace::Trace;
use crate::weather::{HOUR, MINUTE, SECOND, Weather};
use crate::witness::Witness;

/// For how long answered pings are surely in the history: somewhat less than it is kept.
const KEPT: i64 = 399 * 24 * HOUR;

/// How long after the faults have stopped every room has to turn: a start, a minute, and a look at the clocks; beside
/// the distance of the passes, as "passes run every `base_frequency` seconds", whatever happened between two of them.
const LONG: i64 = 5 * MINUTE;

/// Makes the dice of jobs others than those of the rest of a world.
const JOBS: u64 = 0x6a6f_6273;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Ping(usize),
    Job(usize),
    Start,
    Kill,
    Restart,
    Suspend,
    Stall,
    StepWall,
    FillDisk,
    FreeDisk,
    Edit,
    LoseMail,
    FindMail,
    Synchronise,
    Snooze,
    SnoozeMail(Check),
    EndSnoozes,
    StopFaults,
}

/// How the present process ends, once what runs now has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By force.
    Killed,
    /// In order.
    Stopped,
}

/// A run, but for its committer.
pub(crate) struct World {
    pub(crate) weather: Weather,
    pub(crate) dice: Dice,
    pub(crate) machine: Arc<Machine>,
    pub(crate) reporter: Reporter,
    pub(crate) ending: Option<Ending>,
    pub(crate) process: Option<Process>,
    /// The committer of a process that has just begun, for whoever steps it.
    pub(crate) born: Option<Committer>,
    pub(crate) clients: Vec<Client>,
    pub(crate) crew: Crew,
    pub(crate) snoozing: Snoozing,
    /// Pings without an answer by their clients, with their stamps and when they were sent by the true time.
    pub(crate) waiting: BTreeMap<usize, (Timestamp, i64)>,
    pub(crate) post: Post,
    pub(crate) notes: Notes,
    pub(crate) file: ConfigFile,
    /// The file that the process started with.
    pub(crate) started_with: ConfigFile,
    /// The file whose reload is under way.
    pub(crate) offered: Option<ConfigFile>,
    pub(crate) channel: ChannelKind,
    /// The one that was in force last.
    pub(crate) channel_before: ChannelKind,
    /// Since when no more faults are made, by the true time.
    pub(crate) fair_since: Option<i64>,
    /// The latest time that all clocks agreed was past.
    latest: i64,
    /// When the machine last slept, by the true time.
    pub(crate) slept: (i64, i64),
    pub(crate) spent: Spent,
    pub(crate) looks: u64,
    /// When the last commit began.
    pub(crate) commit_began: Timestamp,
    /// The process turns pings away for want of room.
    pub(crate) is_full: bool,
    seed: Seed,
    base: PathBuf,
    folders: u32,
    acts: BTreeMap<(i64, u64), Act>,
    acts_made: u64,
}

impl World {
    /// Makes the world of a seed in a folder of its own.
    pub(crate) fn new(seed: Seed, base: &Path, is_told: bool) -> Self {
        let mut dice = Dice::new(seed.number);
        let mut weather = seed.weather(&mut dice);
        let snoozing = Snoozing::choose(seed, &mut weather);
        let is_synchronised = if weather.is_unsynchronised { Some(false) } else { None };
        let machine = Arc::new(Machine::new(dice.fork(), weather.drift_ppm, is_synchronised));
        let file = ConfigFile::choose(&weather, &mut dice);
        let clients = (0..weather.users)
            .map(|place| Client::choose(Check(u32::try_from(place).unwrap_or(u32::MAX)), &weather, &mut dice))
            .collect();
        let post = Post::new(weather.mail.clone(), dice.fork());
        let channel = if weather.begins_with_inbox { ChannelKind::Inbox } else { ChannelKind::Email };
        let mut trace = Trace::new(is_told);
        trace.add(format_args!("{weather:?}"));
        let mut world = Self {
            machine,
            reporter: Reporter::new(trace, Oracle::default()),
            ending: None,
            process: None,
            born: None,
            clients,
            crew: Crew::choose(&weather, Dice::new(seed.number ^ JOBS), seed.has_jobs, 0),
            snoozing,
            waiting: BTreeMap::new(),
            post,
            notes: Notes::default(),
            started_with: file.clone(),
            file,
            offered: None,
            channel,
            channel_before: channel,
            fair_since: None,
            latest: 0,
            slept: (0, 0),
            spent: Spent::default(),
            looks: 0,
            commit_began: Timestamp::from_micros(0),
            is_full: false,
            seed,
            base: base.to_owned(),
            folders: 0,
            acts: BTreeMap::new(),
            acts_made: 0,
            weather,
            dice,
        };
        world.begin();
        world
    }

    /// Plans the first of everything.
    fn begin(&mut self) {
        self.plan(0, Act::Start);
        self.plan_jobs();
        for client in 0..self.clients.len() {
            let first = self.dice.spread(SECOND / 100, self.weather.scale.max_sleep.0 * 2);
            self.plan(first, Act::Ping(client));
        }
        let weather = &self.weather;
        let means = [
            (weather.kills, Act::Kill),
            (weather.restarts, Act::Restart),
            (weather.suspends, Act::Suspend),
            (weather.stalls, Act::Stall),
            (weather.steps, Act::StepWall),
            (weather.full_disks, Act::FillDisk),
            (weather.edits, Act::Edit),
            (weather.mail.absences, Act::LoseMail),
        ];
        for (mean, act) in means {
            self.plan_again(mean, act);
        }
        self.plan_snooze();
        self.plan(self.weather.stormy, Act::StopFaults);
    }

    /// Plans an act for the true time `at`.
    pub(crate) fn plan(&mut self, at: i64, act: Act) {
        self.acts_made += 1;
        self.acts.insert((at, self.acts_made), act);
    }

    /// Plans a fault that comes every `mean` on average, if it comes before the faults stop.
    pub(crate) fn plan_again(&mut self, mean: Option<i64>, act: Act) {
        let Some(mean) = mean else { return };
        let at = self.machine.now() + self.dice.wait(mean);
        if at < self.weather.stormy {
            self.plan(at, act);
        }
    }

    /// Plans an act anew, in the place of what was planned.
    pub(crate) fn plan_instead(&mut self, at: i64, act: Act) {
        self.acts.retain(|_, planned| *planned != act);
        self.plan(at, act);
    }

    /// Returns when the run ends by the true time.
    pub(crate) fn end(&self) -> i64 {
        self.fair_since.map_or(i64::MAX, |since| since + self.weather.calm)
    }

    /// Tells whether no more faults are made.
    pub(crate) fn is_fair(&self) -> bool {
        self.fair_since.is_some()
    }

    /// Notes how late it is by the earlier of service time and the wall clock: by that the server forgets.
    pub(crate) fn note_time(&mut self, service: Timestamp) {
        self.latest = self.latest.max(service.as_micros().min(self.machine.clocks().wall.as_micros()));
    }

    /// Tells whether the faults stopped so long ago that all has to be well.
    pub(crate) fn is_long_fair(&self) -> bool {
        let long = LONG + self.weather.base_frequency;
        self.fair_since.is_some_and(|since| since + long < self.machine.now())
    }

    /// Looks at the last what an answered ping left for people to read.
    pub(crate) fn read_back(&mut self) {
        // What was filed under a wrong date long past is forgotten like what is old.
        let oldest = wall_time(self.latest - KEPT);
        let mut shown = self.reporter.shown();
        shown.retain(|(_, wall)| oldest < *wall);
        if let Some(process) = &mut self.process {
            process.read_back(shown);
        }
        self.look_at_all_jobs();
    }

    /// Judges the run as a whole.
    pub(crate) fn close(&mut self) -> Result<(), Violation> {
        let now = self.service_now();
        self.reporter.look_at_checks(now)?;
        self.reporter.close_run(now)
    }

    /// Lets the next thing happen that happens by `until`; returns false if there is none.
    pub(crate) fn happen(&mut self, until: i64) -> Result<bool, Violation> {
        let act = self.acts.first_key_value().map(|(&(at, number), &act)| (at, number, act));
        let timer = self.machine.next_timer().filter(|_| self.process.is_some());
        match (act, timer) {
            (act, Some(timer)) if timer <= until && act.is_none_or(|(at, ..)| timer < at) => {
                self.machine.run_to(timer);
                self.machine.ring();
                self.spent.events += 1;
                Ok(true)
            }
            (Some((at, number, act)), _) if at <= until => {
                self.acts.remove(&(at, number));
                self.machine.run_to(at);
                self.spent.events += 1;
                self.act(act, at)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Lets all tasks run that can go on.
    pub(crate) fn run_tasks(&mut self) {
        while self.process.as_mut().is_some_and(Process::run_one) {
            self.spent.turns += 1;
            if self.spent.judge().is_err() {
                break;
            }
        }
    }

    /// Lets the world go on while a commit takes its time; returns whether the process dies in it.
    pub(crate) fn pass_commit(&mut self) -> Result<bool, Violation> {
        let is_slow = !self.is_fair() && self.dice.chance(self.weather.slow_disk);
        let length =
            if is_slow { self.dice.spread(self.weather.commit, 8 * SECOND) } else { self.weather.commit };
        if SECOND / 10 < length {
            self.reporter.lose_sight();
        }
        let from = self.service_now();
        self.commit_began = from;
        let end = self.machine.now() + length;
        self.run_tasks();
        while self.ending.is_none() && self.happen(end)? {
            self.run_tasks();
            self.spent.judge()?;
        }
        self.machine.run_to(end);
        let until = self.service_now();
        if SECOND / 10 < (until - from).as_micros() && self.process.is_some() {
            self.reporter.tell(until, &Happening::Blind { from, until })?;
        }
        Ok(self.ending == Some(Ending::Killed))
    }

    /// Starts the process.
    pub(crate) fn start(&mut self) -> Result<(), Violation> {
        let folder = self.folder();
        let birth = Birth {
            folder: &folder,
            machine: self.machine.clone(),
            seed: self.seed.number ^ u64::from(self.folders),
            config: self.file.parse(),
            channel: self.channel,
            pace: self.weather.scale.pace(),
            post: self.post.clone(),
            notes: self.notes.clone(),
        };
        let clocks = self.machine.clocks();
        let (process, committer) = Process::start(birth).map_err(|error| unopened(&error))?;
        let now = process.clock.now();
        self.process = Some(process);
        self.started_with = self.file.clone();
        self.born = Some(committer);
        self.reporter.open(Witness::open(&folder))?;
        self.reporter.tell(now, &Happening::Started { clocks })?;
        self.reporter.tell_open_gap(now)
    }

    /// Ends the process, as far as the world has to do with it: what it left on the disk is all that stays.
    pub(crate) fn bury(&mut self, ending: Ending) -> Result<(), Violation> {
        self.hear_last()?;
        self.crew.end();
        let Some(process) = self.process.take() else { return Ok(()) };
        let now = process.clock.now();
        self.reporter.close();
        self.reporter.tell(now, &Happening::Ended)?;
        self.reporter.begin_blindness(now);
        self.machine.forget_timers();
        drop(process);
        // Whatever it still had to say, nobody hears.
        drop(self.notes.take());
        // That it was about to end by itself does not end the next one.
        self.ending = None;
        self.offered = None;
        self.is_full = false;
        let true_now = self.machine.now();
        for (client, _) in std::mem::take(&mut self.waiting) {
            self.answer(client, false, true_now);
        }
        if ending == Ending::Killed {
            self.keep_image()?;
        }
        Ok(())
    }

    /// Copies what is on the disk at this instant: closing the old files would tidy them up as no crash does.
    fn keep_image(&mut self) -> Result<(), Violation> {
        let old = self.folder();
        self.folders += 1;
        let new = self.folder();
        let copied = fs::create_dir_all(&new).and_then(|()| {
            for name in ["ping-listener.db", "ping-listener.db-wal"] {
                if old.join(name).exists() {
                    fs::copy(old.join(name), new.join(name))?;
                }
            }
            let reserve = old.join("reserve");
            if reserve.exists() { fs::rename(reserve, new.join("reserve")) } else { Ok(()) }
        });
        copied.map_err(|error| Violation { law: "the simulator can copy its files", told: error.to_string() })
    }

    /// Removes the files of lives before.
    pub(crate) fn sweep(&self) {
        if let Some(before) = self.folders.checked_sub(1) {
            // What cannot be removed now goes with the whole run.
            let _ = fs::remove_dir_all(self.base.join(format!("life-{before}")));
        }
    }

    /// Returns service time, as far as anybody knows it.
    pub(crate) fn service_now(&self) -> Timestamp {
        self.process.as_ref().map_or_else(|| self.reporter.told_at(), |process| process.clock.now())
    }

    fn folder(&self) -> PathBuf {
        self.base.join(format!("life-{}", self.folders))
    }
}

fn unopened(error: &OpenError) -> Violation {
    Violation { law: "what a crash leaves can be opened", told: error.to_string() }
}

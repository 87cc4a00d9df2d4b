//! A run: one seed from its first instant to its last, with every death on the way.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::rc::Rc;

use faults::disk::{self, Room};
use faults::points::{self, Point};
use ping_listener::store::Committer;
use tempfile::TempDir;

use crate::dice::Dice;
use crate::limits::Broken;
use crate::oracle::violation::Violation;
use crate::seed::Seed;
use crate::world::{Ending, World};

/// A run that kept every promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Stands for all that happened.
    pub hash: u64,
    /// How much happened: pings, timers, faults.
    pub events: u64,
    /// Microseconds of the world's time.
    pub simulated: i64,
}

/// A run that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: Seed,
    /// How much had happened.
    pub events: u64,
    pub violation: Violation,
    /// The last lines of the trace.
    pub last: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.last {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "seed {} broke a promise at event {}:", self.seed, self.events)?;
        writeln!(f, "{}", self.violation)?;
        write!(f, "again: cargo xtask sim --seed {} --verbose", self.seed)
    }
}

/// Runs a seed in this thread.
pub fn run_seed(seed: Seed) -> Result<Outcome, Failure> {
    run(seed, false)
}

/// Runs a seed in this thread and prints its whole trace.
pub fn tell_seed(seed: Seed) -> Result<Outcome, Failure> {
    run(seed, true)
}

/// Runs a seed twice; it has to go the same way.
pub fn run_seed_twice(seed: Seed) -> Result<Outcome, Failure> {
    let first = run_seed(seed)?;
    let second = run_seed(seed)?;
    if first == second {
        return Ok(first);
    }
    let told = format!("{first:?} and then {second:?}");
    let violation = Violation { law: "a seed goes the same way each time", told };
    Err(Failure { seed, events: first.events, violation, last: Vec::new() })
}

fn run(seed: Seed, is_told: bool) -> Result<Outcome, Failure> {
    let folder = folder().map_err(|error| Failure {
        seed,
        events: 0,
        violation: Violation { law: "the simulator has a folder", told: error.to_string() },
        last: Vec::new(),
    })?;
    let mut run = Run::new(seed, folder.path(), is_told);
    let judged = run.go_to_the_end();
    points::listen_here(None);
    disk::set_room(Room::Ample);
    let world = run.world.borrow();
    let trace = world.reporter.trace();
    match judged {
        Ok(()) => {
            Ok(Outcome { hash: trace.hash(), events: world.spent.events, simulated: world.machine.now() })
        }
        Err(violation) => Err(Failure {
            seed,
            events: world.spent.events,
            violation,
            last: trace.last().map(str::to_owned).collect(),
        }),
    }
}

/// Makes a folder in memory where there is such a place: a simulated disk holds what was written, and no more.
fn folder() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::with_prefix_in("ping-listener-sim-", memory) } else { TempDir::new() }
}

/// The boundaries of effects, at which the process may die. What lies between two of them is undone together, so that
/// nothing else could come of a death there; the trial of crashes kills the real program at all points.
const BOUNDARIES: [Point; 5] =
    [Point::BeforeCommit, Point::AfterCommit, Point::Leased, Point::BeforeSettle, Point::AfterSettle];

/// What unwinds from the place at which the process dies.
struct Death;

struct Run {
    world: Rc<RefCell<World>>,
    committer: Option<Committer>,
    peril: Rc<Peril>,
}

/// How likely the process dies at each point.
struct Peril {
    chance: Cell<f64>,
    dice: RefCell<Dice>,
}

impl Peril {
    fn pass(&self) {
        if 0.0 < self.chance.get() && self.dice.borrow_mut().chance(self.chance.get()) {
            resume_unwind(Box::new(Death));
        }
    }
}

impl Run {
    fn new(seed: Seed, base: &Path, is_told: bool) -> Self {
        disk::set_room(Room::Ample);
        let mut world = World::new(seed, base, is_told);
        let dice = RefCell::new(world.dice.fork());
        let peril = Rc::new(Peril { chance: Cell::new(world.weather.dies_at_point), dice });
        let world = Rc::new(RefCell::new(world));
        let (listening, dangerous) = (world.clone(), peril.clone());
        points::listen_here(Some(Box::new(move |point| {
            if point == Point::BeforeCommit {
                match listening.borrow_mut().pass_commit() {
                    Ok(false) => {}
                    Ok(true) => resume_unwind(Box::new(Death)),
                    Err(violation) => resume_unwind(Box::new(Broken(violation))),
                }
            }
            if BOUNDARIES.contains(&point) {
                dangerous.pass();
            }
        })));
        Self { world, committer: None, peril }
    }

    fn go_to_the_end(&mut self) -> Result<(), Violation> {
        loop {
            let ending = self.settle_down()?;
            if let Some(ending) = ending {
                self.bury(ending)?;
                continue;
            }
            let mut world = self.world.borrow_mut();
            if world.is_fair() {
                self.peril.chance.set(0.0);
            }
            let end = world.end();
            if !world.happen(end)? {
                break;
            }
        }
        self.world.borrow_mut().read_back();
        self.settle_down()?;
        self.world.borrow_mut().close()
    }

    /// Lets everything go on that can at this instant; returns how the process ends, if it does.
    fn settle_down(&mut self) -> Result<Option<Ending>, Violation> {
        match catch_unwind(AssertUnwindSafe(|| self.settle())) {
            Ok(settled) => settled,
            Err(thrown) => self.judge(thrown).map(Some),
        }
    }

    fn settle(&mut self) -> Result<Option<Ending>, Violation> {
        let mut has_committed = false;
        loop {
            let mut world = self.world.borrow_mut();
            if let Some(committer) = world.born.take() {
                self.committer = Some(committer);
            }
            world.run_tasks();
            world.spent.judge()?;
            world.hear(has_committed)?;
            if let Some(ending) = world.ending.take() {
                return Ok(Some(ending));
            }
            world.run_tasks();
            drop(world);
            let Some(committer) = &mut self.committer else { return Ok(None) };
            has_committed = committer.step();
            if !has_committed {
                return Ok(None);
            }
            committer.announce();
        }
    }

    fn judge(&self, thrown: Box<dyn Any + Send>) -> Result<Ending, Violation> {
        let thrown = match thrown.downcast::<Broken>() {
            Ok(broken) => return Err(broken.0),
            Err(thrown) => thrown,
        };
        if thrown.is::<Death>() {
            let mut world = self.world.borrow_mut();
            world.ending = None;
            let now = world.machine.now();
            world.reporter.note(now, format_args!("dies here"));
            return Ok(Ending::Killed);
        }
        let words = thrown.downcast_ref::<String>().cloned();
        let words = words.or_else(|| thrown.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        Err(Violation { law: "nothing panics", told: words.unwrap_or_default() })
    }

    fn bury(&mut self, ending: Ending) -> Result<(), Violation> {
        let mut world = self.world.borrow_mut();
        world.bury(ending)?;
        drop(world);
        self.committer = None;
        let mut world = self.world.borrow_mut();
        world.sweep();
        world.choose_mail_server();
        world.plan_start();
        Ok(())
    }
}

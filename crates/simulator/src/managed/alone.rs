//! The rules of managed checks by themselves, held against the contract event by event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use domain::check::Listening;
use domain::expression::Expression;
use domain::gap::{Gap, Gaps, Tolerance};
use domain::managed::{Calendar, Due, Effects, Event, Managed, Plan, Run, Told, Word, World};
use domain::time::{Span, Timestamp};
use domain::wall::WallTime;
use domain::zone::Zone;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::contract::{Asked, Contract, OpenRun, Period, Sky};
use super::jobs::{Job, choose_asked};
use super::slots::Slots;
use crate::dice::Dice;
use crate::oracle::gaps as naive;

/// What the names of the bugs begin with that are looked for here.
pub const BUGS: &str = "job.";

/// Events of one seed.
const EVENTS: u64 = 4_000;

/// The evenings before clocks are changed somewhere: in spring and in autumn, north and south.
const ORIGINS: [i64; 4] = [1_805_241_600, 1_825_800_000, 1_804_032_000, 1_826_404_800];

/// Lives through one seed. `Err` says what the rules did against the contract.
pub fn live(seed: u64) -> Result<u64, String> {
    let mut life = Life::new(seed);
    for _ in 0..EVENTS {
        life.step().map_err(|told| format!("seed {seed}: {told}"))?;
    }
    Ok(EVENTS)
}

/// Lives through `seeds` seeds from `first` on and says how many events that were. `Err` says which seed broke what.
pub fn measure(first: u64, seeds: u64) -> Result<String, String> {
    let events = (first..first + seeds).try_fold(0, |sum, seed| live(seed).map(|events| sum + events))?;
    Ok(format!("{seeds} seeds of jobs without a store: {events} events, each as the contract says"))
}

/// What comes up at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Speak(usize),
    Look(usize),
    DoorCloses,
    DoorOpens,
    Owner,
}

struct Watched {
    check: Managed,
    contract: Contract,
    job: Job,
    looks_at: Option<Timestamp>,
}

struct Life {
    dice: Dice,
    now: Timestamp,
    watched: Vec<Watched>,
    gaps: Gaps,
    naive: naive::Gaps,
    tolerance: f64,
    wall_offset: i64,
    shortest: i64,
    /// How often something befalls the listener, and how often an owner does something.
    gap_distance: i64,
    owner_distance: i64,
    agenda: BinaryHeap<Reverse<(Timestamp, Act)>>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let now = Timestamp::from_micros(*dice.pick(&ORIGINS) * 1_000_000);
        let shortest = dice.spread(1, 600);
        let mut life = Self {
            now,
            watched: Vec::new(),
            gaps: Gaps::default(),
            naive: naive::Gaps::default(),
            tolerance: *dice.pick(&[1.0, 1.5, 2.0, 2.0, 3.0]),
            wall_offset: dice.between(-1_000_000, 1_000_000),
            shortest,
            gap_distance: dice.spread(5, 2_000) * shortest * 1_000_000,
            owner_distance: dice.spread(20, 2_000) * shortest * 1_000_000,
            agenda: BinaryHeap::new(),
            dice,
        };
        for place in 0..usize::try_from(life.dice.between(1, 8)).unwrap_or(1) {
            let watched = life.draw();
            life.watched.push(watched);
            life.await_job(place);
        }
        life.later(life.gap_distance, Act::DoorCloses);
        life.later(life.owner_distance, Act::Owner);
        life
    }

    fn draw(&mut self) -> Watched {
        let asked = choose_asked(self.shortest, &mut self.dice);
        let job = Job::choose(&asked, self.now.as_micros(), &mut self.dice);
        let check = Managed::new(Arc::new(plan(&asked)), self.now);
        Watched { check, contract: Contract::new(asked), job, looks_at: None }
    }

    fn step(&mut self) -> Result<(), String> {
        let Some(Reverse((at, act))) = self.agenda.pop() else {
            return Err("nothing is left to do".to_owned());
        };
        self.now = at;
        match act {
            Act::Speak(place) => self.speak(place),
            Act::Look(place) => self.look(place),
            Act::DoorCloses => {
                self.close_door();
                Ok(())
            }
            Act::DoorOpens => {
                self.gaps.close(at);
                self.later(self.gap_distance, Act::DoorCloses);
                self.retell_gaps();
                Ok(())
            }
            Act::Owner => {
                self.later(self.owner_distance, Act::Owner);
                self.let_owner_act()
            }
        }
    }

    fn speak(&mut self, place: usize) -> Result<(), String> {
        let now = self.now;
        let watched = &mut self.watched[place];
        if now.as_micros() < watched.job.speaks_at() {
            return Ok(());
        }
        let asked = watched.contract.asked.clone();
        let said = watched.job.speak(now.as_micros(), self.wall_offset, &asked, &mut self.dice);
        self.await_job(place);
        if self.gaps.open_since().is_some() {
            return Ok(());
        }
        let rid = said.rid.map(|rid| Uuid::from_u128(u128::from(rid)));
        self.apply(place, &Event::Ping { at: now, signal: said.signal, rid })?;
        // A look at any moment finds no more than there is.
        if self.dice.chance(0.1) { self.apply(place, &Event::Deadline(now)) } else { Ok(()) }
    }

    fn look(&mut self, place: usize) -> Result<(), String> {
        if self.watched[place].looks_at != Some(self.now) {
            return Ok(());
        }
        self.watched[place].looks_at = None;
        let world = world(&self.gaps, self.tolerance, self.wall_offset);
        if self.watched[place].check.wakes_at(world, self.now).is_some_and(|at| at <= self.now) {
            return self.apply(place, &Event::Deadline(self.now));
        }
        self.await_look(place);
        self.compare(place)
    }

    fn close_door(&mut self) {
        match self.dice.between(0, 9) {
            // The wall clock was set forward: a pause of unknown length.
            0 => {
                self.gaps.push(Gap { from: self.now, until: self.now });
                self.wall_offset += self.dice.spread(2_000_000, 7_200_000_000);
                self.later(self.gap_distance, Act::DoorCloses);
            }
            1 => {
                self.wall_offset -= self.dice.spread(1, 7_200_000_000);
                self.later(self.gap_distance, Act::DoorCloses);
            }
            2..=7 => self.shut(60_000_000),
            _ => self.shut(100 * self.shortest * 1_000_000),
        }
        self.retell_gaps();
        for place in 0..self.watched.len() {
            self.await_look(place);
        }
    }

    fn shut(&mut self, most: i64) {
        self.gaps.open(self.now);
        let length = self.dice.spread(1_000_000, most.max(1_000_001));
        self.agenda.push(Reverse((self.now + Span::from_micros(length), Act::DoorOpens)));
    }

    fn let_owner_act(&mut self) -> Result<(), String> {
        let place = usize::try_from(self.dice.bits() % self.watched.len() as u64).unwrap_or(0);
        let now = self.now;
        match self.dice.between(0, 7) {
            0 | 1 => self.apply(place, &Event::Pause(now)),
            2 | 3 => self.apply(place, &Event::Resume(now)),
            4 => {
                self.watched[place] = self.draw();
                self.await_job(place);
                Ok(())
            }
            _ => {
                let asked = choose_asked(self.shortest, &mut self.dice);
                let plan = Arc::new(plan(&asked));
                self.watched[place].contract.ask(asked);
                self.apply(place, &Event::Edit(now, plan))
            }
        }
    }

    fn apply(&mut self, place: usize, event: &Event) -> Result<(), String> {
        let world = world(&self.gaps, self.tolerance, self.wall_offset);
        let sky = Sky { gaps: &self.naive, tolerance: self.tolerance, wall_offset: self.wall_offset };
        let Watched { check, contract, .. } = &mut self.watched[place];
        let effects = check.apply(event, world);
        let flip = match event {
            Event::Ping { at, signal, rid } => {
                let rid = rid.map(|rid| u32::try_from(rid.as_u128()).unwrap_or(0));
                contract.record(*at, *signal, rid)
            }
            Event::Deadline(now) => contract.turn(sky, *now),
            Event::Edit(..) => None,
            Event::Pause(now) => contract.pause(*now),
            Event::Resume(now) => contract.resume(*now),
        };
        if effects.flip != flip || !is_told_as_it_should(&effects) {
            return Err(format!("check {place}: {event:?} made {effects:?} and not {flip:?}: {contract:?}"));
        }
        if effects.is_changed || self.watched[place].looks_at.is_none() {
            self.await_look(place);
        }
        self.compare(place)
    }

    fn compare(&self, place: usize) -> Result<(), String> {
        let Watched { check, contract, .. } = &self.watched[place];
        let world = world(&self.gaps, self.tolerance, self.wall_offset);
        let sky = Sky { gaps: &self.naive, tolerance: self.tolerance, wall_offset: self.wall_offset };
        let now = self.now;
        let is_same = check.state.word() == contract.status
            && check.pings == contract.n_pings
            && check.last_ping == contract.last_ping
            && check.last_duration == contract.last_duration
            && timely_runs(check, now) == contract.timely_runs(now)
            && check.next_ping(world, now) == contract.next_ping(sky, now)
            && [false, true]
                .iter()
                .all(|&is_v1| check.shown(world, now, is_v1) == contract.shown(sky, now, is_v1));
        if is_same {
            return Ok(());
        }
        let shown = (check.shown(world, now, false), check.next_ping(world, now));
        let should = (contract.shown(sky, now, false), contract.next_ping(sky, now));
        Err(format!("check {place} at {now:?}: {shown:?}, should be {should:?}: {check:?}, {contract:?}"))
    }

    fn await_look(&mut self, place: usize) {
        let world = world(&self.gaps, self.tolerance, self.wall_offset);
        let watched = &mut self.watched[place];
        let Some(at) = watched.check.wakes_at(world, self.now) else { return };
        let at = at.max(self.now + Span::from_micros(1));
        if watched.looks_at.is_none_or(|queued| at < queued) {
            watched.looks_at = Some(at);
            self.agenda.push(Reverse((at, Act::Look(place))));
        }
    }

    fn await_job(&mut self, place: usize) {
        let at = Timestamp::from_micros(self.watched[place].job.speaks_at());
        self.agenda.push(Reverse((at.max(self.now), Act::Speak(place))));
    }

    fn later(&mut self, mean: i64, act: Act) {
        let wait = self.dice.wait(mean);
        self.agenda.push(Reverse((self.now + Span::from_micros(wait), act)));
    }

    fn retell_gaps(&mut self) {
        self.naive = naive::Gaps::default();
        for gap in self.gaps.closed() {
            self.naive.note(naive::Gap { from: gap.from, until: Some(gap.until) });
        }
        if let Some(from) = self.gaps.open_since() {
            self.naive.note(naive::Gap { from, until: None });
        }
    }
}

fn world(gaps: &Gaps, tolerance: f64, wall_offset_micros: i64) -> World<'_> {
    World { listening: Listening { gaps, tolerance: Tolerance::new(tolerance) }, wall_offset_micros }
}

/// "No notification for new→up and paused→up. Sent for down→up and for any →down."
fn is_told_as_it_should(effects: &Effects) -> bool {
    let told = effects
        .flip
        .is_some_and(|flip| flip.to == Word::Down || (flip.from == Word::Down && flip.to == Word::Up));
    let is_down = matches!(effects.told, Some(Told::Down(_)));
    told == effects.told.is_some() && is_down == effects.flip.is_some_and(|flip| flip.to == Word::Down)
}

fn timely_runs(check: &Managed, now: Timestamp) -> Vec<OpenRun> {
    let open = |run: &Run, is_latest| OpenRun {
        at: run.at,
        rid: run.rid.map(|rid| u32::try_from(rid.as_u128()).unwrap_or(0)),
        is_latest,
    };
    let latest = check.last_start.iter().map(|run| open(run, true));
    let runs = check.runs.iter().map(|run| open(run, false)).chain(latest);
    let mut runs: Vec<_> = runs.filter(|run| now < run.at + check.plan.run_limit()).collect();
    runs.sort_unstable();
    runs
}

fn plan(asked: &Asked) -> Plan {
    let due = match &asked.period {
        Period::Timeout(timeout) => Due::Every(*timeout),
        Period::Schedule(slots) => Due::Calendar(Arc::new(calendar(slots))),
    };
    let Asked { grace, max_runtime, manual_resume, .. } = *asked;
    Plan { due, grace, max_runtime, has_manual_resume: manual_resume }
}

fn calendar(slots: &Slots) -> Calendar {
    let text = slots.text();
    let Ok(expression) = Expression::parse(&text, &|_| None) else {
        unreachable!("the simulator writes {text}, which is no cron expression")
    };
    let zone = TimeZone::get(slots.zone_name).unwrap_or(TimeZone::UTC);
    let begin = jiff::Timestamp::UNIX_EPOCH;
    let changes = zone.following(begin).take_while(|change| change.timestamp().as_second() < 2_000_000_000);
    let changes = changes
        .map(|change| (WallTime::from_seconds(change.timestamp().as_second()), change.offset().seconds()));
    let zone = Zone::new(zone.to_offset(begin).seconds(), changes);
    Calendar { expression, zone: Arc::new(zone), text, zone_name: slots.zone_name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_agree_with_the_contract_on_many_lives() {
        for seed in 0..60 {
            live(seed).unwrap();
        }
    }
}

//! The rules by themselves, with a list in memory where the store would be: a million events a second and more.
//!
//! An event is one call of `Check::apply`: a ping, a look of a pass at a check whose time has come, an edit. What a
//! run measures is that call with all that leads to it: drawing the weather, and the queue of who is next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::check::{Check, Effects, Event, Listening, Policy, State};
use domain::gap::{Gap, Gaps, Tolerance};
use domain::ping::{Ping, Signal};
use domain::schedule::Schedule;
use domain::time::{Span, Timestamp};

use crate::dice::Dice;
use crate::without_store::judge::Judge;

pub mod figures;
mod judge;

/// Events of one seed.
const EVENTS: u64 = 20_000;

/// Passes come on the full second, as with a `base_frequency` of 1.
pub(crate) const PASS_DISTANCE: i64 = 1_000_000;

/// 2027, which is as good a beginning as any.
const ORIGIN: i64 = 1_800_000_000_000_000;

/// What a run of some seeds came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events, each one call of `Check::apply`.
    pub events: u64,
    /// Alerts that were decided.
    pub alerts: u64,
    /// Simulated time.
    pub lived: Span,
}

/// Lives through one seed; with `is_judged` the oracle hears each event. `Err` says what broke which promise.
pub fn live(seed: u64, is_judged: bool) -> Result<Tally, String> {
    let mut life = Life::new(seed, is_judged);
    while life.tally.events < EVENTS {
        life.step().map_err(|told| format!("seed {seed}: {told}"))?;
    }
    life.tally.lived = life.now - Timestamp::from_micros(ORIGIN);
    Ok(life.tally)
}

/// What comes up at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Ping(usize),
    Look(usize),
    DoorCloses,
    DoorOpens,
    Edit,
}

/// How somebody pings.
#[derive(Clone, Copy, Debug)]
struct Client {
    /// Its distance of pings, as a share of `max_sleep`.
    pace: f64,
    /// How far a ping may be from its time, as a share of the distance.
    jitter: f64,
    /// How likely it is that it falls silent after a ping, and for how many `max_sleep` at most.
    faint: f64,
    longest_faint: i64,
}

struct Watched {
    check: Check,
    client: Client,
    queued_at: Option<Timestamp>,
    is_archived: bool,
}

struct Life {
    dice: Dice,
    now: Timestamp,
    watched: Vec<Watched>,
    gaps: Gaps,
    /// How often something befalls the listener, and how often its owner edits the config.
    gap_distance: i64,
    edit_distance: i64,
    agenda: BinaryHeap<Reverse<(Timestamp, Act)>>,
    judge: Option<Judge>,
    tally: Tally,
}

impl Life {
    fn new(seed: u64, is_judged: bool) -> Self {
        let mut dice = Dice::new(seed);
        let now = Timestamp::from_micros(ORIGIN);
        let shortest = dice.spread(2, 7_200);
        let watched = (0..dice.between(1, 40)).map(|_| draw_watched(&mut dice, shortest, now)).collect();
        let mut life = Self {
            now,
            watched,
            gaps: Gaps::default(),
            gap_distance: dice.spread(20, 100_000) * shortest * 100_000,
            edit_distance: dice.spread(100, 100_000) * shortest * 100_000,
            agenda: BinaryHeap::new(),
            judge: None,
            tally: Tally::default(),
            dice,
        };
        life.judge = is_judged.then(|| Judge::new(life.watched.iter().map(|watched| watched.check), now));
        for place in 0..life.watched.len() {
            life.await_look(place);
            life.await_ping(place);
        }
        life.later(life.gap_distance, Act::DoorCloses);
        life.later(life.edit_distance, Act::Edit);
        life
    }

    fn step(&mut self) -> Result<(), String> {
        let Some(Reverse((at, act))) = self.agenda.pop() else {
            return Err("nothing is left to do".to_owned());
        };
        self.now = at;
        match act {
            Act::Ping(place) => self.ping(place),
            Act::Look(place) => self.look(place),
            Act::DoorCloses => {
                self.close_door();
                Ok(())
            }
            Act::DoorOpens => {
                self.gaps.close(at);
                self.later(self.gap_distance, Act::DoorCloses);
                self.tell_gaps();
                Ok(())
            }
            Act::Edit => {
                self.later(self.edit_distance, Act::Edit);
                self.edit()
            }
        }
    }

    fn ping(&mut self, place: usize) -> Result<(), String> {
        self.await_ping(place);
        let now = self.now;
        if self.gaps.open_since().is_some() || self.watched[place].is_archived {
            return Ok(());
        }
        if let Some(judge) = &self.judge {
            judge.before_ping(place, now)?;
        }
        self.apply(place, Event::Ping(Ping { at: now, signal: Signal::Success }))?;
        // A look at a moment at which nothing can be due finds nothing.
        if self.dice.chance(0.02) { self.apply(place, Event::Deadline(now)) } else { Ok(()) }
    }

    fn look(&mut self, place: usize) -> Result<(), String> {
        let now = self.now;
        let watched = &mut self.watched[place];
        if watched.queued_at != Some(now) {
            return Ok(());
        }
        watched.queued_at = None;
        let listening = Listening { gaps: &self.gaps, tolerance: Tolerance::DEFAULT };
        match watched.check.wakes_at(listening, now) {
            Some(at) if at <= now && !watched.is_archived => self.apply(place, Event::Deadline(now)),
            Some(_) | None => {
                self.await_look(place);
                Ok(())
            }
        }
    }

    fn close_door(&mut self) {
        match self.dice.between(0, 9) {
            // The wall clock was set forward: a pause of unknown length.
            0 => {
                self.gaps.push(Gap { from: self.now, until: self.now });
                self.later(self.gap_distance, Act::DoorCloses);
            }
            1..=7 => self.shut(1_000_000, 60_000_000),
            _ => self.shut(1_000_000, 3_600_000_000 * 6),
        }
        self.tell_gaps();
    }

    fn shut(&mut self, least: i64, most: i64) {
        self.gaps.open(self.now);
        let length = self.dice.spread(least, most);
        self.agenda.push(Reverse((self.now + Span::from_micros(length), Act::DoorOpens)));
    }

    fn edit(&mut self) -> Result<(), String> {
        let place = usize::try_from(self.dice.bits() % self.watched.len() as u64).unwrap_or(0);
        let now = self.now;
        let mut policy = self.watched[place].check.policy;
        if self.watched[place].is_archived {
            self.watched[place].is_archived = false;
            return self.apply(place, Event::Restore(now, policy));
        }
        match self.dice.between(0, 9) {
            0 => {
                self.watched[place].is_archived = true;
                return self.apply(place, Event::Archive(now));
            }
            1 => {
                let present = (0..self.watched.len()).filter(|place| !self.watched[*place].is_archived);
                return present
                    .collect::<Vec<_>>()
                    .into_iter()
                    .try_for_each(|place| self.apply(place, Event::ChannelOpened));
            }
            2..=4 => policy.is_monitored = !policy.is_monitored,
            5 => policy.remind_every = draw_reminder(&mut self.dice),
            6 => policy.refresh_on_ping = !policy.refresh_on_ping,
            _ => {
                let factor = self.dice.spread(5, 500);
                let period = self.watched[place].check.patience();
                let longer = Span::from_micros((period.as_micros() / 50).max(40_000) * factor);
                policy.schedule = Schedule::Every(longer.min(Span::from_hours(24 * 30)));
            }
        }
        self.apply(place, Event::Revise(now, policy))
    }

    fn apply(&mut self, place: usize, event: Event) -> Result<(), String> {
        let listening = Listening { gaps: &self.gaps, tolerance: Tolerance::DEFAULT };
        let watched = &mut self.watched[place];
        let effects: Effects = watched.check.apply(&event, listening);
        self.tally.events += 1;
        self.tally.alerts += u64::from(effects.alert.is_some());
        if let Some(judge) = &mut self.judge {
            judge.hear((place, self.now), &event, &watched.check, &effects)?;
        }
        if effects.is_changed || self.watched[place].queued_at.is_none() {
            self.await_look(place);
        }
        Ok(())
    }

    fn await_look(&mut self, place: usize) {
        let listening = Listening { gaps: &self.gaps, tolerance: Tolerance::DEFAULT };
        let watched = &mut self.watched[place];
        if watched.is_archived {
            return;
        }
        let Some(at) = watched.check.wakes_at(listening, self.now) else { return };
        let pass = next_pass(at.max(self.now + Span::from_micros(1)));
        if watched.queued_at.is_none_or(|queued| pass < queued) {
            watched.queued_at = Some(pass);
            self.agenda.push(Reverse((pass, Act::Look(place))));
        }
    }

    fn await_ping(&mut self, place: usize) {
        let Watched { check, client, .. } = &self.watched[place];
        let patience = check.patience().as_micros();
        let distance = Span::from_micros(patience).scaled(client.pace).as_micros().max(1);
        let wait = if self.dice.chance(client.faint) {
            self.dice.between(1, client.longest_faint) * patience + distance
        } else {
            let jitter = Span::from_micros(distance).scaled(client.jitter).as_micros();
            (distance + self.dice.between(-jitter, jitter)).max(1)
        };
        self.later_exactly(wait, Act::Ping(place));
    }

    fn later(&mut self, mean: i64, act: Act) {
        let wait = self.dice.wait(mean);
        self.later_exactly(wait, act);
    }

    fn later_exactly(&mut self, wait: i64, act: Act) {
        self.agenda.push(Reverse((self.now + Span::from_micros(wait), act)));
    }

    /// Lets both sides forget what no deadline depends on any more, and tells the oracle what is new.
    fn tell_gaps(&mut self) {
        if let Some(oldest) = self.watched.iter().map(|watched| watched.check.base()).min() {
            self.gaps.forget_before(oldest);
        }
        if let Some(judge) = &mut self.judge {
            judge.hear_gaps(&self.gaps);
        }
    }
}

fn draw_watched(dice: &mut Dice, shortest: i64, now: Timestamp) -> Watched {
    let period =
        Span::from_micros(dice.spread(shortest, shortest * 100) * 1_000_000 + dice.between(0, 999_999));
    let policy = Policy {
        schedule: Schedule::Every(period),
        grace: Span::ZERO,
        is_monitored: dice.chance(0.95),
        remind_every: draw_reminder(dice),
        refresh_on_ping: dice.chance(0.7),
        notify_recovery: dice.chance(0.2),
    };
    let client = Client {
        pace: 0.3 + 0.7 * dice.unit(),
        jitter: if dice.chance(0.3) { 0.5 * dice.unit() } else { 0.02 },
        faint: *dice.pick(&[0.0, 0.001, 0.01, 0.1]),
        longest_faint: dice.spread(1, 50),
    };
    Watched { check: Check::new(policy, now), client, queued_at: None, is_archived: false }
}

fn draw_reminder(dice: &mut Dice) -> Span {
    if dice.chance(0.1) { Span::ZERO } else { Span::from_millis(dice.spread(1_000, 48 * 3_600_000)) }
}

/// Returns the first pass that is not before `at`.
fn next_pass(at: Timestamp) -> Timestamp {
    let past = at.as_micros().rem_euclid(PASS_DISTANCE);
    if past == 0 { at } else { at + Span::from_micros(PASS_DISTANCE - past) }
}

/// Tells whether a check stands as an open incident.
pub(crate) fn is_down(check: &Check) -> bool {
    matches!(check.state, State::Down(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_agree_with_the_oracle_on_many_lives() {
        for seed in 0..30 {
            let judged = live(seed, true).unwrap();
            assert_eq!(judged, live(seed, false).unwrap(), "a seed repeats itself");
        }
    }
}

//! Snoozes: people who want to hear nothing about a check for a while, and think better of it.

use std::collections::BTreeMap;

use domain::time::{Span, Timestamp};

use crate::dice::Dice;
use crate::history::{Check, Happening};
use crate::oracle::violation::Violation;
use crate::process::Note;
use crate::seed::Seed;
use crate::weather::{HOUR, MILLISECOND, MINUTE, SECOND, Weather};
use crate::world::{Act, World};

/// Makes the dice of those who snooze others than those of the rest of a world.
const SNOOZES: u64 = 0x736e_6f6f;

/// "A snooze lasts 30 days at most": whoever asks for more gets so much.
const LONGEST: Span = Span::from_hours(30 * 24);

/// How long after the faults have stopped somebody ends what is snoozed for too long to be seen to end.
const ENDED_AFTER: i64 = 2 * MINUTE;

/// Who snoozes what.
pub(crate) struct Snoozing {
    dice: Dice,
    /// What was asked for, and when, until it is answered: at most one thing about a check.
    asked: BTreeMap<Check, Asked>,
    /// Those that were snoozed, and whose snooze nobody has ended.
    known: BTreeMap<Check, Timestamp>,
}

/// A snooze of a length, or the end of one.
#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Timestamp,
    length: Option<Span>,
}

impl Asked {
    fn until(self) -> Option<Timestamp> {
        self.length.map(|length| self.at + length.min(LONGEST))
    }
}

impl Snoozing {
    /// Chooses how often people snooze, if they do in this world.
    #[must_use]
    pub(crate) fn choose(seed: Seed, weather: &mut Weather) -> Self {
        let mut dice = Dice::new(seed.number ^ SNOOZES);
        if seed.has_snoozes {
            weather.choose_snoozes(&mut dice);
        }
        Self { dice, asked: BTreeMap::new(), known: BTreeMap::new() }
    }

    /// Chooses a check, mostly one that mails speak of, and what to ask for: `None` is the end of its snooze.
    fn wish(&mut self, checks: &[Check], spoken_of: &[Check], longest: i64) -> (Check, Option<Span>) {
        let annoys = !spoken_of.is_empty() && self.dice.chance(0.7);
        let check = *self.dice.pick(if annoys { spoken_of } else { checks });
        let ends = if self.known.contains_key(&check) { 0.35 } else { 0.05 };
        if self.dice.chance(ends) {
            return (check, None);
        }
        let length = match self.dice.between(0, 19) {
            0 => LONGEST.as_micros() + self.dice.between(-HOUR, HOUR),
            1 => 0,
            _ => self.dice.spread(SECOND, longest),
        };
        (check, Some(Span::from_micros(length)))
    }
}

impl World {
    /// Plans the next snooze, if it comes before the faults stop.
    pub(crate) fn plan_snooze(&mut self) {
        let Some(mean) = self.weather.snoozes else { return };
        let at = self.machine.now() + self.snoozing.dice.wait(mean);
        if at < self.weather.stormy {
            self.plan(at, Act::Snooze);
        }
    }

    /// Lets somebody snooze a check, make its snooze longer or shorter, or end it.
    pub(crate) fn snooze(&mut self) {
        let checks: Vec<Check> = self.clients.iter().map(|client| client.check).collect();
        let longest = self.longest_snooze();
        let (check, length) = self.snoozing.wish(&checks, &self.reporter.spoken_of(), longest);
        self.ask_for_snooze(check, length);
    }

    /// Lets somebody snooze what a mail speaks of.
    pub(crate) fn snooze_after_mail(&mut self, check: Check) {
        let longest = self.longest_snooze();
        let (check, length) = self.snoozing.wish(&[check], &[], longest);
        self.ask_for_snooze(check, length);
    }

    /// Plans that a mail which is being sent makes somebody snooze what it speaks of.
    pub(crate) fn plan_snooze_after_mail(&mut self, token: i64) {
        if self.weather.snoozes.is_none() || self.is_fair() || !self.snoozing.dice.chance(0.1) {
            return;
        }
        if let Some(check) = self.reporter.sent_about(token) {
            let soon = self.snoozing.dice.spread(10 * MILLISECOND, 4 * SECOND);
            self.plan((self.machine.now() + soon).min(self.weather.stormy), Act::SnoozeMail(check));
        }
    }

    fn longest_snooze(&self) -> i64 {
        (2 * self.weather.scale.max_sleep.1).max(3 * HOUR)
    }

    /// Plans that somebody ends every snooze soon, in most worlds: in the others they end by themselves, or not at all.
    pub(crate) fn plan_end_of_snoozes(&mut self) {
        if self.weather.snoozes.is_some() && self.snoozing.dice.chance(0.8) {
            let at = self.machine.now() + ENDED_AFTER;
            self.plan(at, Act::EndSnoozes);
        }
    }

    /// Ends every snooze.
    pub(crate) fn end_snoozes(&mut self) {
        for check in self.snoozing.known.keys().copied().collect::<Vec<_>>() {
            self.ask_for_snooze(check, None);
        }
    }

    fn ask_for_snooze(&mut self, check: Check, length: Option<Span>) {
        let is_known = self.reporter.ledger().declared(check).is_some();
        if !is_known || self.snoozing.asked.contains_key(&check) {
            return;
        }
        let Some(process) = self.process.as_mut().filter(|process| process.is_open) else { return };
        let at = process.clock.now();
        if process.snooze(check, length) {
            self.snoozing.asked.insert(check, Asked { at, length });
            let now = self.machine.now();
            self.reporter.note(now, format_args!("{check:?} is to be snoozed for {length:?}"));
        }
    }

    /// Hears what came of it.
    pub(crate) fn hear_snooze(&mut self, check: Check, is_well: bool) -> Result<(), Violation> {
        // What was done although the process died before it said so is told from the tables, and maybe twice.
        let Some(asked) = self.snoozing.asked.remove(&check).filter(|_| is_well) else { return Ok(()) };
        if let Some(until) = asked.until() {
            self.snoozing.known.insert(check, until);
            self.reporter.tell(asked.at, &Happening::Snoozed { check, until })
        } else {
            self.snoozing.known.remove(&check);
            self.reporter.tell(asked.at, &Happening::SnoozeEnded { check })
        }
    }

    /// Leaves notes of what was asked for and not answered by a process that is gone, as its tables say.
    pub(crate) fn note_unheard_snoozes(&mut self) -> Result<(), Violation> {
        for (&check, asked) in &self.snoozing.asked {
            let is_well = self.reporter.snoozed_until(check)? == asked.until();
            self.notes.leave(Note::Snoozed { at: asked.at, check, is_well });
        }
        Ok(())
    }
}
